package actors

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// fakePartition is a Partition whose records the test sends.
type fakePartition struct {
	topic   string
	records chan messages.Record

	mu      sync.Mutex // guards all below
	marks   []int64
	flow    []string // "pause" and "resume"
	onMark  func()
	sending int64 // the next offset
}

func (p *fakePartition) Topic() string                    { return p.topic }
func (p *fakePartition) Partition() int32                 { return 3 }
func (p *fakePartition) Messages() <-chan messages.Record { return p.records }
func (p *fakePartition) HighWater() int64                 { return 0 }
func (p *fakePartition) FetchBytes() int                  { return 1000 }
func (p *fakePartition) Pause()                           { p.note("pause") }
func (p *fakePartition) Resume()                          { p.note("resume") }

func (p *fakePartition) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flow = append(p.flow, what)
}

func (p *fakePartition) Mark(next int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.onMark != nil {
		p.onMark()
	}
	p.marks = append(p.marks, next)
}

// Record waits for a send that is under way, so that all of it is ready at once.
func (p *fakePartition) Record(r messages.Record) messages.Record {
	p.mu.Lock()
	defer p.mu.Unlock()
	return r
}

// send sends values as records; "" is a tombstone. The channel has room for them.
func (p *fakePartition) send(values ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, v := range values {
		r := messages.Record{Offset: p.sending, Value: []byte(v)}
		if v == "" {
			r.Value = nil
		}
		p.sending++
		p.records <- r
	}
}

func (p *fakePartition) marked() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.marks) == 0 {
		return -1
	}
	return p.marks[len(p.marks)-1]
}

func (p *fakePartition) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.flow, " ")
}

// hand is a claim of a partition, with a lane that a probe hears and the
// partition consumers' real parent.
type hand struct {
	*neighbours
	partition *fakePartition
	claims    *Claims
	pool      *mailbox.Queue // of the topic's lane
	lane      *mailbox.Lane
	batches   *testkit.Probe
	drain     context.CancelFunc
	abort     context.CancelFunc
	over      chan struct{} // closed when Feed has returned
}

type handSettings struct {
	enriched bool
	capacity int   // of the topic's lane
	budget   int64 // bytes
	ahead    int64 // bytes that its claims may hold, 0: more than enough
	workers  int   // that pass what is in the lane on to the probe
	patience time.Duration
}

func newHand(t *testing.T, s handSettings) *hand {
	t.Helper()
	h := &hand{neighbours: newNeighbours(t), partition: &fakePartition{topic: "tweets", records: make(chan messages.Record, 2000)}, over: make(chan struct{})}
	h.batches = testkit.NewProbe(t, h.system)
	run, abort := context.WithCancel(t.Context())
	drain, begin := context.WithCancel(run)
	h.abort, h.drain = abort, begin
	h.pool = mailbox.NewQueue(mailbox.Settings{Context: run})
	h.lane = h.pool.AddLane("tweets", s.capacity)
	worker := actor.PropsFromProducer(func() actor.Actor { return &taker{h.batches.PID()} })
	testkit.SpawnNamed(t, h.system, mailbox.NewPool(mailbox.PoolSettings{Name: "worker", Size: s.workers, Queue: h.pool, Worker: worker}).Props(), "workers")
	topic := TopicSettings{Name: "tweets", Index: "tweets", Plan: plan(t, record.PlanSettings{}), Enriched: s.enriched, AheadBytes: cmp.Or(s.ahead, 1<<20)}.Topic(lookup(echo), &Buffers{}, NewBudget(s.budget))
	topic.Lane = h.lane
	queue := func() *mailbox.Queue { return mailbox.NewQueue(mailbox.Settings{Context: run}) }
	parent := testkit.SpawnNamed(t, h.system, ConsumersProps(queue, actor.WithSupervisor(testkit.NewSupervisor(t, h.system, actor.RestartDirective))), "consumers")
	h.claims = NewClaims(ClaimSettings{
		Topics: map[string]*Topic{"tweets": topic}, Books: NewBooks([]string{"tweets"}), Buffers: &Buffers{}, DLQ: h.dlq,
		Pools: []*mailbox.Queue{h.pool}, Root: h.system.Root, Consumers: parent, HandOver: 5 * time.Second, Patience: s.patience, Complaints: NewComplaints(func(string, string) {}), Drain: drain, Log: slog.New(slog.DiscardHandler),
	})
	go func() { // owned by end
		defer close(h.over)
		Feed(run, h.claims, h.partition)
	}()
	return h
}

// next is the next batch that a worker took.
func (h *hand) next() *messages.RecordBatch {
	h.Helper()
	return testkit.Expect[*mailbox.Unit](h.batches).Messages()[0].(*messages.RecordBatch) //nolint:forcetypeassert // a failed test says so
}

// settle tells the partition consumer that a batch is indexed.
func (h *hand) settle(b *messages.RecordBatch) {
	h.system.Root.Send(b.Claim.Consumer, &messages.Settled{Ranges: outcomeOf(b, messages.Indexed)})
}

// end waits for Feed and compares the topic's books.
func (h *hand) end(want messages.Books) {
	h.Helper()
	<-h.over
	synctest.Wait()
	h.abort()
	topics, _ := h.claims.Books.Read()
	if got := topics[0].Books; got != want || !got.Balanced() {
		h.Errorf("books are %+v, want %+v", got, want)
	}
}

func TestFeedDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1000, budget: 1 << 20, workers: 1})
		h.partition.send("a", "b")
		b := h.next()
		h.drain()
		close(h.partition.records)
		synctest.Wait()
		select {
		case <-h.over:
			t.Fatal("the claim was let go with records in flight")
		default:
		}
		h.settle(b)
		h.end(messages.Books{Consumed: 2, Indexed: 2})
		if h.partition.marked() != 2 {
			t.Errorf("marked %d, want 2", h.partition.marked())
		}
	})
}

func TestFeedFormsBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 2000, budget: 1 << 20, workers: 1})
		for range 600 {
			h.partition.send("x")
		}
		sizes := []int{}
		for total := 0; total < 600; {
			b := h.next()
			sizes, total = append(sizes, len(b.Records)), total+len(b.Records)
			h.settle(b)
		}
		for _, n := range sizes {
			if n > batchRecords {
				t.Errorf("batches of %v records, want at most %d", sizes, batchRecords)
			}
		}
		h.drain()
		close(h.partition.records)
		h.end(messages.Books{Consumed: 600, Indexed: 600})
	})
}

// TestFeedPausesWhileItsLaneIsFull has nobody take from the lane: what was
// fetched is read on, the partition is paused, and a revoke is still heard.
func TestFeedPausesWhileItsLaneIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1, budget: 1 << 20})
		for range 3 {
			h.partition.send("first")
			synctest.Wait()
		}
		for range 600 {
			h.partition.send("more")
		}
		synctest.Wait()
		if got := h.partition.said(); got != "pause" {
			t.Errorf("the partition was told %q, want pause", got)
		}
		close(h.partition.records)
		h.end(messages.Books{Consumed: 2, Returned: 2}) // one was stored, one parked, the rest never consumed
		if next := h.partition.marked(); next > 0 {
			t.Errorf("marked %d, want nothing past the first returned record", next)
		}
	})
}

func TestFeedResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1000, budget: 800, workers: 1}) // one record at a time
		for range 4 {
			h.partition.send(strings.Repeat("x", 300))
		}
		synctest.Wait()
		if got := h.partition.said(); got != "pause" {
			t.Errorf("with the budget spent the partition was told %q, want pause", got)
		}
		for range 4 {
			h.settle(h.next())
		}
		synctest.Wait()
		if got := h.partition.said(); got != "pause resume" {
			t.Errorf("the partition was told %q, want pause resume", got)
		}
		h.drain()
		close(h.partition.records)
		h.end(messages.Books{Consumed: 4, Indexed: 4})
	})
}

// TestFeedRevoked revokes a claim whose first batch is with a worker that takes
// too long: what waits is returned, and the books balance when the worker is done.
func TestFeedRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1000, budget: 1 << 20, workers: 1})
		h.partition.send("held")
		held := h.next()
		h.system.Root.Send(h.workers(), &mailbox.Resize{Size: 0})
		synctest.Wait()
		h.partition.send("waits", "waits")
		synctest.Wait()
		start := time.Now()
		close(h.partition.records)
		<-h.over
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("let go after %v, want hand_over", took)
		}
		if next := h.partition.marked(); next != 0 {
			t.Errorf("marked %d, want 0: the first record is with a worker", next)
		}
		h.settle(held) // late
		h.end(messages.Books{Consumed: 3, Indexed: 1, Returned: 2})
		if _, open := h.claims.Books.Read(); len(open) != 0 {
			t.Errorf("the claim is still open: %v", open)
		}
	})
}

func (h *hand) workers() *actor.PID { return actor.NewPID(h.system.ActorSystem.Address(), "workers") }

func TestFeedScansWhereNobodyElseDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{capacity: 1000, budget: 1 << 20, workers: 1})
		h.partition.send(`{"a":1}`, `no JSON`, ``)
		d, ok := testkit.Expect[*mailbox.Unit](h.batches).Messages()[0].(*messages.DocumentBatch)
		if !ok || sources(d) != `{"a":1}` {
			t.Fatalf("the writers' lane got %v, want the document", d)
		}
		l := testkit.Expect[*messages.DeadLetters](h.letters)
		if len(l.Letters) != 1 || l.Letters[0].Record.Offset != 1 || l.Letters[0].Stage != messages.StageConsumer {
			t.Errorf("the DLQ heard %+v, want record 1 of the consumer", l.Letters)
		}
		h.system.Root.Send(d.Claim.Consumer, &messages.Settled{Ranges: []messages.Range{{From: 0, To: 1}}})
		h.system.Root.Send(d.Claim.Consumer, &messages.Settled{Ranges: []messages.Range{{From: 1, To: 2, Outcome: messages.DeadLettered}}})
		h.drain()
		close(h.partition.records)
		h.end(messages.Books{Consumed: 3, Indexed: 1, DeadLettered: 1, Ignored: 1})
	})
}

func TestFeedEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1000, budget: 1 << 20, workers: 1})
		h.partition.send("a")
		h.next()
		start := time.Now()
		h.abort()
		<-h.over
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v, want it to end at once", took)
		}
		topics, _ := h.claims.Books.Read()
		if !topics[0].Balanced() {
			t.Errorf("books are %+v", topics[0].Books)
		}
	})
}

// TestConsumerCrash crashes the partition consumer in the middle of Settled: it
// comes again after the restart, and counts once.
func TestConsumerCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1000, budget: 1 << 20, workers: 1})
		crashes := 1
		h.partition.onMark = func() {
			if crashes--; crashes == 0 {
				panic(fmt.Sprintf("crash %d", crashes))
			}
		}
		h.partition.send("a", "b")
		h.settle(h.next())
		synctest.Wait()
		h.drain()
		close(h.partition.records)
		h.end(messages.Books{Consumed: 2, Indexed: 2})
		if h.partition.marked() != 2 {
			t.Errorf("marked %d, want 2", h.partition.marked())
		}
	})
}
