package testkit_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

func TestBehaviorReceiveTimeouts(t *testing.T) {
	b, heard := newDoer(t)
	timeout := time.Duration(-1)
	set := func(d time.Duration) {
		b.Run(do(func(c actor.Context) { c.SetReceiveTimeout(d); timeout = c.ReceiveTimeout() }))
	}
	set(time.Minute)
	if e := testkit.ExpectEffect[testkit.ReceiveTimeoutSet](b); e.After != time.Minute || timeout != time.Minute {
		t.Errorf("set %v, and it is %v", e, timeout)
	}
	*heard = nil
	b.RunReceiveTimeout()
	wantHeard(t, heard, "*actor.ReceiveTimeout")
	b.Run(do(func(c actor.Context) { timeout = c.ReceiveTimeout() }))
	if timeout != 0 {
		t.Errorf("the time-out is %v once it has passed", timeout)
	}
	set(time.Microsecond)
	if e := testkit.ExpectEffect[testkit.ReceiveTimeoutSet](b); e.After != 0 {
		t.Errorf("less than a millisecond is %v, want off", e)
	}
	set(time.Minute)
	b.Run(do(func(c actor.Context) { c.CancelReceiveTimeout(); timeout = c.ReceiveTimeout() }))
	testkit.ExpectEffectIn[testkit.ReceiveTimeoutCancelled](b)
	if timeout != 0 {
		t.Errorf("the time-out is %v after it was cancelled", timeout)
	}
	set(time.Minute)
	b.Restart()
	b.Run(do(func(c actor.Context) { timeout = c.ReceiveTimeout() }))
	if timeout != 0 {
		t.Errorf("the time-out is %v after a restart", timeout)
	}
}

func TestBehaviorPanicsAndIsRestarted(t *testing.T) {
	made := 0
	var heard []string
	b := testkit.NewBehavior(t, doer(&heard).Configure(actor.WithProducer(func() actor.Actor {
		made++
		return actor.ReceiveFunc(func(c actor.Context) {
			switch m := c.Message().(type) {
			case do:
				m(c)
			default:
				heard = append(heard, fmt.Sprintf("%T", m))
			}
		})
	})))
	stashed := false
	b.Run(do(func(c actor.Context) {
		c.Spawn(echoProps())
		if !stashed { // if it always did, protoactor would go round for ever
			stashed = true
			c.Stash()
		}
	}))
	testkit.ExpectEffect[testkit.Spawned](b)
	testkit.ExpectEffect[testkit.Stashed](b)
	b.Run(do(func(c actor.Context) { c.Send(c.Self(), "later"); panic("oh") }))
	testkit.ExpectEffect[testkit.Sent](b)
	if p := testkit.ExpectEffect[testkit.Panicked](b); p.Reason != "oh" || reflect.TypeOf(p.Message) != reflect.TypeFor[do]() || !strings.Contains(string(p.Stack), "TestBehaviorPanics") {
		t.Errorf("panicked: %v\n%s", p, p.Stack)
	}
	heard = nil
	b.Restart()
	wantHeard(t, &heard, "*actor.Restarting", "*actor.Terminated", "*actor.Started")
	if made != 2 {
		t.Errorf("%d instances, want 2", made)
	}
	testkit.ExpectEffect[testkit.Spawned](b) // what was stashed came again
	b.RunNext()
	wantHeard(t, &heard, "string")

	b.Run(do(func(actor.Context) { panic("again") }))
	testkit.ExpectEffect[testkit.Panicked](b)
	b.Resume()
	b.Run("on")
	wantHeard(t, &heard, "string")
}

func TestBehaviorSupervises(t *testing.T) {
	next := actor.RestartDirective
	strategy := actor.NewOneForOneStrategy(10, time.Minute, func(any) actor.Directive { return next })
	var heard []string
	b := testkit.NewBehavior(t, doer(&heard, actor.WithSupervisor(strategy)))
	b.Run(do(func(c actor.Context) { c.Spawn(echoProps()) }))
	kid := testkit.ExpectEffect[testkit.Spawned](b).PID
	for _, next = range []actor.Directive{actor.RestartDirective, actor.ResumeDirective, actor.StopDirective} {
		b.FailChild(kid, "fell", &ping{})
		if e := testkit.ExpectEffect[testkit.Supervised](b); e.Child != kid || e.Directive != next {
			t.Errorf("%v, want %v", e, next)
		}
	}
	next = actor.EscalateDirective
	b.FailChild(kid, "fell", &ping{})
	if e := testkit.ExpectEffect[testkit.Escalated](b); e.Reason != "fell" {
		t.Errorf("%v", e)
	}
	b.Restart()
	b.Run(do(func(c actor.Context) { kid = c.Spawn(echoProps()) }))
	testkit.ExpectEffect[testkit.Spawned](b)
	next = actor.StopDirective
	b.FailChild(kid, "fell", &ping{})
	testkit.ExpectEffect[testkit.Supervised](b)
	b.System().Root.Stop(kid) // past the strategy
	testkit.ExpectEffect[testkit.Stopped](b)
}
