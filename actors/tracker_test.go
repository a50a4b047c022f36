package actors

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/actorpipe/actorpipe/messages"
)

// records makes records of one byte at the offsets.
func records(offsets ...int64) []messages.Record {
	out := make([]messages.Record, len(offsets))
	for i, o := range offsets {
		out[i] = messages.Record{Offset: o, Value: []byte("x")}
	}
	return out
}

// TestPrice is of a record with a value of 100 bytes, a key of 20 and a header of 3.
func TestPrice(t *testing.T) {
	r := messages.Record{Key: make([]byte, 20), Value: make([]byte, 100), Headers: []messages.Header{{Key: []byte("a"), Value: []byte("bc")}}}
	if got := PlainPrice.Of(&r); got != 123+256 {
		t.Errorf("written as it is it costs %d, want 379", got)
	}
	if got := EnrichedPrice.Of(&r); got != 223+256+512 {
		t.Errorf("enriched it costs %d, want 991", got)
	}
}

func TestTrackerCommitsTheSettledPrefix(t *testing.T) {
	type step struct {
		settle messages.Range
		next   int64
	}
	for name, test := range map[string]struct {
		enter [][]int64
		steps []step
	}{
		"in order":          {[][]int64{{5, 6, 7}}, []step{{messages.Range{From: 5, To: 6}, 6}, {messages.Range{From: 6, To: 8}, 8}}},
		"out of order":      {[][]int64{{0, 1, 2}, {3, 4}}, []step{{messages.Range{From: 3, To: 5}, 0}, {messages.Range{From: 1, To: 3}, 0}, {messages.Range{From: 0, To: 1}, 5}}},
		"holes are no gaps": {[][]int64{{10, 12, 19}, {30}}, []step{{messages.Range{From: 10, To: 13}, 13}, {messages.Range{From: 19, To: 20}, 20}, {messages.Range{From: 30, To: 31}, 31}}},
		"a repeat":          {[][]int64{{0, 1}}, []step{{messages.Range{From: 0, To: 1}, 1}, {messages.Range{From: 0, To: 1}, 1}, {messages.Range{From: 1, To: 2}, 2}, {messages.Range{From: 0, To: 2}, 2}}},
		"unknown offsets":   {[][]int64{{5}}, []step{{messages.Range{From: 0, To: 5}, 5}, {messages.Range{From: 6, To: 99}, 5}}},
		"the first returned stops it": {[][]int64{{0, 1, 2, 3}}, []step{
			{messages.Range{From: 0, To: 1, Outcome: messages.Returned}, 0},
			{messages.Range{From: 2, To: 3, Outcome: messages.Returned}, 0},
			{messages.Range{From: 1, To: 2}, 0},
			{messages.Range{From: 3, To: 4}, 0},
		}},
		"returned stops it": {[][]int64{{0, 1, 2, 3}}, []step{{messages.Range{From: 2, To: 3, Outcome: messages.Returned}, 0}, {messages.Range{From: 0, To: 2}, 2}, {messages.Range{From: 3, To: 4}, 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			tracker := NewTracker(PlainPrice)
			if next, ok := tracker.Committable(); ok {
				t.Fatalf("a fresh tracker commits %d", next)
			}
			for _, offsets := range test.enter {
				tracker.Enter(records(offsets...))
			}
			for _, s := range test.steps {
				tracker.Settle(s.settle)
				if next, ok := tracker.Committable(); !ok || next != s.next {
					t.Errorf("after %v committable is %d, want %d", s.settle, next, s.next)
				}
			}
		})
	}
}

// model is what a tracker should be, record by record.
type model struct {
	order   []int64
	outcome map[int64]messages.Outcome // of those settled
	cost    map[int64]int64
}

func (m *model) settle(r messages.Range) (freed int64) {
	for _, o := range m.order {
		if o < r.From || o >= r.To {
			continue
		}
		if _, settled := m.outcome[o]; settled {
			continue
		}
		m.outcome[o] = r.Outcome
		freed += m.cost[o]
	}
	return freed
}

func (m *model) committable() (next int64, ok bool) {
	if len(m.order) == 0 {
		return 0, false
	}
	next = m.order[0]
	for _, o := range m.order {
		if outcome, settled := m.outcome[o]; !settled || outcome == messages.Returned {
			break
		}
		next = o + 1
	}
	return next, true
}

// reads is the first record that is read where reading begins at an offset, -1
// if it is none of those entered: in a hole, it does not matter where.
func (m *model) reads(offset int64) int64 {
	for _, o := range m.order {
		if o >= offset {
			return o
		}
	}
	return -1
}

func (m *model) books() messages.Books {
	b := messages.Books{Consumed: int64(len(m.order)), InFlight: int64(len(m.order) - len(m.outcome))}
	for _, o := range m.outcome {
		*b.Outcome(o)++
	}
	return b
}

// TestTrackerMatchesAModel enters batches with gaps and settles ranges in any
// order, again and again, and compares with the model after each step.
func TestTrackerMatchesAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tracker := NewTracker(EnrichedPrice)
		m := &model{outcome: map[int64]messages.Outcome{}, cost: map[int64]int64{}}
		next := rapid.Int64Range(0, 1000).Draw(t, "first")
		t.Repeat(map[string]func(*rapid.T){
			"enter": func(t *rapid.T) {
				var batch []messages.Record
				for range rapid.IntRange(1, 130).Draw(t, "records") {
					r := messages.Record{Offset: next, Value: make([]byte, rapid.IntRange(0, 9).Draw(t, "bytes"))}
					batch = append(batch, r)
					m.order = append(m.order, next)
					m.cost[next] = EnrichedPrice.Of(&r)
					next += 1 + max(0, rapid.Int64Range(-5, 2).Draw(t, "gap"))
				}
				tracker.Enter(batch)
			},
			"settle": func(t *rapid.T) {
				from := rapid.Int64Range(0, next).Draw(t, "from")
				r := messages.Range{From: from, To: from + rapid.Int64Range(1, 200).Draw(t, "length"), Outcome: messages.Outcome(rapid.IntRange(0, messages.Outcomes-1).Draw(t, "outcome"))}
				if freed, want := tracker.Settle(r), m.settle(r); freed != want {
					t.Fatalf("settling %v freed %d bytes, want %d", r, freed, want)
				}
			},
			"": func(t *rapid.T) { m.compare(t, tracker) },
		})
	})
}

func (m *model) compare(t *rapid.T, tracker *Tracker) {
	got, _ := tracker.Books()
	if want := m.books(); got != want || !got.Balanced() {
		t.Fatalf("books are %+v, want %+v", got, want)
	}
	gotNext, gotOK := tracker.Committable()
	if want, ok := m.committable(); gotOK != ok || m.reads(gotNext) != m.reads(want) {
		t.Fatalf("committable is %d %v, want %d %v", gotNext, gotOK, want, ok)
	}
	select {
	case <-tracker.Idle():
		if got.InFlight != 0 {
			t.Fatalf("idle with %d in flight", got.InFlight)
		}
	default:
		if got.InFlight == 0 {
			t.Fatal("not idle with nothing in flight")
		}
	}
}

func TestTrackerCountsRepeats(t *testing.T) {
	tracker := NewTracker(PlainPrice)
	tracker.Enter(records(0, 1, 2))
	tracker.Enter(records(3, 4))
	for _, r := range []messages.Range{{From: 1, To: 3}, {From: 1, To: 2}, {From: 0, To: 3}, {From: 0, To: 3}} {
		tracker.Settle(r)
	}
	if _, repeated := tracker.Books(); repeated != 1+2+3 {
		t.Errorf("%d repeats, want 6", repeated)
	}
}

// BenchmarkTrackerSettle settles batches in order with many others in flight: the cost
// of a record must not depend on their number.
func BenchmarkTrackerSettle(b *testing.B) {
	for _, inFlight := range []int{1, 1000} {
		b.Run(fmt.Sprintf("batches=%d", inFlight), func(b *testing.B) {
			b.ReportAllocs()
			tracker := NewTracker(PlainPrice)
			batch := make([]messages.Record, batchRecords)
			enter := func(n int64) {
				for i := range batch {
					batch[i].Offset = n*batchRecords + int64(i)
				}
				tracker.Enter(batch)
			}
			for n := range int64(inFlight) {
				enter(n)
			}
			n := int64(0)
			for b.Loop() {
				enter(n + int64(inFlight))
				tracker.Settle(messages.Range{From: n * batchRecords, To: (n + 1) * batchRecords})
				n++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batchRecords, "ns/record")
		})
	}
}
