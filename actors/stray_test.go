package actors

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// TestActorsPublishStrayMessages sends each actor what it does not know: a bug
// that is seen, not silence.
func TestActorsPublishStrayMessages(t *testing.T) {
	type stray struct{}
	gauges := Gauges{Books: NewBooks(nil), Restarts: func() []messages.ActorReport { return nil }, DeadLetters: func() int64 { return 0 }}
	for name, props := range map[string]*actor.Props{
		"enricher": EnricherProps(EnricherSettings{}),
		"writer":   WriterProps(WriterSettings{}, func() Bulker { return nil }),
		"dlq":      DLQProps(t.Context(), nil),
		"monitor":  MonitorProps(MonitorSettings{Interval: time.Second, Gauges: gauges, Log: slog.New(slog.DiscardHandler)}, nil),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testkit.NewSystem(t)
				pid := testkit.Spawn(t, s, props)
				s.Root.Send(pid, &stray{})
				testkit.ExpectUnhandled[*stray](s, pid)
			})
		})
	}
}

// TestDLQReturnsWhenTheRunIsOver has the store give up with the run: that is no
// failure, and nothing is settled.
func TestDLQReturnsWhenTheRunIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		run, cancel := context.WithCancel(t.Context())
		defer cancel()
		q := mailbox.NewQueue(mailbox.Settings{Context: run})
		lane := q.AddLane("letters", 10)
		store := func(*messages.DeadLetters) error {
			<-run.Done()
			return context.Cause(run)
		}
		testkit.Spawn(t, n.system, DLQProps(run, storing(store), actor.WithMailbox(func() actor.Mailbox { return mailbox.New(q) })))
		n.post(lane, &messages.DeadLetters{Claim: n.claim, Letters: make([]messages.DeadLetter, 1)})
		testkit.ExpectNone(n.consumer)
		cancel()
		testkit.ExpectNone(n.consumer)
		if hands := q.InHand(); len(hands) != 0 {
			t.Errorf("still in hands: %+v", hands)
		}
	})
}

// TestDLQErrorAfterACrash is the store's own, not that of two crashes.
func TestDLQErrorAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		n.system.AllowDeadLetters()
		boss := testkit.NewSupervisor(t, n.system, actor.RestartDirective)
		attempts, full := 0, errors.New("disk full")
		startDLQ(t, n, boss, func(*messages.DeadLetters) error {
			if attempts++; attempts == 1 {
				panic("boom")
			}
			if attempts == 2 {
				return full
			}
			return nil
		})
		testkit.ExpectFailure(boss)
		err, ok := testkit.ExpectFailure(boss).Reason.(*Fatal)
		if !ok || !errors.Is(err, full) || strings.Contains(err.Error(), "crashed twice") {
			t.Errorf("the failure is %v, want that of the store", err)
		}
		n.settled(2)
	})
}

// TestGaugesCountClaimsThatWaitForBudget tells the verdict of them.
func TestGaugesCountClaimsThatWaitForBudget(t *testing.T) {
	b := NewBudget(10)
	b.Take(10)
	grant := b.Take(10)
	defer b.Cancel(grant)
	g := Gauges{
		Books: NewBooks(nil), Budgets: map[string]*Budget{"tweets": b},
		Restarts: func() []messages.ActorReport { return nil }, DeadLetters: func() int64 { return 0 },
	}
	now := time.Now()
	h := newHistory(time.Second, g.look(now))
	if r := h.report(g.look(now.Add(time.Second))); r.WaitingForBudget != 1 {
		t.Errorf("%d claims wait, want 1", r.WaitingForBudget)
	}
}
