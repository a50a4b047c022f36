package testkit_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// stopLog notes the names of actors as they stop.
func stopLog(names chan<- string) *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		if _, ok := c.Message().(*actor.Stopped); ok {
			names <- c.Self().Id
		}
	})
}

func TestSystemStopsTheYoungestFirst(t *testing.T) {
	names := make(chan string, 4)
	said := complaint(t, func(tb testing.TB) {
		sys := testkit.NewSystem(tb)
		for _, name := range []string{"a", "b", "c"} {
			testkit.SpawnNamed(tb, sys, stopLog(names), name)
		}
		boss := testkit.NewSupervisor(tb, sys, actor.StopDirective)
		if _, err := sys.Root.SpawnNamed(parentProps(boss, logging(names)), "past the kit"); err != nil {
			tb.Fatalf("spawn: %v", err)
		}
	})
	close(names)
	if got, want := slices.Collect(values(names)), []string{"c", "b", "a", "past the kit"}; !slices.Equal(got, want) {
		t.Errorf("stopped %v, want %v", got, want)
	}
	if said != "" {
		t.Errorf("said %q", said)
	}
}

// logging is stopLog for props that do something else.
func logging(names chan<- string) actor.PropsOption {
	return actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(c actor.ReceiverContext, e *actor.MessageEnvelope) {
			if _, ok := e.Message.(*actor.Stopped); ok {
				names <- c.Self().Id
			}
			next(c, e)
		}
	})
}

func values(names <-chan string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range names {
			if !yield(name) {
				return
			}
		}
	}
}

func TestStopWaitsForChildrenOfAnActorThatWasStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		var stopped atomic.Bool
		parent := testkit.Spawn(t, sys, actor.PropsFromFunc(func(c actor.Context) {
			if _, ok := c.Message().(*actor.Started); ok {
				c.Spawn(slowProps(time.Second, func() { stopped.Store(true) }))
			}
		}))
		synctest.Wait()
		sys.Root.Stop(parent) // answers a watch at once from here on
		synctest.Wait()

		sys.Stop(parent)
		if !stopped.Load() {
			t.Error("Stop returned before the child had stopped")
		}
		sys.Stop(parent) // a second time does nothing
	})
}

func TestAllowedDeadLettersPass(t *testing.T) {
	said := complaint(t, func(tb testing.TB) {
		sys := testkit.NewSystem(tb)
		sys.AllowDeadLetters()
		sys.Root.Send(sys.ActorSystem.NewLocalPID("nobody"), &ping{})
	})
	if said != "" {
		t.Errorf("said %q", said)
	}
}

func TestDeadLettersOfTheSystemItselfPass(t *testing.T) {
	said := complaint(t, func(tb testing.TB) {
		sys := testkit.NewSystem(tb)
		gone := sys.ActorSystem.NewLocalPID("nobody")
		sys.Root.Poison(gone)
		sys.Root.Stop(gone)
		sys.Root.RequestWithCustomSender(gone, &actor.PoisonPill{}, gone)
	})
	if said != "" {
		t.Errorf("said %q", said)
	}
}

func TestMessagesLostInTheCleanUpPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said := complaint(t, func(tb testing.TB) {
			sys := testkit.NewSystem(tb)
			gone := testkit.Spawn(tb, sys, echoProps())
			testkit.Spawn(tb, sys, actor.PropsFromFunc(func(c actor.Context) {
				if _, ok := c.Message().(*actor.Stopped); ok {
					c.Send(sys.ActorSystem.NewLocalPID("nobody"), &ping{})
				}
			}))
			sys.Stop(gone)
		})
		if said != "" {
			t.Errorf("said %q", said)
		}
	})
}

func TestSystemMayBeShutDownByTheTest(t *testing.T) {
	said := complaint(t, func(tb testing.TB) {
		sys := testkit.NewSystem(tb)
		testkit.Spawn(tb, sys, echoProps())
		sys.ActorSystem.Shutdown()
	})
	if said != "" {
		t.Errorf("said %q", said)
	}
}

func TestFailuresAreLogged(t *testing.T) {
	r := record(t, func(tb testing.TB) {
		sys := testkit.NewSystem(tb)
		boss := testkit.NewSupervisor(tb, sys, actor.StopDirective)
		sys.Root.Send(testkit.Spawn(tb, sys, echoProps(actor.WithGuardian(boss))), &crash{Why: "tripped"})
		testkit.ExpectFailure(boss)
	})
	if got := strings.Join(r.logged, "\n"); !strings.Contains(got, "reason=tripped") {
		t.Errorf("logged %q, want the reason", got)
	}
}
