package testkit

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// kind says by which method of the context a message goes out.
type kind int

const (
	unsaid kind = iota // by none: protoactor answers an actor.AutoRespond
	sending
	requesting
	responding
	forwarding
	asking
)

// recordingContext is the actor's context. It turns what would reach out of the
// actor into effects, and leaves the rest to protoactor.
type recordingContext struct {
	actor.Context
	b *Behavior
}

func (b *Behavior) decorate(next actor.ContextDecoratorFunc) actor.ContextDecoratorFunc {
	return func(c actor.Context) actor.Context { return next(&recordingContext{Context: c, b: b}) }
}

// as lets a message go out, through the sender middleware to intercept.
func (c *recordingContext) as(k kind, send func()) {
	c.b.setKind(k)
	defer c.b.setKind(unsaid)
	send()
}

func (b *Behavior) setKind(k kind) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kind = k
}

func (c *recordingContext) Send(to *actor.PID, message any) {
	c.as(sending, func() { c.Context.Send(to, message) })
}

func (c *recordingContext) Request(to *actor.PID, message any) {
	c.as(requesting, func() { c.Context.Request(to, message) })
}

func (c *recordingContext) RequestWithCustomSender(to *actor.PID, message any, sender *actor.PID) {
	c.as(sending, func() { c.Context.RequestWithCustomSender(to, message, sender) })
}

func (c *recordingContext) Forward(to *actor.PID) {
	c.as(forwarding, func() { c.Context.Forward(to) })
}

func (c *recordingContext) Respond(message any) {
	if c.Sender() == nil {
		c.b.record(Responded{Message: message})
		return
	}
	c.as(responding, func() { c.Context.Respond(message) })
}

func (c *recordingContext) Stash() {
	c.b.record(Stashed{Message: c.Message()})
	c.Context.Stash()
}

func (c *recordingContext) Watch(pid *actor.PID) {
	c.b.watched[pid.String()] = pid
	c.b.record(Watched{PID: pid})
}

func (c *recordingContext) Unwatch(pid *actor.PID) {
	delete(c.b.watched, pid.String())
	c.b.record(Unwatched{PID: pid})
}

func (c *recordingContext) ReceiveTimeout() time.Duration { return c.b.timeout }

func (c *recordingContext) SetReceiveTimeout(d time.Duration) {
	if d < time.Millisecond {
		d = 0 // as protoactor has it
	}
	c.b.timeout = d
	c.b.record(ReceiveTimeoutSet{After: d})
}

func (c *recordingContext) CancelReceiveTimeout() {
	c.b.timeout = 0
	c.b.record(ReceiveTimeoutCancelled{})
}

// Receive begins a new instance without a time-out.
func (c *recordingContext) Receive(env *actor.MessageEnvelope) {
	if _, ok := env.Message.(*actor.Started); ok {
		c.b.timeout = 0
	}
	c.Context.Receive(env)
}

func (c *recordingContext) Stop(pid *actor.PID) {
	c.b.record(Stopped{PID: pid})
	if pid.Equal(c.b.pid) {
		c.Context.Stop(pid)
	}
}

func (c *recordingContext) Poison(pid *actor.PID) {
	c.b.record(Poisoned{PID: pid})
	if pid.Equal(c.b.pid) {
		c.Context.Poison(pid)
	}
}

func (c *recordingContext) StopFuture(pid *actor.PID) *actor.Future {
	c.b.record(Stopped{PID: pid})
	if pid.Equal(c.b.pid) {
		return c.Context.StopFuture(pid)
	}
	return c.b.awaitEnd(pid)
}

func (c *recordingContext) PoisonFuture(pid *actor.PID) *actor.Future {
	c.b.record(Poisoned{PID: pid})
	if pid.Equal(c.b.pid) {
		return c.Context.PoisonFuture(pid)
	}
	return c.b.awaitEnd(pid)
}

// intercept is the last sender middleware. What an actor sends to itself waits
// in its mailbox; nothing else goes further.
func (b *Behavior) intercept(next actor.SenderFunc) actor.SenderFunc {
	return func(c actor.SenderContext, to *actor.PID, env *actor.MessageEnvelope) {
		b.mu.Lock()
		kind := b.kind
		b.mu.Unlock()
		if _, auto := c.Message().(actor.AutoRespond); auto && kind == unsaid {
			kind = responding
		}
		b.send(kind, to, env)
		if to.Equal(b.pid) {
			next(c, to, env)
		}
	}
}

func (b *Behavior) send(k kind, to *actor.PID, env *actor.MessageEnvelope) {
	switch k {
	case unsaid, sending:
		b.record(Sent{To: to, Message: env.Message, Sender: env.Sender, Header: env.Header})
	case requesting:
		b.record(Requested{To: to, Message: env.Message, Header: env.Header})
	case responding:
		b.record(Responded{To: to, Message: env.Message, Header: env.Header})
	case forwarding:
		b.record(Forwarded{To: to, Message: env.Message, Sender: env.Sender, Header: env.Header})
	case asking:
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asked = &FutureRequested{To: to, Message: env.Message, Header: env.Header, b: b}
	}
}
