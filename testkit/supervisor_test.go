package testkit_test

import (
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

func TestSupervisorAnswersWithItsDirective(t *testing.T) {
	for _, c := range []struct {
		name      string
		directive actor.Directive
		lives     bool
	}{
		{"resume", actor.ResumeDirective, true},
		{"restart", actor.RestartDirective, true},
		{"stop", actor.StopDirective, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			sys := testkit.NewSystem(t)
			probe := testkit.NewProbe(t, sys)
			boss := testkit.NewSupervisor(t, sys, c.directive)
			pid := testkit.Spawn(t, sys, echoProps(actor.WithGuardian(boss)))

			probe.Watch(pid)
			probe.Request(pid, &crash{Why: "slipped"})
			if got := testkit.ExpectFailure(boss); got != "slipped" {
				t.Errorf("failed with %v, want slipped", got)
			}
			if !c.lives {
				probe.ExpectTerminated(pid)
				return
			}
			probe.Request(pid, &ping{N: 1})
			testkit.Expect[*pong](probe)
		})
	}
}

func TestSupervisorEscalatesToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		lower := testkit.NewSupervisor(t, sys, actor.EscalateDirective)
		upper := testkit.NewSupervisor(t, sys, actor.StopDirective)
		parent := testkit.SpawnNamed(t, sys, parentProps(lower, actor.WithGuardian(upper)), "parent")
		synctest.Wait()
		child := sys.ActorSystem.NewLocalPID("parent/child")
		probe := testkit.NewProbe(t, sys)
		probe.Watch(parent)
		probe.Watch(child)

		sys.Root.Send(child, &crash{Why: "burst"})
		first, second := lower.NextFailure(), upper.NextFailure()
		if !first.Who.Equal(child) || first.Reason != "burst" {
			t.Errorf("first failure is %+v, want that of the child", first)
		}
		if m, ok := first.Message.(*crash); !ok || m.Why != "burst" {
			t.Errorf("message in flight is %v, want the crash", first.Message)
		}
		if !second.Who.Equal(parent) || second.Reason != "burst" {
			t.Errorf("second failure is %+v, want that of the parent with the child's reason", second)
		}
		probe.ExpectTerminated(child)
		probe.ExpectTerminated(parent)
	})
}
