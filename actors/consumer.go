package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// consumer is the hand of a claim that hears what became of its records. It
// outlives its claim until nothing is in flight.
type consumer struct{ *holding }

// consumerProps returns the props of a partition consumer. It hears control
// messages only, so it is never parked and has no lane of its own.
func consumerProps(h *holding, queue *mailbox.Queue) *actor.Props {
	opts := []actor.PropsOption{actor.WithMailbox(func() actor.Mailbox { return mailbox.New(queue) })}
	return props(func() actor.Actor { return &consumer{h} }, opts)
}

// Receive dispatches.
func (a *consumer) Receive(c actor.Context) {
	switch m := again(c.Message()).(type) {
	case messages.ConsumerCommand:
		a.handle(c, m)
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		unhandled(c)
	}
}

func (a *consumer) handle(c actor.Context, m messages.ConsumerCommand) {
	switch m := m.(type) {
	case *messages.Settled:
		a.settle(m.Ranges)
	case *messages.ClaimEnded:
		a.ended = true
		defer func() {
			select {
			case m.Heard <- struct{}{}:
			default: // it came again, after a crash
			}
		}()
	}
	if !a.ended {
		return
	}
	select {
	case <-a.tracker.Idle():
		a.books.close(a.claim, a.tracker)
		c.Stop(c.Self())
	default:
	}
}

// again is the message itself where it comes again after a crash.
func again(m any) any {
	if r, ok := m.(*mailbox.Redelivered); ok {
		return r.Message
	}
	return m
}
