package testkit

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// endTimeout is protoactor's, of StopFuture and PoisonFuture.
const endTimeout = 10 * time.Second

// RequestFuture makes a real future, which ends by the clock unless the test
// completes it.
func (c *recordingContext) RequestFuture(to *actor.PID, message any, timeout time.Duration) *actor.Future {
	var f *actor.Future
	c.as(asking, func() { f = c.Context.RequestFuture(to, message, timeout) })
	asked := c.b.takeAsked()
	if asked == nil { // sender middleware kept it
		return f
	}
	asked.Timeout, asked.Future = timeout, f
	c.b.record(*asked)
	if c.b.answer != nil {
		if reply := c.b.answer(to, asked.Message); reply != nil {
			c.b.complete(f, reply)
		}
	}
	return f
}

func (b *Behavior) takeAsked() *FutureRequested {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := b.asked
	b.asked = nil
	return asked
}

// AnswerFutures has answer called with each message of RequestFuture from now on;
// what it returns completes the future at once, before the actor goes on. It
// returns nil to leave the future as it is.
func (b *Behavior) AnswerFutures(answer func(to *actor.PID, message any) any) { b.answer = answer }

// Complete gives the answer that the future waits for, and runs the continuations
// of it. A *actor.DeadLetterResponse makes it fail with actor.ErrDeadLetter.
func (e FutureRequested) Complete(message any) {
	e.b.t.Helper()
	if _, waiting := e.b.sys.ActorSystem.ProcessRegistry.Get(e.Future.PID()); !waiting {
		e.b.t.Fatalf("%s: is done already, and cannot be completed with %s", e, show(message))
	}
	e.b.complete(e.Future, message)
	e.b.settle()
}

func (b *Behavior) complete(f *actor.Future, message any) {
	process, _ := b.sys.ActorSystem.ProcessRegistry.Get(f.PID())
	process.SendUserMessage(f.PID(), message)
}

// reentry is a continuation that runs once, by whichever future is done first.
type reentry struct {
	b            *Behavior
	continuation func(result any, err error)
	byHand       *actor.Future // done by Run
	result       any           // for byHand
	err          error         // for byHand
	done         bool
}

// ReenterAfter has two futures for a continuation, because the test cannot make
// the actor's own fail.
func (c *recordingContext) ReenterAfter(f *actor.Future, continuation func(result any, err error)) {
	r := &reentry{b: c.b, continuation: continuation, byHand: actor.NewFuture(c.ActorSystem(), -1)}
	c.b.record(Reentered{Future: f, entry: r})
	c.Context.ReenterAfter(r.byHand, func(any, error) { r.run(r.result, r.err) })
	c.Context.ReenterAfter(f, r.run)
}

func (r *reentry) run(result any, err error) {
	if r.done {
		return
	}
	r.done = true
	r.continuation(result, err)
}

// Run runs the continuation with what its future is to have brought, such as nil
// and actor.ErrTimeout. The future itself stays as it is.
func (e Reentered) Run(result any, err error) {
	r := e.entry
	r.b.t.Helper()
	if r.done {
		r.b.t.Fatalf("%s: the continuation has run already", e)
	}
	r.result, r.err = result, err
	r.b.complete(r.byHand, result)
	r.b.settle()
}

// awaitEnd is a future that [Behavior.Terminate] completes.
func (b *Behavior) awaitEnd(pid *actor.PID) *actor.Future {
	f := actor.NewFuture(b.sys.ActorSystem, endTimeout)
	b.tellEnd(pid, f.PID())
	return f
}

func (b *Behavior) tellEnd(of, to *actor.PID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.enders[of.String()] = append(b.enders[of.String()], to)
}

func (b *Behavior) takeEnders(of *actor.PID) []*actor.PID {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.enders[of.String()]
	delete(b.enders, of.String())
	return all
}
