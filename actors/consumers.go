package actors

import (
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
}

// ConsumersProps returns the props of the partition consumers' parent. newQueue
// makes the queue of one of them, without lanes.
func ConsumersProps(newQueue func() *mailbox.Queue, opts ...actor.PropsOption) *actor.Props {
	return props(func() actor.Actor { return &consumers{newQueue} }, opts)
}

// Receive dispatches.
func (a *consumers) Receive(c actor.Context) {
	switch m := again(c.Message()).(type) {
	case *openClaim:
		a.open(c, m)
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		unhandled(c)
	}
}

func (a *consumers) open(c actor.Context, m *openClaim) {
	pid, err := c.SpawnNamed(consumerProps(m.holding, a.newQueue()), m.holding.claim.String())
	m.holding.claim.Consumer = pid
	select {
	case m.up <- err:
	default: // heard already, before a crash
	}
}
