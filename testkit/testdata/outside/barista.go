package main

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
)

// Machine brews one drink at a time. An error means that it is broken.
type Machine interface {
	Brew(drink string) error
}

// BaristaSettings are what a barista needs.
type BaristaSettings struct {
	NewMachine func() Machine // for the start, and after each breakdown
	RinseAfter time.Duration  // without an order
	Janitor    *actor.PID     // hears *Rinsed
}

// BaristaProps are props of an actor that answers each Order with Served. It panics
// if its machine breaks: restarted, it has a new one.
func BaristaProps(s BaristaSettings, opts ...actor.PropsOption) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return &barista{BaristaSettings: s} }, opts...)
}

type barista struct {
	BaristaSettings
	machine Machine
	idle    *time.Timer
}

// Receive is called by protoactor-go. An order that was in the barista's hands when
// the machine broke comes again, as *mailbox.Redelivered, if its mailbox is one of
// package mailbox.
func (b *barista) Receive(c actor.Context) {
	switch m := c.Message().(type) {
	case *actor.Started:
		b.start(c)
	case *Order:
		b.serve(c, m)
	case *mailbox.Redelivered:
		if order, ok := m.Message.(*Order); ok {
			b.serve(c, order)
		}
	case *rinse:
		c.Send(b.Janitor, &Rinsed{})
		b.idle.Reset(b.RinseAfter)
	case *actor.Stopping, *actor.Restarting:
		b.idle.Stop()
	}
}

func (b *barista) start(c actor.Context) {
	b.machine = b.NewMachine()
	root, self := c.ActorSystem().Root, c.Self()
	b.idle = time.AfterFunc(b.RinseAfter, func() { root.Send(self, &rinse{}) })
}

func (b *barista) serve(c actor.Context, o *Order) {
	b.idle.Reset(b.RinseAfter)
	if err := b.machine.Brew(o.Drink); err != nil {
		panic(fmt.Errorf("brew %s: %w", o.Drink, err))
	}
	c.Respond(&Served{Drink: o.Drink})
}
