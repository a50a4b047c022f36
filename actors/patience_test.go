package actors

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

// TestFeedLeavesRecordsWhileAWaitIsShort has a claim wait for room: it takes
// nothing more until its patience ends, then reads on and stops its fetching.
func TestFeedLeavesRecordsWhileAWaitIsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bound = 50 * time.Millisecond
		h := newHand(t, handSettings{enriched: true, capacity: 1, budget: 1 << 20, patience: bound})
		h.block()
		h.partition.send(strings.Repeat("x", 1000))
		after(bound - 1)
		if n, said := len(h.partition.records), h.partition.said(); n != 1 || said != "" {
			t.Errorf("before its patience ends %d records are left and the partition was told %q, want 1 and nothing", n, said)
		}
		after(1)
		if n, said := len(h.partition.records), h.partition.said(); n != 0 || said != "pause" {
			t.Errorf("when its patience ends %d records are left and the partition was told %q, want none and pause", n, said)
		}
		close(h.partition.records)
		h.end(messages.Books{Consumed: 2, Returned: 2})
		h.wantBudgetBack()
	})
}

// TestFeedIsPatientAgain ends a wait in time: the next has the whole of its
// patience, and the fetching is never stopped.
func TestFeedIsPatientAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bound = 50 * time.Millisecond
		h := newHand(t, handSettings{enriched: true, capacity: 1000, budget: 1000, workers: 1, patience: bound}) // a record at a time
		h.partition.send("x")
		synctest.Wait()
		for range 10 {
			h.partition.send(strings.Repeat("x", 500))
			after(bound - 1)
			h.settle(h.next())
		}
		h.settle(h.next())
		if said := h.partition.said(); said != "" {
			t.Errorf("the partition was told %q, want nothing", said)
		}
		h.drain()
		close(h.partition.records)
		h.end(messages.Books{Consumed: 11, Indexed: 11})
		h.wantBudgetBack()
	})
}

// after returns when so much of the test's time has passed and all are at rest.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
