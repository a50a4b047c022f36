package testkit

import (
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// Failure is what a supervisor is told when an actor panics.
type Failure struct {
	Who     *actor.PID
	Reason  any // the value of the panic
	Message any // the message in flight, which is lost whatever the directive
}

// Supervisor is a strategy that answers every failure with one directive and
// keeps it for the test: for actor.WithSupervisor on the props of a parent, or
// actor.WithGuardian on those of the actor itself. It counts no restarts: an
// actor that panics in *actor.Started is restarted for ever.
type Supervisor struct {
	t         testing.TB
	sys       *System
	directive actor.Directive
	failures  *queue[Failure]
}

// NewSupervisor makes a strategy for one test. A guardian has nobody above it:
// with actor.EscalateDirective use it on a parent only.
func NewSupervisor(t testing.TB, s *System, directive actor.Directive) *Supervisor {
	return &Supervisor{t: t, sys: s, directive: directive, failures: newQueue[Failure]()}
}

// ExpectFailure waits for the next failure and returns the value of the panic.
func ExpectFailure(s *Supervisor) (reason any) {
	s.t.Helper()
	return s.NextFailure().Reason
}

// NextFailure is [ExpectFailure] with the actor and the message in flight. It is
// called by the goroutine of the test.
func (s *Supervisor) NextFailure() Failure {
	s.t.Helper()
	limit := s.sys.limit()
	f, ok := s.failures.take(first, time.Now().Add(limit))
	if !ok {
		s.t.Fatalf("expected an actor to fail, but none did within %v", limit)
	}
	return f
}

// HandleFailure makes it an actor.SupervisorStrategy. The failure is there to be
// expected after the directive was given.
func (s *Supervisor) HandleFailure(system *actor.ActorSystem, supervisor actor.Supervisor, child *actor.PID,
	_ *actor.RestartStatistics, reason, message any,
) {
	defer s.failures.put(Failure{Who: child, Reason: reason, Message: actor.UnwrapEnvelopeMessage(message)})
	system.EventStream.Publish(&actor.SupervisorEvent{Child: child, Reason: reason, Directive: s.directive})
	switch s.directive {
	case actor.ResumeDirective:
		supervisor.ResumeChildren(child)
	case actor.RestartDirective:
		supervisor.RestartChildren(child)
	case actor.StopDirective:
		supervisor.StopChildren(child)
	case actor.EscalateDirective:
		s.escalate(supervisor, child, reason, message)
	}
}

// escalate turns the panic of a guardian, which would end the process, into a
// failed test.
func (s *Supervisor) escalate(supervisor actor.Supervisor, child *actor.PID, reason, message any) {
	defer func() {
		if recover() != nil {
			s.sys.report.errorf("actor %s: escalated to a guardian, which has nobody above it: %v", name(child), reason)
			supervisor.StopChildren(child)
		}
	}()
	supervisor.EscalateFailure(reason, message)
}
