package actors

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// TestConsumersOpenNoClaimWhileTheyStop asks for a claim while the parent waits for
// the end of another: it is refused, or its partition consumer would be stopped by
// nobody.
func TestConsumersOpenNoClaimWhileTheyStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFamily(t, plainQueue)
		marking := make(chan struct{})
		f.claim.mark = func(int64) { <-marking }
		if err := f.open(); err != nil {
			t.Fatal(err)
		}
		f.claim.tracker.Enter(records(0))
		f.system.Root.Send(f.claim.claim.Consumer, &messages.Settled{Ranges: []messages.Range{{From: 0, To: 1}}})
		synctest.Wait()
		watcher := testkit.NewProbe(t, f.system)
		watcher.Watch(f.parent)
		f.system.Root.Stop(f.parent)
		synctest.Wait()

		up := make(chan error, 1)
		f.system.Root.Send(f.parent, &openClaim{&holding{claim: &messages.Claim{Topic: "tweets", Partition: 4, Number: 8}}, up})
		if err := <-up; !errors.Is(err, errStopping) {
			t.Errorf("the late claim heard %v, want that it is too late", err)
		}
		close(marking)
		watcher.ExpectTerminated(f.parent)
	})
}
