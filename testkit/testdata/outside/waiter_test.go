package main

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// A probe stands for each neighbour of the actor under test: what it is sent is
// expected, and answered, by the test.
func TestWaiterHasTheBaristaServeTheGuest(t *testing.T) {
	sys := testkit.NewSystem(t)
	guest, store, barista := testkit.NewProbe(t, sys), testkit.NewProbe(t, sys), testkit.NewProbe(t, sys)
	waiter := testkit.Spawn(t, sys, WaiterProps(store.PID(), barista.PID()))

	guest.Request(waiter, &Order{Drink: "mocha"})
	testkit.Expect[*Take](store)
	store.Reply(&Taken{OK: true})

	testkit.ExpectEqual(barista, &Order{Drink: "mocha"})
	if !barista.Sender().Equal(guest.PID()) {
		t.Errorf("%v is to be served, want the guest", barista.Sender())
	}
}

// An autopilot replies while the test goes on.
func TestWaiterSaysWhatIsSoldOut(t *testing.T) {
	sys := testkit.NewSystem(t)
	guest, store, barista := testkit.NewProbe(t, sys), testkit.NewProbe(t, sys), testkit.NewProbe(t, sys)
	waiter := testkit.Spawn(t, sys, WaiterProps(store.PID(), barista.PID()))
	portions := 1
	testkit.Autopilot(store, func(*Take, *actor.PID) any {
		portions--
		return &Taken{OK: portions >= 0}
	})

	guest.Request(waiter, &Order{Drink: "mocha"})
	guest.Request(waiter, &Order{Drink: "lungo"})
	testkit.ExpectEqual(guest, &SoldOut{Drink: "lungo"})
	testkit.ExpectEqual(barista, &Order{Drink: "mocha"})
}

// By hand, without a scheduler, one sees what the actor does with each message, and
// that it does nothing else.
func TestWaiterAsksForBeansFirst(t *testing.T) {
	store, barista, guest := actor.NewPID("kiosk", "store"), actor.NewPID("kiosk", "barista"), actor.NewPID("street", "guest")
	waiter := testkit.NewBehavior(t, WaiterProps(store, barista))

	waiter.RunFrom(guest, &Order{Drink: "mocha"})
	if asked := testkit.ExpectEffect[testkit.Requested](waiter); !asked.To.Equal(store) {
		t.Errorf("%v is asked, want the store", asked.To)
	}
	testkit.ExpectNoEffects(waiter)

	waiter.RunFrom(store, &Taken{OK: true})
	if sent := testkit.ExpectEffect[testkit.Sent](waiter); !sent.To.Equal(barista) || !sent.Sender.Equal(guest) {
		t.Errorf("%v, want an order of the guest to the barista", sent)
	}
	testkit.ExpectNoEffects(waiter)
}
