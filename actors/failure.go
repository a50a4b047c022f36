package actors

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/asynkron/protoactor-go/actor"
)

// Fatal is the reason of a failure that stops the whole run.
type Fatal struct{ Err error }

// Error is that of Err.
func (f *Fatal) Error() string { return f.Err.Error() }

// Unwrap returns Err.
func (f *Fatal) Unwrap() error { return f.Err }

// Crash is the reason of any other failure: a panic, with the stack that
// protoactor does not keep.
type Crash struct {
	Panic any
	Stack string
}

// Error is the text of the panic.
func (c *Crash) Error() string { return fmt.Sprintf("panic: %v", c.Panic) }

// Unwrap returns the panic where that is an error.
func (c *Crash) Unwrap() error {
	err, _ := c.Panic.(error)
	return err
}

// fatal stops the run with err.
func fatal(err error) { panic(&Fatal{err}) }

// reasonOf makes a Fatal or a Crash of what recover returned.
func reasonOf(recovered any) error {
	if err, ok := recovered.(error); ok {
		var f *Fatal
		var c *Crash
		if errors.As(err, &f) || errors.As(err, &c) {
			return err
		}
	}
	return &Crash{recovered, string(debug.Stack())}
}

// alone runs f and returns its crash, if it crashed. A fatal error is never
// recovered.
func alone(f func()) (crash *Crash) {
	defer func() {
		if r := recover(); r != nil {
			if err := reasonOf(r); !errors.As(err, &crash) {
				panic(err)
			}
		}
	}()
	f()
	return nil
}

// traced is an actor whose failures are Fatal or Crash, and so carry a stack.
type traced struct{ actor.Actor }

// Receive passes the message on.
func (t traced) Receive(c actor.Context) {
	defer func() {
		if r := recover(); r != nil {
			panic(reasonOf(r))
		}
	}()
	t.Actor.Receive(c)
}

// props are those of an actor whose failures carry a stack.
func props(produce func() actor.Actor, opts []actor.PropsOption) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return traced{produce()} }, opts...)
}

// Unhandled is published on the event stream for a message that its receiver
// does not know, which is a bug.
type Unhandled struct {
	Receiver *actor.PID
	Message  any
}

// Unhandled tells both to whoever does not know the type: tests expect such a
// message, and fail for one that they do not.
func (u *Unhandled) Unhandled() (who *actor.PID, message any) { return u.Receiver, u.Message }

func unhandled(c actor.Context) {
	c.ActorSystem().EventStream.Publish(&Unhandled{c.Self(), c.Message()})
}
