package mailbox

import (
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// ErrClosed is what a sender gets whose receiver has terminated, or has been
// told to drain and stop.
var ErrClosed = errors.New("mailbox closed")

type (
	// Weighted messages count for more than one in the depth of a lane. Weight
	// is asked once, as the message comes; less than 1 counts as 1.
	Weighted interface{ Weight() int }
	// Sized messages count their bytes where messages are coalesced; others
	// have none. Size is asked once, as the message comes.
	Sized interface{ Size() int }
	// Control messages take the unbounded lane that is served before data.
	Control interface{ Control() }
)

// Redelivered is how an actor hears again, as *Redelivered, what was in its
// hands when it crashed: after a restart, and after it was resumed. A Unit is
// not wrapped: it says so itself.
type Redelivered struct {
	Message any
	Reason  any // of the crash: what was given to panic
}

// redelivered wraps msg; the sender in an envelope stays who it was.
func redelivered(msg, reason any) any {
	env, ok := msg.(*actor.MessageEnvelope)
	if !ok {
		return &Redelivered{Message: msg, Reason: reason}
	}
	return &actor.MessageEnvelope{
		Header:  env.Header,
		Message: &Redelivered{Message: env.Message, Reason: reason},
		Sender:  env.Sender,
	}
}

// isControl says whether msg must not wait behind data: what is marked so, and
// what protoactor-go itself sends by way of the mailbox.
func isControl(msg any) bool {
	switch msg.(type) {
	case Control, *actor.ReceiveTimeout, actor.AutoReceiveMessage, actor.AutoRespond,
		actor.SystemMessage, actor.InfrastructureMessage:
		return true
	}
	return false
}

// entry is a message with what its queue knows of it.
type entry struct {
	msg    any
	weight int
	size   int           // bytes
	at     time.Duration // when it was admitted, since the start of the queue
}

func newEntry(msg any) entry {
	e := entry{msg: msg, weight: 1}
	msg = inner(msg)
	if w, ok := msg.(Weighted); ok {
		e.weight = max(w.Weight(), 1)
	}
	if s, ok := msg.(Sized); ok {
		e.size = s.Size()
	}
	return e
}

// inner is the message without its envelope.
func inner(msg any) any {
	if env, ok := msg.(*actor.MessageEnvelope); ok {
		return env.Message
	}
	return msg
}
