package testkit_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// stage is what each failing test finds.
type stage struct {
	t     testing.TB
	sys   *testkit.System
	probe *testkit.Probe // named probe$1
	echo  *actor.PID     // named echo
}

func (s *stage) send(messages ...any) {
	for _, m := range messages {
		s.sys.Root.Send(s.probe.PID(), m)
	}
}

// failures are wrong expectations and what they say, to the letter.
var failures = []struct {
	name string
	test func(s *stage)
	want string
}{
	{
		"another type", func(s *stage) {
			s.sys.Root.RequestWithCustomSender(s.probe.PID(), &ping{N: 1}, s.echo)
			s.send("more")
			s.probe.Request(s.echo, &ping{N: 7})
			synctest.Wait()
			testkit.Expect[*pong](s.probe)
		},
		"probe$1: expected *testkit_test.pong, but *testkit_test.ping &{N:1} from echo came\n" +
			"unread:\n  string more from an unnamed sender\n  *testkit_test.pong &{N:7} from an unnamed sender",
	},
	{
		"a value", func(s *stage) { s.send(pong{}); testkit.Expect[*pong](s.probe) },
		"probe$1: expected *testkit_test.pong, but testkit_test.pong {N:0} from an unnamed sender came (a value: send a pointer)",
	},
	{
		"a pointer", func(s *stage) { s.send(&pong{}); testkit.Expect[pong](s.probe) },
		"probe$1: expected testkit_test.pong, but *testkit_test.pong &{N:0} from an unnamed sender came (a pointer: expect *testkit_test.pong)",
	},
	{
		"nil", func(s *stage) { s.send(nil); testkit.Expect[*pong](s.probe) },
		"probe$1: expected *testkit_test.pong, but <nil> <nil> from an unnamed sender came",
	},
	{
		"a long message", func(s *stage) { s.send(strings.Repeat("x", 999)); testkit.Expect[*pong](s.probe) },
		"probe$1: expected *testkit_test.pong, but string " + strings.Repeat("x", 293) + "... from an unnamed sender came",
	},
	{
		"nothing", func(s *stage) { testkit.Expect[*pong](s.probe) },
		"probe$1: expected *testkit_test.pong, but nothing came within 5s",
	},
	{
		"nothing at all", func(s *stage) { s.sys.SetTimeout(time.Minute); s.probe.Receive() },
		"probe$1: expected a message, but nothing came within 1m0s",
	},
	{
		"none of them", func(s *stage) { s.send(1, 2); testkit.ExpectIn[*pong](s.probe) },
		"probe$1: expected *testkit_test.pong, but it did not come within 5s\nunread:\n  int 1 from an unnamed sender\n  int 2 from an unnamed sender",
	},
	{
		"no such fish", func(s *stage) { s.send(1, 2); testkit.Fish(s.probe, func(n int) bool { return n > 2 }) },
		"probe$1: fished for int for 5s in vain\ndropped:\n  int 1 from an unnamed sender\n  int 2 from an unnamed sender",
	},
	{
		"some", func(s *stage) { s.probe.Request(s.echo, &ping{N: 3}); testkit.ExpectNone(s.probe) },
		"probe$1: expected no message, but *testkit_test.pong &{N:3} from an unnamed sender came",
	},
	{
		"some in time", func(s *stage) {
			s.probe.Request(s.echo, &late{After: time.Minute})
			testkit.ExpectNoneFor(s.probe, time.Minute)
		},
		"probe$1: expected no message for 1m0s, but *testkit_test.pong &{N:0} from an unnamed sender came",
	},
	{
		"a living actor", func(s *stage) { s.probe.Watch(s.echo); s.probe.ExpectTerminated(s.echo) },
		"probe$1: expected the end of actor echo, but it did not come within 5s",
	},
	{
		"no sender", func(s *stage) { s.send(5); s.probe.Receive(); s.probe.Reply("thanks") },
		"probe$1: no one to reply to: int 5 from an unnamed sender",
	},
	{
		"no failure", func(s *stage) {
			testkit.ExpectFailure(testkit.NewSupervisor(s.t, s.sys, actor.StopDirective))
		},
		"expected an actor to fail, but none did within 5s",
	},
	{
		"no dead letter", func(s *stage) { testkit.ExpectDeadLetter[*ping](s.sys) },
		"expected a dead letter *testkit_test.ping, but it did not come within 5s",
	},
	{
		"a dead letter", func(s *stage) { s.sys.Root.Send(s.echo, &ping{N: 4}) },
		"dead letter that nobody expected: *testkit_test.pong &{N:4} from an unnamed sender to nobody",
	},
	{
		"a name in use", func(s *stage) { testkit.SpawnNamed(s.t, s.sys, echoProps(), "echo") },
		`spawn actor "echo": spawn: name exists`,
	},
	{
		"an actor that stops too late", func(s *stage) {
			s.sys.Stop(testkit.SpawnNamed(s.t, s.sys, slowProps(7*time.Second, func() {}), "slow"))
		},
		"actor slow did not stop within 5s",
	},
	{
		"an actor that ends too late", func(s *stage) {
			testkit.SpawnNamed(s.t, s.sys, slowProps(7*time.Second, func() {}), "slow")
		},
		"actor slow did not stop within 5s of the end of the test",
	},
	{
		"an escalation without a target", func(s *stage) {
			boss := testkit.NewSupervisor(s.t, s.sys, actor.EscalateDirective)
			pid := testkit.SpawnNamed(s.t, s.sys, echoProps(actor.WithGuardian(boss)), "lone")
			s.sys.Root.Send(pid, &crash{Why: "fell"})
			testkit.ExpectFailure(boss)
		},
		"actor lone: escalated to a guardian, which has nobody above it: fell",
	},
}

func TestWrongExpectationsSayWhy(t *testing.T) {
	for _, c := range failures {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := complaint(t, func(tb testing.TB) {
					s := &stage{t: tb, sys: testkit.NewSystem(tb)}
					s.probe = testkit.NewProbe(tb, s.sys)
					s.echo = testkit.SpawnNamed(tb, s.sys, echoProps(), "echo")
					c.test(s)
				})
				if got != c.want {
					t.Errorf("said\n%s\nwant\n%s", got, c.want)
				}
			})
		})
	}
}

func TestExpectNoneRefusesToGuessOutsideOfABubble(t *testing.T) {
	got := complaint(t, func(tb testing.TB) {
		testkit.ExpectNone(testkit.NewProbe(tb, testkit.NewSystem(tb)))
	})
	if want := "probe$1: ExpectNone needs a system made in a synctest bubble: use ExpectNoneFor"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}
