package testkit

import (
	"runtime/debug"

	"github.com/asynkron/protoactor-go/actor"
)

// Run has the actor receive a message that has no sender. What the actor has to
// hear from the system because of it, such as the stop of itself, comes at once.
func (b *Behavior) Run(message any) {
	b.t.Helper()
	b.RunFrom(nil, message)
}

// RunFrom is [Behavior.Run] with a sender, any PID. A *actor.MessageEnvelope is
// received as it is.
func (b *Behavior) RunFrom(sender *actor.PID, message any) {
	b.t.Helper()
	b.settle()
	b.ready(message)
	for _, m := range unpack(message) {
		if _, wrapped := m.(*actor.MessageEnvelope); !wrapped && sender != nil {
			m = &actor.MessageEnvelope{Message: m, Sender: sender}
		}
		b.receive(m)
	}
}

// RunNext has the actor receive what waits in its mailbox, because it sent it to
// itself, or others did past the test: the continuations of futures that are done,
// if there are any, or else the oldest message.
func (b *Behavior) RunNext() {
	b.t.Helper()
	if b.settle() > 0 {
		return
	}
	message, ok := b.mailbox.nextUser()
	if !ok {
		b.t.Fatalf("%s: nothing waits in the mailbox", name(b.pid))
	}
	b.ready(message)
	b.receive(message)
}

// Pending is what [Behavior.RunNext] has not taken yet, oldest first, without
// continuations.
func (b *Behavior) Pending() []any { return b.mailbox.pending() }

// RunReceiveTimeout has the actor receive *actor.ReceiveTimeout, as when the time
// it set has passed without a message. As with protoactor it is off then.
func (b *Behavior) RunReceiveTimeout() {
	b.t.Helper()
	if b.timeout == 0 {
		b.t.Fatalf("%s: no receive time-out is set", name(b.pid))
	}
	b.timeout = 0
	b.Run(&actor.ReceiveTimeout{})
}

// ready fails the test where an actor would not take a message.
func (b *Behavior) ready(message any) {
	b.t.Helper()
	switch {
	case !b.Alive():
		b.t.Fatalf("%s: has stopped, and %s would be a dead letter", name(b.pid), show(actor.UnwrapEnvelopeMessage(message)))
	case b.suspended:
		b.t.Fatalf("%s: is suspended after a failure: call Restart, Resume or Stop before %s comes%s",
			name(b.pid), show(actor.UnwrapEnvelopeMessage(message)), b.rest())
	}
}

// receive invokes the actor, and then again with what the system has to say.
func (b *Behavior) receive(message any) {
	if _, system := message.(actor.SystemMessage); system {
		b.mailbox.PostSystemMessage(message)
	} else {
		b.invoke(message, b.mailbox.invoker.InvokeUserMessage)
	}
	b.settle()
}

// settle runs the system messages that wait, and says how many.
func (b *Behavior) settle() (n int) {
	for message, ok := b.mailbox.nextSystem(); ok; message, ok = b.mailbox.nextSystem() {
		n++
		switch message.(type) {
		case *actor.SuspendMailbox:
			b.suspended = true
		case *actor.ResumeMailbox:
			b.suspended = false
		case *actor.Stop, *actor.Restart:
			b.ending.Store(true)
			b.invoke(message, b.mailbox.invoker.InvokeSystemMessage)
		default:
			b.invoke(message, b.mailbox.invoker.InvokeSystemMessage)
		}
	}
	b.ending.Store(false)
	return n
}

// invoke makes an effect of a panic.
func (b *Behavior) invoke(message any, by func(any)) {
	defer func() {
		if reason := recover(); reason != nil {
			b.suspended = true
			b.record(Panicked{Reason: reason, Message: actor.UnwrapEnvelopeMessage(message), Stack: debug.Stack()})
		}
	}()
	by(message)
}
