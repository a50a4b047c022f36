package actors

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// The guards of what a batch of 512 records costs in memory on its way, the test
// kit's share included. Their bounds are what it is: where it becomes less, lower
// them, and who raises one says why.

func TestTrackerAllocatesForEachBatch(t *testing.T) {
	tracker, batch, next := NewTracker(PlainPrice), make([]messages.Record, batchRecords), int64(0)
	objects, bytes := testkit.Allocated(t, 1000, func() {
		for i := range batch {
			batch[i].Offset = next + int64(i)
		}
		tracker.Enter(batch)
		next += batchRecords
		tracker.Settle(messages.Range{From: next - batchRecords, To: next})
	})
	wantAllocated(t, objects, bytes, 4, 2216)
}

// TestBatchAllocatesOnItsWay has a claim take in a batch, and a worker of its
// topic's pool give it back.
func TestBatchAllocatesOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, func(*way, *messages.RecordBatch) {})
		objects, bytes := testkit.Allocated(t, 200, w.batch)
		wantAllocated(t, objects, bytes, 15, 2928)
	})
}

// TestDocumentsAllocateOnTheirWay has the worker make documents before.
func TestDocumentsAllocateOnTheirWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWay(t, func(w *way, b *messages.RecordBatch) {
			w.in.topic.Format.convert(b, &w.on).documents.Recycle()
		})
		objects, bytes := testkit.Allocated(t, 200, w.batch)
		wantAllocated(t, objects, bytes, 21, 3312)
	})
}

func wantAllocated(t *testing.T, objects, bytes, mostObjects, mostBytes uint64) {
	t.Helper()
	t.Logf("%d objects of %d bytes for a batch", objects, bytes)
	if objects > mostObjects || bytes > mostBytes {
		t.Errorf("%d objects of %d bytes are allocated for a batch, want at most %d of %d", objects, bytes, mostObjects, mostBytes)
	}
}

// way is where a batch goes: a claim's intake, its lane, and a worker that handles it
// and settles its records.
type way struct {
	in    *intake
	on    scratch
	value []byte
	next  int64
}

func newWay(t *testing.T, handle func(w *way, b *messages.RecordBatch)) *way {
	t.Helper()
	geo := []byte(`{"city_name":"` + strings.Repeat("x", 200) + `"}`)
	topic := TopicSettings{
		Name: "tweets", Index: "tweets", Plan: plan(t, record.PlanSettings{Address: "at", Target: "geo"}), Enriched: true, AheadBytes: 1 << 20,
	}.Topic(lookup(func([]byte) []byte { return geo }), &Buffers{}, NewBudget(1<<20))
	queue := mailbox.NewQueue(mailbox.Settings{Context: t.Context()})
	topic.Lane = queue.AddLane("tweets", 10*batchRecords)
	h := &holding{claim: &messages.Claim{Topic: "tweets"}, tracker: NewTracker(topic.Price), budget: topic.Budget, mark: func(int64) {}}
	w := &way{
		in:    &intake{holding: h, topic: topic, buffers: topic.Format.Buffers, valve: topic.Ahead.join(&fakePartition{})},
		value: fmt.Appendf(nil, `{"text":%q,"at":"81.2.69.142"}`, strings.Repeat("x", 200)),
	}
	worker := actor.PropsFromFunc(func(c actor.Context) {
		if u, ok := c.Message().(*mailbox.Unit); ok {
			w.handle(u, handle)
		}
	})
	system := testkit.NewSystem(t)
	testkit.Spawn(t, system, mailbox.NewPool(mailbox.PoolSettings{Name: "worker", Size: 1, Queue: queue, Worker: worker}).Props())
	synctest.Wait()
	return w
}

func (w *way) handle(u *mailbox.Unit, handle func(w *way, b *messages.RecordBatch)) {
	b := u.Messages()[0].(*messages.RecordBatch) //nolint:forcetypeassert // nothing else is sent
	handle(w, b)
	ranges := outcomeOf(b, messages.Indexed)
	u.OnRelease(func() {
		b.Free()
		w.in.settle(ranges)
	})
}

// batch sends a full batch on its way, and waits for its end.
func (w *way) batch() {
	for i := range batchRecords {
		w.in.add(messages.Record{Offset: w.next, Value: w.value}, batchRecords-1-i)
		w.next++
	}
	w.in.pass()
	synctest.Wait()
}
