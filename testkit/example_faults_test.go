package testkit_test

import (
	"fmt"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// kitchenProps answers an order with its dish.
func kitchenProps(opts ...actor.PropsOption) *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		if m, ok := c.Message().(*wish); ok {
			c.Respond(&dish{Name: m.Dish})
		}
	}, opts...)
}

func ExampleNewFaults() {
	inExample(func(t testing.TB) {
		sys := testkit.NewSystem(t)
		waiter := testkit.NewProbe(t, sys)

		faults := testkit.NewFaults(t)
		testkit.ReorderOn[*wish](faults, 1)
		testkit.DropOn[*wish](faults, 3)
		testkit.DuplicateOn[*wish](faults, 4)
		kitchen := testkit.Spawn(t, sys, kitchenProps(faults.Option()))

		for _, d := range []string{"soup", "salad", "roast", "cake"} {
			waiter.Request(kitchen, &wish{Dish: d})
		}
		for range 4 {
			fmt.Println(testkit.Expect[*dish](waiter).Name)
		}
		fmt.Println("faults that happened:", testkit.Injected[*wish](faults))
	})
	// Output:
	// salad
	// soup
	// cake
	// cake
	// faults that happened: 3
}

func ExampleFaults_Check() {
	inExample(func(t testing.TB) {
		sys := testkit.NewSystem(t)
		waiter := testkit.NewProbe(t, sys)

		faults := testkit.NewFaults(t) // calls Check at the end
		testkit.PanicOn[*wish](faults, 2)
		kitchen := testkit.Spawn(t, sys, kitchenProps(faults.Option()))

		waiter.Request(kitchen, &wish{Dish: "soup"})
		testkit.Expect[*dish](waiter)
	})
	// Output:
	// a planned fault did not happen: panic on *testkit_test.wish number 2, of which 1 came; planned at example_faults_test.go:54
}
