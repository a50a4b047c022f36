package main

import "github.com/asynkron/protoactor-go/actor"

// WaiterProps are props of an actor that takes a portion of beans from the store for
// each Order, and has the barista answer it if there was one left.
func WaiterProps(store, barista *actor.PID) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return &waiter{store: store, barista: barista} })
}

type waiter struct {
	store, barista *actor.PID
	orders         []pending // that the store has not answered, oldest first
}

type pending struct {
	order *Order
	guest *actor.PID
}

// Receive is called by protoactor-go.
func (w *waiter) Receive(c actor.Context) {
	switch m := c.Message().(type) {
	case *Order:
		w.orders = append(w.orders, pending{m, c.Sender()})
		c.Request(w.store, &Take{})
	case *Taken: // the store answers in the order in which it is asked
		next := w.orders[0]
		w.orders = w.orders[1:]
		if m.OK {
			c.RequestWithCustomSender(w.barista, next.order, next.guest)
		} else {
			c.Send(next.guest, &SoldOut{Drink: next.order.Drink})
		}
	}
}
