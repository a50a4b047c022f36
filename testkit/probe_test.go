package testkit_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

func TestProbeAsksAndIsAnswered(t *testing.T) {
	sys := testkit.NewSystem(t)
	probe := testkit.NewProbe(t, sys)
	echo := testkit.Spawn(t, sys, echoProps())

	probe.Request(echo, &ping{N: 21})
	if got := testkit.Expect[*pong](probe); got.N != 21 {
		t.Errorf("answered %d, want 21", got.N)
	}
}

func TestProbeReplies(t *testing.T) {
	sys := testkit.NewSystem(t)
	server, client := testkit.NewProbe(t, sys), testkit.NewProbe(t, sys)

	client.Request(server.PID(), &ping{N: 1})
	testkit.Expect[*ping](server)
	if !server.Sender().Equal(client.PID()) {
		t.Errorf("sender is %v, want %v", server.Sender(), client)
	}
	server.Reply(&pong{N: 1})
	testkit.Expect[*pong](client)
	if !client.Sender().Equal(server.PID()) {
		t.Errorf("sender of the reply is %v, want %v", client.Sender(), server)
	}
}

func TestExpectInLeavesTheOthersInOrder(t *testing.T) {
	sys := testkit.NewSystem(t)
	probe := testkit.NewProbe(t, sys)
	for _, m := range []any{1, "one", 2, "two"} {
		sys.Root.Send(probe.PID(), m)
	}

	if got := testkit.ExpectIn[string](probe); got != "one" {
		t.Errorf("took %q, want the oldest string", got)
	}
	for _, want := range []any{1, 2, "two"} {
		if got := probe.Receive(); got != want {
			t.Errorf("then took %v, want %v", got, want)
		}
	}
}

func TestFishDropsWhatComesBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		probe := testkit.NewProbe(t, sys)
		for _, m := range []any{1, "one", 2, 3} {
			sys.Root.Send(probe.PID(), m)
		}

		testkit.Fish(probe, func(n int) bool { return n == 2 })
		if got := testkit.Expect[int](probe); got != 3 {
			t.Errorf("after the catch came %d, want 3", got)
		}
		testkit.ExpectNone(probe)
	})
}

func TestExpectWaitsForAMessageThatComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		probe := testkit.NewProbe(t, sys)
		start := time.Now()

		probe.Request(testkit.Spawn(t, sys, echoProps()), &late{After: 4 * time.Second})
		testkit.Expect[*pong](probe)
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("came after %v, want 4s", took)
		}
	})
}

func TestProbeHearsOfTheEnd(t *testing.T) {
	sys := testkit.NewSystem(t)
	probe := testkit.NewProbe(t, sys)
	echo := testkit.Spawn(t, sys, echoProps())

	probe.Watch(echo)
	probe.Request(echo, &ping{})
	sys.Root.Poison(echo)
	probe.ExpectTerminated(echo) // before the pong is taken
	testkit.Expect[*pong](probe)

	probe.Watch(echo) // too late
	if why := testkit.Expect[*actor.Terminated](probe).Why; why != actor.TerminatedReason_NotFound {
		t.Errorf("a watch of no actor ended with %v, want NotFound", why)
	}
}

func TestProbeHearsThatNobodyIsThere(t *testing.T) {
	sys := testkit.NewSystem(t)
	probe := testkit.NewProbe(t, sys)
	echo := testkit.Spawn(t, sys, echoProps())
	sys.Stop(echo)

	probe.Request(echo, &ping{})
	testkit.Expect[*actor.DeadLetterResponse](probe)
	testkit.ExpectDeadLetter[*ping](sys)
}

func TestStoppedProbeIsGone(t *testing.T) {
	sys := testkit.NewSystem(t)
	gone, witness := testkit.NewProbe(t, sys), testkit.NewProbe(t, sys)
	pid := gone.PID()
	sys.Root.Send(pid, "before") // the PID remembers where it leads

	witness.Watch(pid)
	sys.Stop(pid)
	witness.ExpectTerminated(pid)
	sys.Root.Send(pid, "after")
	if got := testkit.ExpectDeadLetter[string](sys); got != "after" {
		t.Errorf("dead letter %q, want what came after the stop", got)
	}
}

// watcherProps watches a probe and forgets it again when told so, and forwards
// what it hears to another.
func watcherProps(watched, report *actor.PID) *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		switch m := c.Message().(type) {
		case *actor.Started:
			c.Watch(watched)
		case *ping:
			c.Unwatch(watched)
			c.Respond(&pong{})
		case *actor.Terminated:
			c.Send(report, m.Who.Id)
		}
	})
}

func TestActorsWatchProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		watched, heard := testkit.NewProbe(t, sys), testkit.NewProbe(t, sys)
		testkit.Spawn(t, sys, watcherProps(watched.PID(), heard.PID()))
		forgetful := testkit.Spawn(t, sys, watcherProps(watched.PID(), heard.PID()))
		heard.Request(forgetful, &ping{})
		testkit.Expect[*pong](heard)
		synctest.Wait()

		sys.Stop(watched.PID())
		if got := testkit.Expect[string](heard); got != watched.String() {
			t.Errorf("heard of the end of %s, want %v", got, watched)
		}
		testkit.ExpectNone(heard) // one of the two forgot
	})
}

func TestExpectNoneForSkipsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		probe := testkit.NewProbe(t, sys)

		probe.Request(testkit.Spawn(t, sys, echoProps()), &late{After: 10 * time.Minute})
		testkit.ExpectNone(probe)
		testkit.ExpectNoneFor(probe, 10*time.Minute-1)
		testkit.Expect[*pong](probe)
	})
}
