package testkit_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// do is a message that brings along what the actor does with it.
type do func(c actor.Context)

// doer does what it is told, and writes down what it hears.
func doer(heard *[]string, opts ...actor.PropsOption) *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		if f, ok := c.Message().(do); ok {
			f(c)
			return
		}
		*heard = append(*heard, fmt.Sprintf("%T", c.Message()))
	}, opts...)
}

func far(id string) *actor.PID { return actor.NewPID("elsewhere:1", id) }

func newDoer(t testing.TB) (b *testkit.Behavior, heard *[]string) {
	t.Helper()
	heard = &[]string{}
	return testkit.NewBehavior(t, doer(heard)), heard
}

// wantHeard fails unless that, since the last time, is what a doer heard.
func wantHeard(t *testing.T, heard *[]string, want ...string) {
	t.Helper()
	if !reflect.DeepEqual(*heard, want) {
		t.Errorf("heard %q, want %q", *heard, want)
	}
	*heard = nil
}

func TestBehaviorRecordsWhatGoesOut(t *testing.T) {
	b, _ := newDoer(t)
	ada, bob := far("ada"), far("bob")
	b.RunFrom(ada, do(func(c actor.Context) {
		c.Send(bob, 1)
		c.Request(bob, 2)
		c.RequestWithCustomSender(bob, 3, ada)
		c.Respond(4)
		c.RequestFuture(bob, 5, time.Minute)
		c.Forward(bob)
		c.ActorSystem().EventStream.Publish(7)
	}))
	if e := testkit.ExpectEffect[testkit.Sent](b); e.To != bob || e.Message != 1 || e.Sender != nil {
		t.Errorf("Send is %v", e)
	}
	if e := testkit.ExpectEffect[testkit.Requested](b); e.To != bob || e.Message != 2 {
		t.Errorf("Request is %v", e)
	}
	if e := testkit.ExpectEffect[testkit.Sent](b); e.To != bob || e.Message != 3 || e.Sender != ada {
		t.Errorf("RequestWithCustomSender is %v", e)
	}
	if e := testkit.ExpectEffect[testkit.Responded](b); e.To != ada || e.Message != 4 {
		t.Errorf("Respond is %v", e)
	}
	if e := testkit.ExpectEffect[testkit.FutureRequested](b); e.To != bob || e.Message != 5 || e.Timeout != time.Minute {
		t.Errorf("RequestFuture is %v", e)
	}
	if e := testkit.ExpectEffect[testkit.Forwarded](b); e.To != bob || reflect.TypeOf(e.Message) != reflect.TypeFor[do]() || e.Sender != ada {
		t.Errorf("Forward is %v", e)
	}
	if e := testkit.ExpectEffect[testkit.Published](b); e.Event != 7 {
		t.Errorf("Publish is %v", e)
	}
	testkit.ExpectNoEffects(b)
	if to := b.SentTo(bob); len(to) != 5 || to[0] != 1 || to[3] != 5 {
		t.Errorf("bob was sent %v", to)
	}
	b.Run(do(func(c actor.Context) { c.Respond("to nobody") }))
	if e := testkit.ExpectEffect[testkit.Responded](b); e.To != nil {
		t.Errorf("a response to nobody is %v", e)
	}
}

// auto is answered by protoactor itself.
type auto struct{}

func (*auto) GetAutoResponse(actor.Context) any { return "by itself" }

func TestBehaviorRecordsAutomaticAnswers(t *testing.T) {
	b, _ := newDoer(t)
	b.Run(do(func(c actor.Context) { c.Send(far("bob"), 1) }))
	testkit.ExpectEffect[testkit.Sent](b)
	b.RunFrom(far("ada"), &auto{})
	if e := testkit.ExpectEffect[testkit.Responded](b); e.Message != "by itself" || e.To.Id != "ada" {
		t.Errorf("the answer is %v", e)
	}
}

func TestBehaviorKeepsWhatTheActorSendsToItself(t *testing.T) {
	b, heard := newDoer(t)
	wantHeard(t, heard, "*actor.Started")
	b.Run(do(func(c actor.Context) {
		c.Send(c.Self(), "first")
		c.ActorSystem().Root.Send(c.Self(), 2)
		c.Poison(c.Self())
		c.Send(c.Self(), "behind the pill")
	}))
	if p := b.Pending(); len(p) != 4 || p[0] != "first" || p[1] != 2 {
		t.Fatalf("pending is %v", p)
	}
	testkit.ExpectEffect[testkit.Sent](b)
	testkit.ExpectEffect[testkit.Poisoned](b)
	b.RunNext()
	b.RunNext()
	wantHeard(t, heard, "string", "int")
	b.RunNext()
	wantHeard(t, heard, "*actor.Stopping", "*actor.Stopped")
	if b.Alive() {
		t.Error("it lives on after the pill")
	}
}

// parcel is a batch of messages, which protoactor unpacks.
type parcel []any

func (p parcel) GetMessages() []any { return p }

func TestBehaviorUnpacksBatchesAsMailboxesDo(t *testing.T) {
	b, heard := newDoer(t)
	*heard = nil
	b.Run(parcel{1, "two"})
	wantHeard(t, heard, "int", "string", "testkit_test.parcel")
}

func TestBehaviorChildren(t *testing.T) {
	b, heard := newDoer(t)
	props := echoProps()
	var left int
	b.Run(do(func(c actor.Context) {
		kid, err := c.SpawnNamed(props, "kid")
		if err != nil {
			t.Error(err)
		}
		if _, err := c.SpawnNamed(props, "kid"); !errors.Is(err, actor.ErrNameExists) {
			t.Errorf("a second kid: %v", err)
		}
		c.Spawn(props)
		c.SpawnPrefix(props, "twin")
		c.Send(kid, "hello")
		c.ActorSystem().Root.Send(kid, "past the context")
		c.Watch(kid)
		c.Stop(kid)
		left = len(c.Children())
	}))
	kid := testkit.ExpectEffect[testkit.Spawned](b)
	if kid.Name != "kid" || kid.PID.Id != b.PID().Id+"/kid" || kid.Props != props || left != 3 {
		t.Errorf("spawned %v, and %d are left", kid, left)
	}
	testkit.ExpectEffect[testkit.Spawned](b)
	if e := testkit.ExpectEffect[testkit.Spawned](b); !strings.HasPrefix(e.Name, "twin$") {
		t.Errorf("the twin is %v", e)
	}
	if got := b.SentTo(kid.PID); !reflect.DeepEqual(got, []any{"hello", "past the context"}) {
		t.Errorf("the kid was sent %v", got)
	}
	testkit.ExpectEffectIn[testkit.Watched](b)
	testkit.ExpectEffectIn[testkit.Sent](b)
	testkit.ExpectEffectIn[testkit.Sent](b)
	if e := testkit.ExpectEffectIn[testkit.Stopped](b); e.PID != kid.PID {
		t.Errorf("stopped %v", e)
	}
	*heard = nil
	root := b.System().Root
	ends := []*actor.Future{root.StopFuture(kid.PID), root.PoisonFuture(kid.PID)} // past the context
	testkit.ExpectEffect[testkit.Stopped](b)
	testkit.ExpectEffect[testkit.Poisoned](b)
	b.Terminate(kid.PID)
	for _, end := range ends {
		if err := end.Wait(); err != nil {
			t.Error(err)
		}
	}
	wantHeard(t, heard, "*actor.Terminated", "*actor.Terminated") // as a child, and as watched
	b.Run(do(func(c actor.Context) {
		left = len(c.Children())
		if _, err := c.SpawnNamed(props, "kid"); err != nil {
			t.Error(err)
		}
	}))
	if left != 2 {
		t.Errorf("%d children are left, want 2", left)
	}
	b.Stop()
	wantHeard(t, heard, "*actor.Stopping", "*actor.Terminated", "*actor.Terminated", "*actor.Terminated", "*actor.Stopped")
}

func TestBehaviorWatches(t *testing.T) {
	b, heard := newDoer(t)
	ada, bob := far("ada"), far("bob")
	b.Run(do(func(c actor.Context) { c.Watch(ada); c.Watch(bob); c.Unwatch(bob) }))
	testkit.ExpectEffect[testkit.Watched](b)
	testkit.ExpectEffect[testkit.Watched](b)
	if e := testkit.ExpectEffect[testkit.Unwatched](b); e.PID != bob {
		t.Errorf("unwatched %v", e)
	}
	*heard = nil
	b.Terminate(ada)
	wantHeard(t, heard, "*actor.Terminated")
	b.Run(&actor.Terminated{Who: bob}) // it is said by hand
	wantHeard(t, heard, "*actor.Terminated")
}

func TestBehaviorRunsContinuations(t *testing.T) {
	b, heard := newDoer(t)
	var got []string
	ask := do(func(c actor.Context) {
		f := c.RequestFuture(far("bob"), "?", time.Minute)
		c.ReenterAfter(f, func(result any, err error) {
			got = append(got, fmt.Sprint(result, err, c.Message() != nil))
			c.Respond("thanks")
		})
	})
	b.RunFrom(far("ada"), ask)
	testkit.ExpectEffect[testkit.FutureRequested](b).Complete("bob's")
	testkit.ExpectEffect[testkit.Reentered](b)
	testkit.ExpectEffect[testkit.Responded](b)

	b.RunFrom(far("ada"), ask)
	asked := testkit.ExpectEffect[testkit.FutureRequested](b)
	testkit.ExpectEffect[testkit.Reentered](b).Run(nil, actor.ErrTimeout)
	asked.Complete("too late for this continuation")
	testkit.ExpectEffect[testkit.Responded](b)
	testkit.ExpectNoEffects(b)

	b.AnswerFutures(func(to *actor.PID, message any) any { return to.Id + message.(string) })
	b.RunFrom(far("ada"), ask)
	want := []string{"bob's<nil> true", "<nil> future: timeout true", "bob?<nil> true"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("continued with %q, want %q", got, want)
	}
	b.Run(do(func(c actor.Context) {
		if answer, err := c.RequestFuture(far("cy"), "!", time.Minute).Result(); answer != "cy!" || err != nil {
			t.Errorf("waited for %v, %v", answer, err)
		}
	}))
	wantHeard(t, heard, "*actor.Started")
}

func TestBehaviorContinuesAfterRealTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := newDoer(t)
		var got error
		b.Run(do(func(c actor.Context) {
			c.ReenterAfter(c.RequestFuture(far("bob"), "?", time.Minute), func(_ any, err error) { got = err })
		}))
		time.Sleep(time.Minute) //nolint:forbidigo // virtual
		synctest.Wait()
		b.RunNext()
		if !errors.Is(got, actor.ErrTimeout) {
			t.Errorf("continued with %v, want the time-out", got)
		}
	})
}

func TestBehaviorWaitsForEnds(t *testing.T) {
	b, _ := newDoer(t)
	ends := map[string]int{}
	b.Run(do(func(c actor.Context) {
		for _, f := range []*actor.Future{c.StopFuture(far("ada")), c.PoisonFuture(far("bob"))} {
			c.ReenterAfter(f, func(end any, _ error) { ends[end.(*actor.Terminated).Who.Id]++ })
		}
	}))
	b.Terminate(testkit.ExpectEffect[testkit.Stopped](b).PID)
	b.Terminate(testkit.ExpectEffect[testkit.Poisoned](b).PID)
	if ends["ada"] != 1 || ends["bob"] != 1 {
		t.Errorf("the ends are %v", ends)
	}
	var self *actor.Future
	b.Run(do(func(c actor.Context) { self = c.StopFuture(c.Self()) }))
	if err := self.Wait(); err != nil || b.Alive() {
		t.Errorf("its own end: %v, alive: %t", err, b.Alive())
	}
}

func TestBehaviorHonoursProps(t *testing.T) {
	var heard []string
	received := 0
	b := testkit.NewBehavior(t, doer(&heard,
		actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
			return func(c actor.ReceiverContext, env *actor.MessageEnvelope) { received++; next(c, env) }
		}),
		actor.WithSenderMiddleware(func(next actor.SenderFunc) actor.SenderFunc {
			return func(c actor.SenderContext, to *actor.PID, env *actor.MessageEnvelope) {
				if env.Message == "secret" {
					return
				}
				env.SetHeader("trace", "7")
				next(c, to, env)
			}
		}),
		actor.WithContextDecorator(func(next actor.ContextDecoratorFunc) actor.ContextDecoratorFunc {
			return func(c actor.Context) actor.Context { return &marked{next(c)} }
		}),
		actor.WithOnInit(func(actor.Context) { heard = append(heard, "init") }),
	))
	wantHeard(t, &heard, "init", "*actor.Started")
	b.Run(do(func(c actor.Context) {
		c.Send(far("bob"), "secret")
		c.RequestFuture(far("bob"), "secret", time.Minute)
		c.Request(far("bob"), "plain")
		if _, ok := c.(*marked); !ok {
			t.Errorf("the context is %T", c)
		}
	}))
	if e := testkit.ExpectEffect[testkit.Requested](b); e.Header["trace"] != "7" {
		t.Errorf("the header is %v", e.Header)
	}
	testkit.ExpectNoEffects(b)
	if received != 2 {
		t.Errorf("the middleware received %d messages, want 2", received)
	}
}

// marked is a context of the actor's own.
type marked struct{ actor.Context }
