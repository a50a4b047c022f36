package testkit

import (
	"sync"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

// Failure is what a supervisor is told when an actor panics.
type Failure struct {
	Who       *actor.PID
	Reason    any             // the value of the panic
	Message   any             // in flight as the actor panicked, without an envelope
	Directive actor.Directive // what the supervisor answered
	Escalated bool            // a child of Who failed, and Who's own supervision passed it on

	restart int // of those that Who was told so far
}

// Supervisor answers failures as the test chooses, keeps them for the test, and
// observes what becomes of the actor. It counts no restarts: an actor that panics
// in *actor.Started is restarted for ever.
//
// [SpawnUnder] puts one above an actor. As it is an actor.SupervisorStrategy, it
// can also be given to whatever takes one, such as actor.WithSupervisor in the
// props of a parent; [Supervisor.Observe] then goes into the same props.
//
// Its expectations belong to the goroutine of the test, all else to anybody.
type Supervisor struct {
	t        testing.TB
	sys      *System
	failures *queue[Failure]
	restarts *queue[restart]
	again    *queue[redelivery]
	last     *Failure // taken last; the test's own

	mu       sync.Mutex // guards what follows
	answers  []actor.Directive
	decide   func(Failure) actor.Directive // nil: answers has it
	observed map[string]*observation       // by the id of the actor
	inFlight []any                         // as actors failed
}

// NewSupervisor makes a supervisor for one test. It answers the first failure with
// first, those that come after with then, one after the other, and all others with
// the last of these. [SpawnUnder] leaves nobody above it: with
// actor.EscalateDirective it is for the props of a parent.
func NewSupervisor(t testing.TB, s *System, first actor.Directive, then ...actor.Directive) *Supervisor {
	return &Supervisor{
		t: t, sys: s,
		failures: newQueue[Failure](), restarts: newQueue[restart](), again: newQueue[redelivery](),
		answers: append([]actor.Directive{first}, then...), observed: map[string]*observation{},
	}
}

// Decide has decide answer from now on. It is called by the goroutine of an actor,
// and is not told a Directive.
func (s *Supervisor) Decide(decide func(Failure) actor.Directive) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decide = decide
}

// SpawnUnder is [Spawn] with boss above the actor, which it observes with all that
// the actor spawns.
func SpawnUnder(t testing.TB, s *System, props *actor.Props, boss *Supervisor) *actor.PID {
	t.Helper()
	return Spawn(t, s, props.Clone(actor.WithGuardian(boss), boss.Observe()))
}

// HandleFailure makes it an actor.SupervisorStrategy. The failure is there to be
// expected after the directive was given.
func (s *Supervisor) HandleFailure(system *actor.ActorSystem, supervisor actor.Supervisor, child *actor.PID,
	_ *actor.RestartStatistics, reason, message any,
) {
	f := s.judge(Failure{Who: child, Reason: reason, Message: actor.UnwrapEnvelopeMessage(message)})
	defer s.failures.put(f)
	system.EventStream.Publish(&actor.SupervisorEvent{Child: child, Reason: reason, Directive: f.Directive})
	switch f.Directive {
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

// judge adds to f what is known of the actor, and the answer.
func (s *Supervisor) judge(f Failure) Failure {
	s.mu.Lock()
	decide := s.note(&f)
	s.mu.Unlock()
	if decide != nil { // the test's: it may ask the supervisor
		f.Directive = decide(f)
	}
	if f.Directive == actor.RestartDirective {
		f.restart = s.countRestart(f.Who)
	}
	return f
}

// note is the part of judge under the lock; it returns who is to decide, nil if the
// answer is there.
func (s *Supervisor) note(f *Failure) func(Failure) actor.Directive {
	if isUserMessage(f.Message) {
		f.Message = s.inner(f.Message)
		s.inFlight = append(s.inFlight, f.Message)
	}
	if o := s.observed[f.Who.Id]; o != nil {
		f.Escalated, o.fell = o.parent && !o.fell, false
	}
	if s.decide != nil {
		return s.decide
	}
	f.Directive = s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	return nil
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
