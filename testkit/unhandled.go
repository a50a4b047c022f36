package testkit

import (
	"reflect"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// UnhandledEvent is what an actor publishes on the event stream of its system when
// it is given a message that it does not know. protoactor-go has no such event, so
// the actors of a program bring their own:
//
//	default:
//		c.ActorSystem().EventStream.Publish(&Unhandled{Who: c.Self(), What: c.Message()})
//
// A system fails its test for each that [ExpectUnhandled] did not take.
type UnhandledEvent interface {
	// Unhandled is the actor, and the message without its envelope.
	Unhandled() (who *actor.PID, message any)
}

// ExpectUnhandled takes the oldest message of type T that the actor did not know, and
// returns it. It waits up to the time-out for one. It needs actors that publish an
// [UnhandledEvent].
func ExpectUnhandled[T any](s *System, by *actor.PID) T {
	s.t.Helper()
	limit := s.limit()
	isT := matching(func(T) bool { return true })
	l, ok := s.unhandled.take(func(l letter) bool { return l.to.Equal(by) && isT(l) }, time.Now().Add(limit))
	if !ok {
		s.fatalf(s.t, "expected %s not to know a message %s, but it did not say so within %v%s",
			name(by), reflect.TypeFor[T](), limit, list("unhandled", s.unhandled.unread()))
	}
	wanted, _ := l.message.(T)
	return wanted
}
