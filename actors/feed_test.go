package actors

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// TestFeedPanicsWithoutAPartitionConsumer has another claim hold its name: nobody
// else would read the partition, so that must not pass in silence.
func TestFeedPanicsWithoutAPartitionConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1000, budget: 1 << 20, workers: 1})
		synctest.Wait()
		reason := func() (reason any) {
			defer func() { reason = recover() }()
			Feed(t.Context(), NewClaims(h.claims.ClaimSettings), &fakePartition{topic: "tweets"})
			return nil
		}()
		if err, ok := reason.(*Fatal); !ok || !strings.HasPrefix(err.Error(), "spawn the partition consumer of tweets-3: ") {
			t.Errorf("it ended with %v, want a fatal error that names the partition", reason)
		}
		h.drain()
		close(h.partition.records)
		h.end(messages.Books{})
	})
}

// TestFeedHeedsTheEndOfTheRunBeforeItHasBegun has nobody answer that its partition
// consumer is there.
func TestFeedHeedsTheEndOfTheRunBeforeItHasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		parent := testkit.NewProbe(t, n.system)
		books := NewBooks([]string{"tweets"})
		claims := NewClaims(ClaimSettings{Topics: map[string]*Topic{"tweets": {Price: PlainPrice}}, Books: books, Root: n.system.Root, Consumers: parent.PID()})
		run, abort := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() {
			defer close(over)
			Feed(run, claims, &fakePartition{topic: "tweets"})
		}()
		if asked := testkit.Expect[*openClaim](parent); asked.holding.claim.String() != "tweets-3#1" {
			t.Errorf("asked for %v, want the first claim of tweets-3", asked.holding.claim)
		}
		abort()
		<-over
		if _, partitions := books.Read(); len(partitions) != 0 {
			t.Errorf("the books list %v, want no claim that never began", partitions)
		}
	})
}
