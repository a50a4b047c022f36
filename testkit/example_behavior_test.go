package testkit_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// inExample stands in for a test, which an Example does not have: it prints what a
// test would say. Yours is the t of your test.
func inExample(test func(t testing.TB)) {
	t := &exampleTB{}
	done := make(chan struct{})
	go func() { // owned by this function: it waits for done
		defer close(done)
		defer func() {
			for i := len(t.cleanups) - 1; i >= 0; i-- {
				t.cleanups[i]()
			}
		}()
		test(t)
	}()
	<-done
}

// exampleTB has what the kit asks of a test.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (*exampleTB) Helper() {}

func (*exampleTB) Log(...any) {}

func (*exampleTB) Logf(string, ...any) {}

func (t *exampleTB) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (*exampleTB) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func (t *exampleTB) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	runtime.Goexit()
}

// wish is what a waiter takes to the kitchen; a dish comes back.
type (
	wish struct{ Dish string }
	dish struct{ Name string }
)

// waiterProps has a cook of its own for each guest.
func waiterProps() *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		if m, ok := c.Message().(*wish); ok {
			if m.Dish == "" {
				panic("nothing was ordered")
			}
			cook := c.Spawn(actor.PropsFromFunc(func(actor.Context) {}))
			c.Watch(cook)
			c.Forward(cook)
		}
	})
}

func ExampleNewBehavior() {
	inExample(func(t testing.TB) {
		waiter := testkit.NewBehavior(t, waiterProps())
		guest := actor.NewPID("hall", "guest") // any PID will do

		waiter.RunFrom(guest, &wish{Dish: "soup"})

		cook := testkit.ExpectEffect[testkit.Spawned](waiter).PID
		testkit.ExpectEffect[testkit.Watched](waiter)
		forwarded := testkit.ExpectEffect[testkit.Forwarded](waiter)
		testkit.ExpectNoEffects(waiter)
		fmt.Println("the cook is asked:", forwarded.To.Equal(cook), "for", forwarded.Sender.Id)

		waiter.Run(&wish{})
		fmt.Println("the waiter says:", testkit.ExpectEffect[testkit.Panicked](waiter).Reason)
		waiter.Restart()
		fmt.Println("the waiter goes on:", waiter.Alive())
	})
	// Output:
	// the cook is asked: true for guest
	// the waiter says: nothing was ordered
	// the waiter goes on: true
}

func ExampleFutureRequested_Complete() {
	inExample(func(t testing.TB) {
		cook := actor.NewPID("kitchen", "cook")
		waiter := testkit.NewBehavior(t, actor.PropsFromFunc(func(c actor.Context) {
			if m, ok := c.Message().(*wish); ok {
				c.ReenterAfter(c.RequestFuture(cook, m, time.Minute), func(served any, err error) {
					if err != nil {
						served = &dish{Name: "an excuse"}
					}
					c.Respond(served)
				})
			}
		}))
		guest := actor.NewPID("hall", "guest")

		waiter.RunFrom(guest, &wish{Dish: "soup"})
		testkit.ExpectEffect[testkit.FutureRequested](waiter).Complete(&dish{Name: "soup"})
		testkit.ExpectEffect[testkit.Reentered](waiter)
		fmt.Println(testkit.ExpectEffect[testkit.Responded](waiter).Message)

		waiter.RunFrom(guest, &wish{Dish: "roast"})
		testkit.ExpectEffect[testkit.FutureRequested](waiter)
		testkit.ExpectEffect[testkit.Reentered](waiter).Run(nil, actor.ErrTimeout)
		fmt.Println(testkit.ExpectEffect[testkit.Responded](waiter).Message)
	})
	// Output:
	// &{soup}
	// &{an excuse}
}

func ExampleExpectEffect() {
	inExample(func(t testing.TB) {
		waiter := testkit.NewBehavior(t, waiterProps())
		waiter.Run(&wish{Dish: "soup"})
		testkit.ExpectEffect[testkit.Responded](waiter)
	})
	// Output:
	// parent/actor: expected Responded, but it spawned parent/actor/$1
	// effects:
	//   Watched parent/actor/$1
	//   Forwarded *testkit_test.wish &{Dish:"soup"} to parent/actor/$1
}
