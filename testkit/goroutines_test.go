package testkit_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// spawners begin what leaves a goroutine behind until end is closed.
func spawners(end <-chan struct{}) map[string]*actor.Props {
	return map[string]*actor.Props{
		"an actor": untidyProps(end),
		"a child": actor.PropsFromFunc(func(c actor.Context) {
			if _, ok := c.Message().(*actor.Started); ok {
				if _, err := c.SpawnNamed(untidyProps(end), "child"); err != nil {
					panic(err)
				}
			}
		}),
		"its constructor": actor.PropsFromProducer(func() actor.Actor {
			go wander(end)
			return actor.ReceiveFunc(func(actor.Context) {})
		}),
		"its goroutine": actor.PropsFromFunc(func(c actor.Context) {
			if _, ok := c.Message().(*actor.Started); ok {
				go func() { go wander(end) }()
			}
		}),
	}
}

// TestGoroutinesLeftBehindFailTheirTest runs while another test of the same actors
// does no harm.
func TestGoroutinesLeftBehindFailTheirTest(t *testing.T) {
	for name, props := range spawners(t.Context().Done()) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := complaint(t, func(tb testing.TB) {
				testkit.SpawnNamed(tb, testkit.NewSystem(tb), props, "untidy")
			})
			owner := "actor untidy left"
			if name == "a child" {
				owner = "actor untidy/child left"
			}
			if !strings.HasPrefix(said, owner) || strings.Count(said, "behind (1)") != 1 || !strings.Contains(said, "testkit_test.wander") {
				t.Errorf("said %q, want the one goroutine", said)
			}
			if said := complaint(t, func(tb testing.TB) {
				testkit.Spawn(tb, testkit.NewSystem(tb), echoProps())
			}); said != "" {
				t.Errorf("of another system: said %q", said)
			}
		})
	}
}

func TestGoroutinesMayEndSoonAfterTheirActor(t *testing.T) {
	said := complaint(t, func(tb testing.TB) {
		ctx, cancel := context.WithCancel(t.Context())
		testkit.Spawn(tb, testkit.NewSystem(tb), actor.PropsFromFunc(func(c actor.Context) {
			switch c.Message().(type) {
			case *actor.Started:
				go wander(ctx.Done())
			case *actor.Stopped:
				time.AfterFunc(20*time.Millisecond, cancel)
			}
		}))
	})
	if said != "" {
		t.Errorf("said %q", said)
	}
}

func TestAllowedGoroutinesPass(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	said := complaint(t, func(tb testing.TB) {
		sys := testkit.NewSystem(tb)
		sys.AllowGoroutines()
		testkit.Spawn(tb, sys, untidyProps(end))
	})
	if said != "" {
		t.Errorf("said %q", said)
	}
}

// TestGoroutinesOfTheTestAreItsOwn also after it has spawned and sent.
func TestGoroutinesOfTheTestAreItsOwn(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	said := complaint(t, func(tb testing.TB) {
		sys := testkit.NewSystem(tb)
		pid := testkit.Spawn(tb, sys, echoProps(actor.WithDispatcher(actor.NewSynchronizedDispatcher(300))))
		testkit.NewProbe(tb, sys).Request(pid, &ping{})
		go wander(end)
	})
	if said != "" {
		t.Errorf("said %q", said)
	}
}
