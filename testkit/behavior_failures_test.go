package testkit_test

import (
	"regexp"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// behaviorFailures are wrong expectations and what they say, to the letter.
var behaviorFailures = []struct {
	name string
	test func(b *testkit.Behavior)
	want string
}{
	{
		"another effect", func(b *testkit.Behavior) {
			b.RunFrom(far("ada"), do(func(c actor.Context) { c.Respond(&pong{N: 7}); c.Watch(far("bob")) }))
			testkit.ExpectEffect[testkit.Sent](b)
		},
		"parent/actor: expected Sent, but it responded *testkit_test.pong &{N:7} to ada\neffects:\n  Watched bob",
	},
	{
		"a panic instead", func(b *testkit.Behavior) {
			b.Run(do(func(actor.Context) { panic("oh") }))
			testkit.ExpectEffect[testkit.Sent](b)
		},
		`parent/actor: expected Sent, but it panicked with string "oh" on testkit_test.do (testkit_test.do)`,
	},
	{
		"no effect", func(b *testkit.Behavior) { testkit.ExpectEffect[testkit.Spawned](b) },
		"parent/actor: expected Spawned, but there is no more effect",
	},
	{
		"a pointer to an effect", func(b *testkit.Behavior) {
			b.RunFrom(far("ada"), do(func(c actor.Context) { c.Respond(5) }))
			testkit.ExpectEffect[*testkit.Responded](b)
		},
		"parent/actor: expected *testkit.Responded (effects are values: expect Responded), but it responded int 5 to ada",
	},
	{
		"none of that type", func(b *testkit.Behavior) {
			b.Run(do(func(c actor.Context) { c.Poison(far("bob")); c.Unwatch(far("bob")) }))
			testkit.ExpectEffectIn[testkit.Stopped](b)
		},
		"parent/actor: expected Stopped, but there is none\neffects:\n  Poisoned bob\n  Unwatched bob",
	},
	{
		"too many effects", func(b *testkit.Behavior) {
			b.Run(do(func(c actor.Context) { c.RequestWithCustomSender(far("bob"), 5, far("ada")) }))
			testkit.ExpectNoEffects(b)
		},
		"parent/actor: expected no effects\neffects:\n  Sent int 5 to bob from ada",
	},
	{
		"a panic that nobody took", func(b *testkit.Behavior) { b.Run(do(func(actor.Context) { panic("oh") })) },
		"parent/actor: nobody expected that it panicked with string \"oh\" on testkit_test.do (testkit_test.do)\nSTACK",
	},
	{
		"a message after a panic", func(b *testkit.Behavior) {
			b.Run(do(func(actor.Context) { panic("oh") }))
			testkit.ExpectEffect[testkit.Panicked](b)
			b.Run("more")
		},
		`parent/actor: is suspended after a failure: call Restart, Resume or Stop before string "more" comes`,
	},
	{
		"a message after the end", func(b *testkit.Behavior) { b.Stop(); b.Run("more") },
		`parent/actor: has stopped, and string "more" would be a dead letter`,
	},
	{
		"a restart after the end", func(b *testkit.Behavior) { b.Stop(); b.Restart() },
		"parent/actor: has stopped, and cannot restart",
	},
	{
		"nothing next", func(b *testkit.Behavior) { b.RunNext() },
		"parent/actor: nothing waits in the mailbox",
	},
	{
		"no time-out", func(b *testkit.Behavior) { b.RunReceiveTimeout() },
		"parent/actor: no receive time-out is set",
	},
	{
		"the end of a stranger", func(b *testkit.Behavior) {
			b.Run(do(func(c actor.Context) { c.Watch(far("bob")); c.Unwatch(far("bob")) }))
			b.Terminate(far("bob"))
		},
		"parent/actor: bob is neither its child nor watched",
	},
	{
		"the failure of a stranger", func(b *testkit.Behavior) { b.FailChild(far("bob"), "oh", nil) },
		"parent/actor: bob is not its child",
	},
	{
		"an answer too many", func(b *testkit.Behavior) {
			b.Run(do(func(c actor.Context) { c.RequestFuture(far("bob"), "?", 0) }))
			asked := testkit.ExpectEffect[testkit.FutureRequested](b)
			_ = asked.Future.Wait()
			asked.Complete("!")
		},
		`FutureRequested string "?" to bob within 0s: is done already, and cannot be completed with string "!"`,
	},
	{
		"a continuation too many", func(b *testkit.Behavior) {
			b.Run(do(func(c actor.Context) {
				c.ReenterAfter(actor.NewFuture(c.ActorSystem(), -1), func(any, error) {})
			}))
			again := testkit.ExpectEffect[testkit.Reentered](b)
			again.Run(1, nil)
			again.Run(2, nil)
		},
		"Reentered after future$1: the continuation has run already",
	},
	{
		"a message past the context", func(b *testkit.Behavior) {
			b.Run(do(func(c actor.Context) { c.ActorSystem().Root.Send(c.ActorSystem().NewLocalPID("bob"), 5) }))
		},
		"dead letter that nobody expected: int 5 from an unnamed sender to bob",
	},
}

var (
	stack = regexp.MustCompile(`(?s)goroutine \d+ .*`)
	last  = regexp.MustCompile(`(?s)\nlast messages of the system:.*`)
)

func TestWrongExpectationsOfEffectsSayWhy(t *testing.T) {
	for _, c := range behaviorFailures {
		t.Run(c.name, func(t *testing.T) {
			got := complaint(t, func(tb testing.TB) {
				b, _ := newDoer(tb)
				c.test(b)
			})
			got = last.ReplaceAllString(stack.ReplaceAllString(got, "STACK"), "")
			if got != c.want {
				t.Errorf("said\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestBehaviorStopsItsActor wants what it has opened to be closed with the test.
func TestBehaviorStopsItsActor(t *testing.T) {
	var heard []string
	if said := complaint(t, func(tb testing.TB) {
		b := testkit.NewBehavior(tb, doer(&heard))
		b.Run(do(func(c actor.Context) { c.Send(far("bob"), "an effect that nobody takes"); c.Spawn(echoProps()) }))
	}); said != "" {
		t.Errorf("said %s", said)
	}
	wantHeard(t, &heard, "*actor.Started", "*actor.Stopping", "*actor.Terminated", "*actor.Stopped")
}
