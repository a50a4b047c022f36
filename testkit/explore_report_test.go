package testkit_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// TestReplayShowsMessagesUnderTheirSteps though the mailbox hands out both in a run.
func TestReplayShowsMessagesUnderTheirSteps(t *testing.T) {
	report := testkit.Replayed(t, func(x *testkit.Exploration) {
		account := x.Spawn("account", accountProps(func(int) {}))
		x.System().Root.Send(account, &write{1})
		x.System().Root.Send(account, &write{2})
		x.Rest("done")
		x.Errorf("show it")
	}, 1)
	lines, taken := strings.Split(report, "\n"), 0
	for i, line := range lines {
		if strings.HasSuffix(line, "account takes *testkit_test.write") {
			taken++
			if before := lines[i-1]; !strings.HasSuffix(before, "s  account") && !strings.HasSuffix(before, "takes *actor.Started") {
				t.Errorf("line %d is not under its step", i)
			}
		}
	}
	if taken != 2 || t.Failed() {
		t.Errorf("said\n%swant 2 messages, each under a step", report)
	}
}

// mishaps has an actor panic, a message that it does not know, and a dead letter.
func mishaps(x *testkit.Exploration) {
	root := x.System().Root
	root.Send(x.Spawn("echo", echoProps()), &crash{"oh"})
	picky := x.Spawn("picky", pickyProps())
	root.Send(picky, &ping{})
	x.Rest("done")
	root.Stop(picky)
	x.Rest("stopped")
	root.Send(picky, &pong{})
	x.Rest("lost")
}

// TestReplayShowsMishaps that do not fail a schedule.
func TestReplayShowsMishaps(t *testing.T) {
	if report, _ := testkit.FirstFailure(t, mishaps, seeds(20)...); report != "" {
		t.Fatalf("failed: %s", report)
	}
	report := testkit.Replayed(t, func(x *testkit.Exploration) {
		mishaps(x)
		x.Errorf("show it")
	}, 1)
	for _, want := range []string{
		"echo panics on *testkit_test.crash: oh\n",
		"unhandled message *testkit_test.ping, which picky does not know\n",
		"dead letter *testkit_test.pong to picky\n",
	} {
		if strings.Count(report, want) != 1 {
			t.Errorf("said\n%swant a line %q", report, want)
		}
	}
}

// TestMishapsFailAScheduleOnDemand in the way that Explore's comment shows.
func TestMishapsFailAScheduleOnDemand(t *testing.T) {
	for name, c := range map[string]struct {
		test func(x *testkit.Exploration)
		want string
	}{
		"a panic": {func(x *testkit.Exploration) {
			x.System().Root.Send(x.Spawn("echo", echoProps()), &crash{"oh"})
		}, "*actor.SupervisorEvent"},
		"an unknown message": {func(x *testkit.Exploration) {
			x.System().Root.Send(x.Spawn("picky", pickyProps()), &ping{})
		}, "*testkit_test.stray"},
		"a dead letter": {func(x *testkit.Exploration) {
			x.System().Root.Send(x.System().NewLocalPID("nobody"), &ping{})
		}, "*actor.DeadLetterEvent"},
	} {
		t.Run(name, func(t *testing.T) {
			report, _ := testkit.FirstFailure(t, func(x *testkit.Exploration) {
				events := x.System().EventStream
				failing := events.Subscribe(func(event any) {
					switch event.(type) {
					case *actor.SupervisorEvent, *actor.DeadLetterEvent, testkit.UnhandledEvent:
						x.Errorf("%T: %v", event, event)
					}
				})
				defer events.Unsubscribe(failing)
				c.test(x)
				x.Rest("done")
			}, 1)
			if !strings.Contains(report, "steps: "+c.want) {
				t.Errorf("said %q, want %q", report, c.want)
			}
		})
	}
}

// TestStuckSchedulesNameWhoWaits, and no heading goes without lines.
func TestStuckSchedulesNameWhoWaits(t *testing.T) {
	report, _ := testkit.FirstFailure(t, func(x *testkit.Exploration) {
		x.Go("guest", func() { x.Until("the soup", func() bool { return false }) })
		x.Until("the bill", func() bool { return false })
	}, 1)
	if want := "nobody can go on: the bill, the soup\n"; !strings.Contains(report, want) {
		t.Errorf("said %q, want %q", report, want)
	}
	if report, _ = testkit.FirstFailure(t, func(x *testkit.Exploration) { x.Errorf("at once") }, 1); strings.Contains(report, "goroutines:") || strings.Contains(report, "living actors:") {
		t.Errorf("said %q, want no heading without lines", report)
	}
}

// TestExploreSaysWhatTheSeedDoesNotDecide when a schedule does not fail again.
func TestExploreSaysWhatTheSeedDoesNotDecide(t *testing.T) {
	const want = "it did not fail again: something is not decided by the seed"
	var ran atomic.Bool
	if said := testkit.Verdict(t, func(x *testkit.Exploration) {
		if !ran.Swap(true) {
			x.Errorf("once")
		}
	}, 1); !strings.Contains(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
	if said := testkit.Verdict(t, deposits, seeds(1000)...); strings.Contains(said, want) || !strings.Contains(said, "replay it") {
		t.Errorf("said %q, want a failure that comes again", said)
	}
}
