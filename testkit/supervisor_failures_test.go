package testkit_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// stumbling panics in its second *actor.Started.
func stumbling() *actor.Props {
	starts := 0
	return actor.PropsFromFunc(func(c actor.Context) {
		switch m := c.Message().(type) {
		case *actor.Started:
			if starts++; starts == 2 {
				panic("stumbled")
			}
		case *crash:
			panic(m.Why)
		}
	})
}

// lingering takes longer to stop than an expectation waits, and less than two.
func lingering() *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		switch c.Message().(type) {
		case *crash:
			panic("spent")
		case *actor.Stopping:
			<-time.After(7 * time.Second)
		}
	})
}

func slips() any   { return &crash{Why: "slipped"} }
func breaks() any  { return &fragile{Panics: 1} }
func ignored() any { return &pong{} }

// misjudged are wrong expectations, of an actor that is sent something and whose
// failures have this answer. What they say is in testdata/supervision.
var misjudged = map[string]struct {
	props  func(t *testing.T) *actor.Props // nil: supervisedProps
	answer actor.Directive
	sent   func() any
	test   func(s *scene)
}{
	"no restart": {
		answer: actor.ResumeDirective, sent: slips,
		test: func(s *scene) { testkit.ExpectRestart(s.boss) },
	},
	"a restart that fails": {
		props:  func(*testing.T) *actor.Props { return stumbling() },
		answer: actor.RestartDirective, sent: slips,
		test: func(s *scene) { testkit.ExpectRestart(s.boss) },
	},
	"no stop": {
		answer: actor.RestartDirective, sent: slips,
		test: func(s *scene) { testkit.ExpectStop(s.boss) },
	},
	"a stop that takes too long": {
		props:  func(*testing.T) *actor.Props { return lingering() },
		answer: actor.StopDirective, sent: slips,
		test: func(s *scene) { testkit.ExpectStop(s.boss) },
	},
	"no failure": {
		answer: actor.ResumeDirective, sent: ignored,
		test: func(s *scene) { testkit.ExpectResume(s.boss) },
	},
	"its own failure": {
		answer: actor.StopDirective, sent: slips,
		test: func(s *scene) { testkit.ExpectEscalation(s.boss) },
	},
	"lost": {
		answer: actor.ResumeDirective, sent: breaks,
		test: func(s *scene) { testkit.ExpectResume(s.boss); testkit.ExpectRedelivery[*fragile](s.boss) },
	},
	"not lost": {
		props:  func(t *testing.T) *actor.Props { t.Helper(); return supervisedProps(redelivering(t)) },
		answer: actor.ResumeDirective, sent: breaks,
		test: func(s *scene) { testkit.ExpectResume(s.boss); testkit.ExpectLost(s.boss) },
	},
	"another message": {
		answer: actor.ResumeDirective, sent: breaks,
		test: func(s *scene) { testkit.ExpectResume(s.boss); testkit.ExpectRedelivery[*ping](s.boss) },
	},
	"no failure yet": {
		answer: actor.ResumeDirective, sent: ignored,
		test: func(s *scene) { testkit.ExpectRedelivery[*ping](s.boss) },
	},
}

func TestWrongExpectationsOfASupervisorSayWhy(t *testing.T) {
	for title, c := range misjudged {
		t.Run(title, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				props := supervisedProps()
				if c.props != nil {
					props = c.props(t)
				}
				said := complaint(t, func(tb testing.TB) {
					s := newScene(tb, props, c.answer)
					s.sys.Root.Send(s.pid, c.sent())
					c.test(s)
				})
				checkGolden(t, filepath.Join("testdata/supervision", strings.ReplaceAll(title, " ", "-")+".golden"), said+"\n")
			})
		})
	}
}

func TestSupervisorSaysWhomItDoesNotObserve(t *testing.T) {
	for name, expect := range map[string]func(*testkit.Supervisor) testkit.Failure{
		"restart": testkit.ExpectRestart, "escalation": testkit.ExpectEscalation,
	} {
		t.Run(name, func(t *testing.T) {
			got := complaint(t, func(tb testing.TB) {
				sys := testkit.NewSystem(tb)
				boss := testkit.NewSupervisor(tb, sys, actor.RestartDirective)
				pid := testkit.SpawnNamed(tb, sys, supervisedProps(actor.WithGuardian(boss)), "lone")
				sys.Root.Send(pid, &crash{})
				expect(boss)
			})
			if want := "actor lone is not observed: use SpawnUnder, or Observe in its props"; got != want {
				t.Errorf("said %q, want %q", got, want)
			}
		})
	}
	got := complaint(t, func(tb testing.TB) {
		s := newScene(tb, supervisedProps(), actor.RestartDirective)
		s.sys.Root.Send(s.pid, &crash{})
		testkit.ExpectRestart(s.boss)
		testkit.ExpectLost(s.boss)
	})
	if want := "ExpectLost needs a system made in a synctest bubble"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}
