package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// keep spawns a pool that is swept with the others. Its worker keeps a unit until
// free is closed, and gives it back for later.
func (h *hand) keep(free <-chan struct{}) *mailbox.Lane {
	h.Helper()
	q := mailbox.NewQueue(mailbox.Settings{Context: h.Context()})
	l := q.AddLane("kept", 1000)
	worker := actor.PropsFromFunc(func(c actor.Context) {
		if u, ok := c.Message().(*mailbox.Unit); ok {
			<-free
			u.Delay(u.Messages()[0], time.Now().Add(time.Hour))
		}
	})
	testkit.SpawnNamed(h.T, h.system, mailbox.NewPool(mailbox.PoolSettings{Name: "keeper", Size: 1, Queue: q, Worker: worker}).Props(), "keepers")
	h.claims.Pools = append(h.claims.Pools, q) // read by Feed once its records are over
	return l
}

// wantClosed fails the test unless the claim's partition consumer is gone.
func (h *hand) wantClosed() {
	h.Helper()
	synctest.Wait()
	if _, open := h.claims.Books.Read(); len(open) != 0 {
		h.Errorf("the claim is still open: %v", open)
	}
}

// TestFeedRevokedSweepsWhatComesBackLate has a worker give its unit back before
// or after the hand-over is over: the records are returned, and the partition
// consumer, which nobody tells of them, ends all the same.
func TestFeedRevokedSweepsWhatComesBackLate(t *testing.T) {
	for name, late := range map[string]bool{"in time": false, "late": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHand(t, handSettings{enriched: true, capacity: 1000, budget: 1 << 20, workers: 1})
				free := make(chan struct{})
				kept := h.keep(free)
				h.partition.send("a", "b")
				h.post(kept, h.next())
				synctest.Wait()
				close(h.partition.records)
				if late {
					<-h.over
				}
				synctest.Wait()
				close(free)
				<-h.over
				h.wantClosed()
				h.end(messages.Books{Consumed: 2, Returned: 2})
				h.wantBudgetBack()
				if next := h.partition.marked(); next > 0 {
					t.Errorf("marked %d, want nothing past the first returned record", next)
				}
			})
		})
	}
}

// TestFeedRevokedWhileItWaitsForBudget ends at once: what waits was never
// consumed, and the line for the budget is left.
func TestFeedRevokedWhileItWaitsForBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1000, budget: 1000})
		h.partition.send("a", "b", "c")
		synctest.Wait()
		if _, waiting := h.claims.Topics["tweets"].Budget.Stats(); waiting != 1 {
			t.Fatalf("%d claims wait for budget, want 1", waiting)
		}
		start := time.Now()
		close(h.partition.records)
		h.end(messages.Books{Consumed: 1, Returned: 1})
		if took := time.Since(start); took != 0 {
			t.Errorf("let go after %v, want at once", took)
		}
		h.wantBudgetBack()
		h.wantClosed()
	})
}

// TestFeedDrainReturnsWhatIsParked drains a claim before a full lane: what is
// stored is waited for, what is parked returned, what is held never consumed.
func TestFeedDrainReturnsWhatIsParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1, budget: 1 << 20})
		h.block()
		h.partition.send("held")
		synctest.Wait()
		h.drain()
		close(h.partition.records)
		<-time.After(time.Minute) // virtual: a drain has no bound of its own
		select {
		case <-h.over:
			t.Fatal("the claim was let go with a record in its lane")
		default:
		}
		h.system.Root.Send(h.workers(), &mailbox.Resize{Size: 1})
		h.settle(h.next())
		h.end(messages.Books{Consumed: 2, Indexed: 1, Returned: 1})
		if next := h.partition.marked(); next != 1 {
			t.Errorf("marked %d, want 1: the second record was returned", next)
		}
		h.wantBudgetBack()
		h.wantClosed()
	})
}

// TestFeedCountsRepeatsOfALateClaim settles the same records twice before the
// claim is over.
func TestFeedCountsRepeatsOfALateClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1000, budget: 1 << 20, workers: 1})
		h.partition.send("a")
		b := h.next()
		h.settle(b)
		h.settle(b)
		synctest.Wait()
		h.drain()
		close(h.partition.records)
		h.end(messages.Books{Consumed: 1, Indexed: 1})
		h.wantBudgetBack()
		if topics, _ := h.claims.Books.Read(); topics[0].Repeated != 1 {
			t.Errorf("%d repeats, want 1", topics[0].Repeated)
		}
	})
}
