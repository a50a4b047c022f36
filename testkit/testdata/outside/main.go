// A coffee kiosk of four actors, which shows how a program that is no part of this
// module uses packages mailbox and testkit. Read its tests in this order:
//
//	waiter_test.go      an actor among probes, and an actor by hand
//	barista_test.go     time, supervision, faults
//	counter_test.go     the contract of a mailbox
//	explore_test.go     all of it together, in a thousand orders
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// kettle never breaks.
type kettle struct{}

// Brew takes no time.
func (kettle) Brew(string) error { return nil }

func newKettle() Machine { return kettle{} }

func main() {
	run, cancel := context.WithCancel(context.Background())
	defer cancel()
	root := actor.NewActorSystem().Root

	answers := make(chan any)
	guest := root.Spawn(actor.PropsFromFunc(func(c actor.Context) {
		switch m := c.Message().(type) {
		case *Served, *SoldOut:
			answers <- m
		}
	}))
	settings := BaristaSettings{NewMachine: newKettle, RinseAfter: 10 * time.Minute, Janitor: guest}
	barista := root.Spawn(BaristaProps(settings, actor.WithMailbox(Counter(run, 3))))
	waiter := root.Spawn(WaiterProps(root.Spawn(StoreProps(2)), barista))

	for _, drink := range []string{"espresso", "mocha", "lungo"} {
		root.RequestWithCustomSender(waiter, &Order{Drink: drink}, guest)
	}
	for range 3 {
		fmt.Printf("%T %[1]v\n", <-answers)
	}
}
