package mailbox

import (
	"fmt"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

var weights = []int{1, 64, 512}

// The benchmarks have one sender, and messages of so many records.

func BenchmarkMailboxPost(b *testing.B) { perWeight(b, benchmarkSingle) }

func BenchmarkPoolPost(b *testing.B) {
	for _, size := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", size), func(b *testing.B) {
			perWeight(b, func(b *testing.B, weight int) { benchmarkPool(b, weight, size) })
		})
	}
}

// BenchmarkChannelSend is what the others are compared with.
func BenchmarkChannelSend(b *testing.B) { perWeight(b, benchmarkChannel) }

func perWeight(b *testing.B, benchmark func(b *testing.B, weight int)) {
	for _, w := range weights {
		b.Run(fmt.Sprintf("records=%d", w), func(b *testing.B) { benchmark(b, w) })
	}
}

// records is what a message carries; the receiver reads each of them.
type records struct{ values []int64 }

func (r *records) Weight() int { return len(r.values) }

func (r *records) sum() (n int64) {
	for _, v := range r.values {
		n += v
	}
	return n
}

func newRecords(weight int) *records {
	r := &records{values: make([]int64, weight)}
	for i := range r.values {
		r.values[i] = 1
	}
	return r
}

func report(b *testing.B, weight int) {
	b.StopTimer()
	b.ReportMetric(float64(b.N)*float64(weight)/b.Elapsed().Seconds(), "records/s")
}

func benchmarkChannel(b *testing.B, weight int) {
	ch := make(chan any, 1024)
	done := make(chan int64)
	go func() {
		var n int64
		for m := range ch {
			n += m.(*records).sum()
		}
		done <- n
	}()
	m := newRecords(weight)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		ch <- m
	}
	close(ch)
	<-done
	report(b, weight)
}

func benchmarkSingle(b *testing.B, weight int) {
	r := newRig(b)
	q := NewQueue(Settings{Context: b.Context()})
	l := q.AddLane("in", 1024*weight)
	done := make(chan struct{})
	left := int64(b.N) * int64(weight)
	_, parent := r.single(q, restart(), func(msg any) {
		if left -= msg.(*records).sum(); left == 0 {
			close(done)
		}
	})
	benchmarkLane(b, l, weight)
	<-done
	report(b, weight)
	r.stop(parent)
}

func benchmarkPool(b *testing.B, weight, size int) {
	r := newRig(b)
	q := NewQueue(Settings{Context: b.Context()})
	l := q.AddLane("in", 1024*weight)
	done := make(chan int64, size)
	p := NewPool(PoolSettings{Name: "worker", Size: size, Queue: q, Worker: actor.PropsFromProducer(func() actor.Actor {
		return &summer{done: done}
	})})
	pid := r.system.Root.Spawn(p.Props())
	benchmarkLane(b, l, weight)
	r.system.Root.Poison(pid)
	for range size {
		<-done
	}
	report(b, weight)
}

type summer struct {
	n    int64
	done chan int64
}

func (s *summer) Receive(c actor.Context) {
	switch m := c.Message().(type) {
	case *Unit:
		for _, x := range m.Messages() {
			s.n += x.(*records).sum()
		}
	case *actor.Stopped:
		s.done <- s.n
	}
}

func benchmarkLane(b *testing.B, l *Lane, weight int) {
	m := newRecords(weight)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if err := l.Post(m); err != nil {
			b.Fatal(err)
		}
	}
}
