package testkit

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// Effect is something that an actor under a [Behavior] did: one of the types
// below. The messages in effects are those of the actor, not copies.
//
//sumtype:decl
type Effect interface {
	fmt.Stringer
	effect()
}

// Sent is a message of Send, or of RequestWithCustomSender, or one that went past
// the context, by the root or by another goroutine, to a child, to the parent or
// to the actor itself.
type Sent struct {
	To      *actor.PID
	Message any
	Sender  *actor.PID        // nil: none
	Header  map[string]string // of sender middleware; nil: none
}

// Requested is a message of Request: the actor is its sender.
type Requested struct {
	To      *actor.PID
	Message any
	Header  map[string]string // nil: none
}

// Responded is a message of Respond, or the answer to an actor.AutoRespond.
type Responded struct {
	To      *actor.PID // nil: nobody had asked, and the answer would be a dead letter
	Message any
	Header  map[string]string // nil: none
}

// Forwarded is the message at hand, passed on with its sender.
type Forwarded struct {
	To      *actor.PID
	Message any
	Sender  *actor.PID        // nil: none
	Header  map[string]string // nil: none
}

// FutureRequested is a message of RequestFuture, whose answer the actor has in
// Future. The test gives it with [FutureRequested.Complete].
type FutureRequested struct {
	To      *actor.PID
	Message any
	Timeout time.Duration
	Future  *actor.Future
	Header  map[string]string // nil: none

	b *Behavior
}

// Reentered is a continuation of ReenterAfter. It runs when its future is done, or
// by hand with [Reentered.Run].
type Reentered struct {
	Future *actor.Future

	entry *reentry
}

// Spawned is a child. It is a name and a PID without an actor: see
// [Behavior.Terminate].
type Spawned struct {
	PID   *actor.PID
	Name  string // without the path
	Props *actor.Props
}

// Watched is a Watch; the test says with [Behavior.Terminate] that it ended.
type Watched struct{ PID *actor.PID }

// Unwatched is an Unwatch.
type Unwatched struct{ PID *actor.PID }

// Stopped is a Stop or a StopFuture, of the actor itself too.
type Stopped struct{ PID *actor.PID }

// Poisoned is a Poison or a PoisonFuture. The actor itself gets its pill with
// [Behavior.RunNext].
type Poisoned struct{ PID *actor.PID }

// Stashed is a message that comes again after [Behavior.Restart]. One that is then
// stashed again comes for ever, as with protoactor.
type Stashed struct{ Message any }

// ReceiveTimeoutSet is a SetReceiveTimeout. No time passes: see
// [Behavior.RunReceiveTimeout].
type ReceiveTimeoutSet struct{ After time.Duration } // 0: off

// ReceiveTimeoutCancelled is a CancelReceiveTimeout.
type ReceiveTimeoutCancelled struct{}

// Published is an event of the actor on the event stream.
type Published struct{ Event any }

// Panicked is a panic. The actor is suspended until the test answers as a
// supervisor would, with Restart, Resume or Stop. A test that does not take a
// Panicked fails.
type Panicked struct {
	Reason  any // the value of the panic
	Message any // in flight, which is lost
	Stack   []byte
}

// Supervised is what the actor's strategy does to a child that failed: see
// [Behavior.FailChild].
type Supervised struct {
	Child     *actor.PID
	Directive actor.Directive // all but Escalate
}

// Escalated is the failure of a child that the actor's strategy hands to the
// parent. The actor is suspended as after [Panicked].
type Escalated struct{ Reason any }

func (Sent) effect()                    {}
func (Requested) effect()               {}
func (Responded) effect()               {}
func (Forwarded) effect()               {}
func (FutureRequested) effect()         {}
func (Reentered) effect()               {}
func (Spawned) effect()                 {}
func (Watched) effect()                 {}
func (Unwatched) effect()               {}
func (Stopped) effect()                 {}
func (Poisoned) effect()                {}
func (Stashed) effect()                 {}
func (ReceiveTimeoutSet) effect()       {}
func (ReceiveTimeoutCancelled) effect() {}
func (Published) effect()               {}
func (Panicked) effect()                {}
func (Supervised) effect()              {}
func (Escalated) effect()               {}
