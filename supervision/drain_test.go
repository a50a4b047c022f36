package supervision

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

// TestNotReadyWhileDraining asks during a drain that takes its time.
func TestNotReadyWhileDraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tweets := newPartition("tweets", 0)
		s := settings(t)
		s.Bulkers = slow(5 * time.Second)
		show := open(t, s, tweets)
		tweets.send(10)
		show.pass(time.Second)
		show.wantNotReady()
		show.drain()
		synctest.Wait()
		show.wantNotReady("draining")
		show.wantLog("msg=draining at_most=10s", 1)
		show.wantEnd(nil)
		show.wantBooks(10)
	})
}

// held is a show whose writer has a request under way that takes that long, of a
// claim that has been let go before the drain begins.
func held(t *testing.T, request time.Duration) *show {
	t.Helper()
	s := settings(t)
	s.HandOver = time.Second
	s.Bulkers = func() actors.Bulker {
		return send(func(ctx context.Context, _ []*messages.DocumentBatch) (messages.BulkAnswer, error) {
			return messages.BulkAnswer{Verdict: messages.BulkLater, Reason: "gone"}, sleep(ctx, request)
		})
	}
	tweets := newPartition("tweets", 0)
	show := open(t, s, tweets)
	tweets.send(10)
	show.pass(time.Second)
	show.revoke()
	<-tweets.gone
	return show
}

// TestDrainWaitsForClaimsThatWereLost has the answer come within the grace: then
// nothing is in flight at the end.
func TestDrainWaitsForClaimsThatWereLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		show := held(t, 8*time.Second)
		show.drain()
		show.wantEnd(nil)
		topics, _ := show.Books().Read()
		if got, want := topics[0].Books, (messages.Books{Consumed: 10, Returned: 10}); got != want {
			t.Errorf("books are %+v, want %+v", got, want)
		}
		show.wantMarked()
	})
}

// TestGraceBoundsARequestOfALostClaim has the answer not come.
func TestGraceBoundsARequestOfALostClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		show := held(t, time.Hour)
		start := time.Now()
		show.drain()
		if err := <-show.ended; err == nil || !strings.HasPrefix(err.Error(), "shutdown: not drained within shutdown_grace") {
			t.Errorf("Run() = %v, want the grace spent", err)
		}
		if took := time.Since(start); took > 11*time.Second {
			t.Errorf("Run() returned after %v, want 10 s of grace", took)
		}
		show.pass(time.Second)
	})
}
