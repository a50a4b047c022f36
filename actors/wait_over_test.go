package actors

import (
	"testing"

	"github.com/actorpipe/actorpipe/actors/mailbox"
)

// TestIntakeKnowsWhenAWaitIsOver asks for a grant and for room in a lane, before and
// after they are given.
func TestIntakeKnowsWhenAWaitIsOver(t *testing.T) {
	b := NewBudget(10)
	b.Take(10)
	waits := &intake{grant: b.Take(5)}
	if waits.waitOver() {
		t.Error("a grant that is not given counts as one")
	}
	b.Give(10)
	if !waits.waitOver() {
		t.Error("a grant that is given does not count as one")
	}

	q := mailbox.NewQueue(mailbox.Settings{})
	lane := q.AddLane("tweets", 1)
	for range 2 {
		ticket, err := lane.Offer("message")
		if err != nil {
			t.Fatal(err)
		}
		if waits = new(intake); ticket != nil {
			waits.parked = []parked{{ticket: ticket}}
		}
	}
	if waits.waitOver() {
		t.Error("a message that is parked counts as one")
	}
	q.Sweep(func(any) bool { return true }, func(any) {})
	if !waits.waitOver() {
		t.Error("a message that has left the line does not count as one")
	}
}

// TestBackoffDraws takes its jitter from Draw.
func TestBackoffDraws(t *testing.T) {
	b := Backoff{Initial: 100, Max: 1000, Draw: func(n int64) int64 { return n - 1 }}
	for failures, want := range map[int]int64{1: 50, 2: 100, 9: 500} {
		if got := b.Wait(failures); int64(got) != want {
			t.Errorf("after %d failures it waits %d, want %d", failures, got, want)
		}
	}
}
