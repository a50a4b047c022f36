package testkit_test

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// TestPropsStayAsTheyAre though the kit adds to them to observe the actor.
func TestPropsStayAsTheyAre(t *testing.T) {
	sys := testkit.NewSystem(t)
	probe := testkit.NewProbe(t, sys)
	boss := testkit.NewSupervisor(t, sys, actor.RestartDirective)
	spawned := ""
	props := echoProps(actor.WithGuardian(boss), actor.WithSpawnFunc(
		func(system *actor.ActorSystem, id string, props *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
			spawned = id
			return actor.DefaultSpawner(system, id, props, parent)
		}))
	for _, spawn := range []func() *actor.PID{
		func() *actor.PID { return testkit.Spawn(t, sys, props) },
		func() *actor.PID { return sys.Root.Spawn(props) },
	} {
		pid := spawn()
		if spawned != pid.Id {
			t.Errorf("the props' own spawner made %q, want %q", spawned, pid.Id)
		}
		probe.Request(pid, &crash{Why: "slipped"})
		testkit.ExpectFailure(boss)
		probe.Request(pid, &ping{N: 1})
		testkit.ExpectEqual(probe, &pong{N: 1})
	}
}

// TestRootKeepsItsGuardian for props that have none.
func TestRootKeepsItsGuardian(t *testing.T) {
	sys := testkit.NewSystem(t)
	boss := testkit.NewSupervisor(t, sys, actor.StopDirective)
	probe := testkit.NewProbe(t, sys)
	pid := sys.Root.Copy().WithGuardian(boss).Spawn(echoProps())
	probe.Watch(pid)
	probe.Request(pid, &crash{Why: "slipped"})
	testkit.ExpectFailure(boss)
	probe.ExpectTerminated(pid)
}
