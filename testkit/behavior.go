package testkit

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// Behavior runs one actor by hand: each message is received in the goroutine of
// the test, which then reads off what the actor did. Nothing of it leaves: what
// the actor sends goes to nobody, its children are names without actors, and what
// it watches does not live. For that each PID will do, such as that of
// actor.NewPID.
//
// The actor is spawned as protoactor does it, with its receiver, sender and spawn
// middleware, its context decorators and its supervisor strategy. Its mailbox and
// its dispatcher are replaced, a guardian and a SpawnFunc are not used. A context
// decorator must wrap what the next one returns, not what it passes to it, if the
// actor wants the decorator's own type.
//
// An actor that waits for the result of a future in Receive blocks the test until
// the future's time-out, since the test is where the answer would come from:
// [Behavior.AnswerFutures] gives it before that. A timer of the actor sends when it
// is due, from its own goroutine; what it sends to the actor itself is run by
// [Behavior.RunNext].
//
// Its methods belong to the goroutine of the test.
type Behavior struct {
	t        testing.TB
	sys      *System
	pid      *actor.PID
	parent   *parent
	mailbox  *handMailbox
	children map[string]*child
	watched  map[string]*actor.PID
	answer   func(to *actor.PID, message any) any
	timeout  time.Duration // of receive; 0: off

	suspended   bool        // as after a panic
	ending      atomic.Bool // children end at once
	supervising atomic.Bool // the strategy is at work

	mu      sync.Mutex              // guards what follows
	enders  map[string][]*actor.PID // of futures, by whose end they wait for
	kind    kind
	asked   *FutureRequested
	effects []Effect // not taken
	posted  []Sent   // all that ever went out
}

// NewBehavior spawns an actor in a system of its own and runs *actor.Started, whose
// effects are the first. When t ends, the actor is stopped, and t fails for a
// [Panicked] that no expectation took. Other effects may be left: say
// [ExpectNoEffects] where there are to be no more.
func NewBehavior(t testing.TB, props *actor.Props) *Behavior {
	t.Helper()
	b := &Behavior{
		t: t, sys: NewSystem(t), mailbox: &handMailbox{},
		children: map[string]*child{}, watched: map[string]*actor.PID{}, enders: map[string][]*actor.PID{},
	}
	b.sys.ActorSystem.EventStream.Subscribe(b.published)
	b.parent = newParent(b)
	props = props.Clone(
		actor.WithMailbox(func() actor.Mailbox { return b.mailbox }),
		actor.WithContextDecorator(b.decorate),
		actor.WithSenderMiddleware(b.intercept),
		actor.WithSpawnMiddleware(b.adopt),
	)
	pid, err := actor.DefaultSpawner(b.sys.ActorSystem, b.parent.pid.Id+"/actor", props, b.parent)
	if err != nil {
		t.Fatalf("spawn the actor: %v", err)
	}
	b.pid = pid
	t.Cleanup(b.end)
	b.settle()
	return b
}

// PID is the actor's own.
func (b *Behavior) PID() *actor.PID { return b.pid }

// Parent is who spawned the actor: a PID that only records.
func (b *Behavior) Parent() *actor.PID { return b.parent.pid }

// System is the actor's own, with nobody else in it. A dead letter fails the test, and
// so does an [UnhandledEvent], which is a [Published] too: see [ExpectDeadLetter] and
// [ExpectUnhandled].
func (b *Behavior) System() *System { return b.sys }

// Alive is false once the actor has received *actor.Stopped.
func (b *Behavior) Alive() bool {
	_, alive := b.sys.ActorSystem.ProcessRegistry.Get(b.pid)
	return alive
}

// published hears the event stream; protoactor's own events are no effects.
func (b *Behavior) published(event any) {
	switch event.(type) {
	case *actor.DeadLetterEvent, *actor.SupervisorEvent:
	default:
		b.record(Published{Event: event})
	}
}

// end stops the actor with the test and judges.
func (b *Behavior) end() {
	b.t.Helper()
	if b.Alive() {
		b.Stop()
	}
	for _, e := range b.Effects() {
		if p, ok := e.(Panicked); ok {
			b.t.Errorf("%s: nobody expected that it %s\n%s", name(b.pid), lower(p.String()), p.Stack)
		}
	}
	registry := b.sys.ActorSystem.ProcessRegistry
	for _, c := range b.children {
		registry.Remove(c.pid)
	}
	registry.Remove(b.parent.pid)
	registry.Remove(b.pid)
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }
