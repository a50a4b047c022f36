package testkit_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/testkit"
)

// supervised is an actor that counts what it was sent since its last start: it
// answers ping with the count, panics on crash, and once for each message that is
// fragile.
type supervised struct{ count int }

type fragile struct{ Panics int }

func supervisedProps(opts ...actor.PropsOption) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return &supervised{} }, opts...)
}

func (a *supervised) Receive(c actor.Context) {
	message := c.Message()
	if again, ok := message.(*mailbox.Redelivered); ok {
		message = again.Message
	}
	switch m := message.(type) {
	case *ping:
		a.count++
		c.Respond(&pong{N: a.count})
	case *crash:
		panic(m.Why)
	case *fragile:
		if m.Panics > 0 {
			m.Panics-- // which no message of a program may do
			panic("fragile")
		}
	}
}

// scene is an actor under a supervisor.
type scene struct {
	sys   *testkit.System
	boss  *testkit.Supervisor
	probe *testkit.Probe
	pid   *actor.PID // named $2
}

func newScene(t testing.TB, props *actor.Props, first actor.Directive, then ...actor.Directive) *scene {
	t.Helper()
	s := &scene{sys: testkit.NewSystem(t)}
	s.boss = testkit.NewSupervisor(t, s.sys, first, then...)
	s.probe = testkit.NewProbe(t, s.sys)
	s.pid = testkit.SpawnUnder(t, s.sys, props, s.boss)
	return s
}

// count is how many pings the actor has seen since it started.
func (s *scene) count() int {
	s.probe.Request(s.pid, &ping{})
	return testkit.Expect[*pong](s.probe).N
}

func TestSupervisorAnswersEachFailureAsTold(t *testing.T) {
	s := newScene(t, supervisedProps(), actor.ResumeDirective, actor.RestartDirective, actor.RestartDirective, actor.StopDirective)
	crashes := func() { s.sys.Root.Send(s.pid, &crash{Why: "slipped"}) }
	if s.count() != 1 {
		t.Fatal("the actor counts wrong")
	}
	crashes()
	testkit.ExpectResume(s.boss)
	if got := s.count(); got != 2 {
		t.Errorf("%d pings since the actor was resumed, want 2: its state is kept", got)
	}
	for range 2 {
		crashes()
		testkit.ExpectRestart(s.boss)
		if got := s.count(); got != 1 {
			t.Errorf("%d pings since the actor was restarted, want 1: its state is new", got)
		}
	}
	crashes()
	if f := testkit.ExpectStop(s.boss); f.Reason != "slipped" || !f.Who.Equal(s.pid) || f.Escalated {
		t.Errorf("failed with %v, want that it slipped", f)
	}
	if _, alive := s.sys.ActorSystem.ProcessRegistry.Get(s.pid); alive {
		t.Error("the actor is there after it was stopped")
	}
}

func TestSupervisorGivesItsLastAnswerToAllThatFollow(t *testing.T) {
	s := newScene(t, supervisedProps(), actor.ResumeDirective, actor.RestartDirective)
	for range 4 {
		s.sys.Root.Send(s.pid, &crash{})
	}
	testkit.ExpectResume(s.boss)
	for range 3 {
		testkit.ExpectRestart(s.boss)
	}
}

func TestSupervisorLetsTheTestDecide(t *testing.T) {
	s := newScene(t, supervisedProps(), actor.StopDirective)
	s.boss.Decide(func(f testkit.Failure) actor.Directive {
		if m, ok := f.Message.(*crash); ok && m.Why == f.Reason && m.Why == "again" {
			return actor.RestartDirective
		}
		return actor.ResumeDirective
	})
	s.sys.Root.Send(s.pid, &crash{Why: "again"})
	s.sys.Root.Send(s.pid, &crash{Why: "on"})
	testkit.ExpectRestart(s.boss)
	testkit.ExpectResume(s.boss)
}

func TestSupervisorObservesAParentThatItIsGivenTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		boss := testkit.NewSupervisor(t, sys, actor.RestartDirective, actor.StopDirective)
		testkit.SpawnNamed(t, sys, parentProps(boss, boss.Observe()), "parent")
		synctest.Wait()
		child := sys.ActorSystem.NewLocalPID("parent/child")
		sys.Root.Send(child, &crash{})
		testkit.ExpectRestart(boss)
		sys.Root.Send(child, &crash{})
		testkit.ExpectStop(boss)
	})
}

// TestSupervisorTellsWhatWasEscalated has a parent whose own strategy, one of
// protoactor-go, escalates.
func TestSupervisorTellsWhatWasEscalated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		escalate := actor.NewOneForOneStrategy(10, 0, func(any) actor.Directive { return actor.EscalateDirective })
		parent := actor.PropsFromFunc(func(c actor.Context) {
			switch m := c.Message().(type) {
			case *actor.Started:
				c.Spawn(echoProps())
			case *crash:
				panic(m.Why)
			case *ping: // is for the child
				c.Send(c.Children()[0], &crash{Why: "burst"})
			}
		}, actor.WithSupervisor(escalate))
		s := newScene(t, parent, actor.RestartDirective)
		s.sys.Root.Send(s.pid, &crash{Why: "itself"})
		if f := testkit.ExpectRestart(s.boss); f.Escalated {
			t.Errorf("%v; want a failure of its own", f)
		}
		s.sys.Root.Send(s.pid, &ping{})
		f := testkit.ExpectEscalation(s.boss)
		if m, ok := f.Message.(*crash); !ok || m.Why != "burst" || f.Reason != "burst" || !f.Who.Equal(s.pid) {
			t.Errorf("%v; want the parent with what its child failed of", f)
		}
	})
}

func TestSupervisorEscalatesToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		lower := testkit.NewSupervisor(t, sys, actor.EscalateDirective)
		upper := testkit.NewSupervisor(t, sys, actor.StopDirective)
		parent := testkit.SpawnUnder(t, sys, parentProps(lower), upper)
		synctest.Wait()
		child := sys.ActorSystem.NewLocalPID(parent.Id + "/child")
		probe := testkit.NewProbe(t, sys)
		probe.Watch(parent)
		probe.Watch(child)

		sys.Root.Send(child, &crash{Why: "burst"})
		below, above := testkit.ExpectFailure(lower), testkit.ExpectEscalation(upper)
		if !below.Who.Equal(child) || below.Reason != "burst" {
			t.Errorf("%v, want the child", below)
		}
		if !above.Who.Equal(parent) || above.Reason != "burst" {
			t.Errorf("%v, want the parent with the child's reason", above)
		}
		probe.ExpectTerminated(child)
		probe.ExpectTerminated(parent)
	})
}

// redelivering has the mailbox of package mailbox.
func redelivering(t *testing.T) actor.PropsOption {
	t.Helper()
	q := mailbox.NewQueue(mailbox.Settings{Context: t.Context()})
	q.AddLane("work", 10)
	return actor.WithMailbox(func() actor.Mailbox { return mailbox.New(q) })
}

func TestMessageInFlightComesAgain(t *testing.T) {
	for _, answer := range []actor.Directive{actor.RestartDirective, actor.ResumeDirective} {
		t.Run(answer.String(), func(t *testing.T) {
			s := newScene(t, supervisedProps(redelivering(t)), answer)
			message := &fragile{Panics: 2}
			s.sys.Root.Send(s.pid, message)
			for range 2 { // the second time it came in a wrapper
				if f := testkit.ExpectFailure(s.boss); f.Message != any(message) {
					t.Errorf("%v, want the message itself", f)
				}
				if again := testkit.ExpectRedelivery[*fragile](s.boss); again != message {
					t.Errorf("%v came again, want %v", again, message)
				}
			}
		})
	}
}

func TestValueInFlightComesAgain(t *testing.T) {
	type order struct{ N int }
	shaken := false
	shaky := actor.PropsFromFunc(func(c actor.Context) {
		if m, ok := c.Message().(order); ok && m.N == 2 && !shaken {
			shaken = true
			panic(errors.New("two"))
		}
	}, redelivering(t))
	s := newScene(t, shaky, actor.RestartDirective)
	for n := range 4 {
		s.sys.Root.Send(s.pid, order{N: n})
	}
	testkit.ExpectRestart(s.boss)
	if again := testkit.ExpectRedelivery[order](s.boss); again.N != 2 {
		t.Errorf("%v came again, want that of 2", again)
	}
}

func TestMessageInFlightIsLostByAStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, supervisedProps(redelivering(t)), actor.ResumeDirective, actor.StopDirective)
		s.sys.Root.Send(s.pid, &fragile{Panics: 1})
		s.sys.Root.Send(s.pid, &fragile{Panics: 1})
		testkit.ExpectResume(s.boss) // and that one comes again
		testkit.ExpectStop(s.boss)
		testkit.ExpectLost(s.boss)
		testkit.ExpectDeadLetter[*fragile](s.sys)
	})
}

func TestMessageInFlightIsLostByMailboxesOfProtoactor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, supervisedProps(), actor.RestartDirective)
		s.sys.Root.Send(s.pid, &fragile{Panics: 1})
		s.sys.Root.Send(s.pid, &fragile{})
		testkit.ExpectRestart(s.boss)
		testkit.ExpectLost(s.boss)
	})
}
