package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/testkit"
)

// Two waiters, a store, and a barista behind a counter with room for one order: the
// test runs in a thousand schedules, and says what is true in all of them. Have the
// store take its portions off by a message to itself, and see which schedule shows it.
func TestNoMoreIsServedThanThereAreBeans(t *testing.T) {
	const guests, portions = 5, 3
	testkit.Explore(t, 1000, func(x *testkit.Exploration) {
		var served, soldOut int
		guest := x.Spawn("guest", actor.PropsFromFunc(func(c actor.Context) {
			switch c.Message().(type) {
			case *Served:
				served++
			case *SoldOut:
				soldOut++
			}
		}))
		// the seed decides too who is the next at the counter
		q := mailbox.NewQueue(mailbox.Settings{Context: x.Context(), Scheduler: x.Scheduler("counter")})
		q.AddLane("orders", 1)
		counter := actor.WithMailbox(func() actor.Mailbox { return mailbox.New(q) })
		settings := BaristaSettings{NewMachine: newKettle, RinseAfter: time.Hour, Janitor: guest}
		barista := x.Spawn("barista", BaristaProps(settings, counter))
		store := x.Spawn("store", StoreProps(portions))
		waiters := []*actor.PID{
			x.Spawn("waiter-1", WaiterProps(store, barista)),
			x.Spawn("waiter-2", WaiterProps(store, barista)),
		}
		for i := range guests {
			order := &Order{Drink: fmt.Sprint("drink ", i+1)}
			x.System().Root.RequestWithCustomSender(waiters[i%2], order, guest)
		}

		x.Rest("closing time") // everybody has done what there is to do
		if served != portions || soldOut != guests-portions {
			x.Errorf("%d served and %d sold out, want %d and %d", served, soldOut, portions, guests-portions)
		}
	})
}
