package actors

import (
	"errors"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
)

// openClaim asks for the partition consumer of a claim. up hears when it is
// there; by then its PID is in the claim.
type openClaim struct {
	holding *holding
	up      chan<- error // capacity 1
}

// Control puts it on the unbounded lane.
func (*openClaim) Control() {}

// consumers is the parent of the partition consumers. It carries no data.
type consumers struct {
	newQueue func() *mailbox.Queue
	stopping bool
}

// errStopping is what a claim hears that comes too late: nobody would stop its
// partition consumer, and the parent would wait for that for ever.
var errStopping = errors.New("the partition consumers stop")

// ConsumersProps returns the props of the partition consumers' parent. newQueue
// makes the queue of one of them, without lanes.
func ConsumersProps(newQueue func() *mailbox.Queue, opts ...actor.PropsOption) *actor.Props {
	return props(func() actor.Actor { return &consumers{newQueue: newQueue} }, opts)
}

// Receive dispatches.
func (a *consumers) Receive(c actor.Context) {
	switch m := again(c.Message()).(type) {
	case *openClaim:
		a.open(c, m)
	case *actor.Stopping:
		a.stopping = true
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		unhandled(c)
	}
}

func (a *consumers) open(c actor.Context, m *openClaim) {
	err := errStopping
	if !a.stopping {
		err = a.spawn(c, m.holding)
	}
	select {
	case m.up <- err:
	default: // heard already, before a crash
	}
}

// spawn fails where the claim has a partition consumer already, which stays as
// it is.
func (a *consumers) spawn(c actor.Context, h *holding) error {
	queue := a.newQueue()
	pid, err := c.SpawnNamed(consumerProps(h, queue), h.claim.String())
	if err == nil {
		h.queue, h.claim.Consumer = queue, pid
	}
	return err
}
