package actors

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// storing is a DeadLetterStore made of a function.
type storing func(letters *messages.DeadLetters) error

func (f storing) Store(_ context.Context, letters *messages.DeadLetters) error { return f(letters) }

// startDLQ spawns the DLQ under a supervisor and sends it two records.
func startDLQ(t *testing.T, n *neighbours, boss actor.SupervisorStrategy, store storing) {
	t.Helper()
	q := mailbox.NewQueue(mailbox.Settings{Context: t.Context()})
	lane := q.AddLane("letters", 10)
	testkit.SpawnNamed(t, n.system, DLQProps(t.Context(), store, actor.WithMailbox(func() actor.Mailbox { return mailbox.New(q) }), actor.WithGuardian(boss)), "letters")
	n.post(lane, &messages.DeadLetters{Claim: n.claim, Letters: []messages.DeadLetter{{Record: messages.Record{Offset: 4}}, {Record: messages.Record{Offset: 6}}}})
}

func TestDLQSettlesWhatIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		stored := make(chan struct{})
		startDLQ(t, n, testkit.NewSupervisor(t, n.system, actor.StopDirective), func(*messages.DeadLetters) error {
			<-stored
			return nil
		})
		testkit.ExpectNone(n.consumer) // not before it is on disk
		close(stored)
		if got := n.settled(2); got[4] != messages.DeadLettered || got[6] != messages.DeadLettered {
			t.Errorf("outcomes are %v, want both dead-lettered", got)
		}
	})
}

func TestDLQFailures(t *testing.T) {
	full := errors.New("disk full")
	for name, test := range map[string]struct {
		directive actor.Directive
		store     func(attempt int) error
		want      string // of the last failure; empty: it heals
		failures  int
	}{
		"an error is fatal":   {actor.StopDirective, func(int) error { return full }, "store 2 dead-lettered records: disk full", 1},
		"one crash is healed": {actor.RestartDirective, func(attempt int) error { return crashBelow(attempt, 1) }, "", 1},
		"the second is fatal": {actor.RestartDirective, func(attempt int) error { return crashBelow(attempt, 2) }, "store dead-lettered records: crashed twice on the same ones: panic: boom", 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNeighbours(t)
				n.system.AllowDeadLetters()
				boss := testkit.NewSupervisor(t, n.system, test.directive)
				attempt := 0
				startDLQ(t, n, boss, func(*messages.DeadLetters) error {
					attempt++
					return test.store(attempt)
				})
				var last error
				for range test.failures {
					last, _ = testkit.ExpectFailure(boss).Reason.(error)
				}
				var f *Fatal
				if isFatal := errors.As(last, &f); isFatal != (test.want != "") || isFatal && !strings.HasPrefix(last.Error(), test.want) {
					t.Errorf("the failure is %v, want %q", last, test.want)
				}
				if test.want == "" {
					n.settled(2)
				}
			})
		})
	}
}

// crashBelow panics until the attempt is beyond the number of crashes.
func crashBelow(attempt, crashes int) error {
	if attempt <= crashes {
		panic("boom")
	}
	return nil
}
