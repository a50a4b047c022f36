package actors

import (
	"context"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// DeadLetterStore keeps records that were refused for good.
type DeadLetterStore interface {
	// Store returns when the records are stored for good. It waits while what is
	// wrong may pass. An error is fatal, or that of the context.
	Store(ctx context.Context, letters *messages.DeadLetters) error
}

// dlq stores what is refused for good, and settles it.
type dlq struct {
	run   context.Context
	store DeadLetterStore
}

// DLQProps returns the props of the DLQ. A record settles when the store has
// it. A second crash on the same records is fatal: without the DLQ they can
// neither be settled nor be given up.
func DLQProps(run context.Context, store DeadLetterStore, opts ...actor.PropsOption) *actor.Props {
	return props(func() actor.Actor { return &dlq{run, store} }, opts)
}

// Receive dispatches.
func (a *dlq) Receive(c actor.Context) {
	switch m := c.Message().(type) {
	case messages.DLQCommand:
		a.handle(c, m)
	case *mailbox.Redelivered:
		if cmd, ok := m.Message.(messages.DLQCommand); ok {
			if crash := alone(func() { a.handle(c, cmd) }); crash != nil {
				fatal(fmt.Errorf("store dead-lettered records: crashed twice on the same ones: %w", crash))
			}
		}
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		unhandled(c)
	}
}

func (a *dlq) handle(c actor.Context, m messages.DLQCommand) {
	switch m := m.(type) {
	case *messages.DeadLetters:
		if err := a.store.Store(a.run, m); err != nil {
			if a.run.Err() != nil {
				return // the run is over: they are read again after a restart
			}
			fatal(fmt.Errorf("store %d dead-lettered records: %w", len(m.Letters), err))
		}
		settle(c, m.Claim, outcomeOf(m, messages.DeadLettered))
	}
}
