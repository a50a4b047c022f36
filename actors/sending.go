package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// settle tells a claim what became of records of it.
func settle(c actor.Context, claim *messages.Claim, ranges []messages.Range) {
	if len(ranges) > 0 {
		c.Send(claim.Consumer, &messages.Settled{Ranges: ranges})
	}
}

// post sends what there is, parking while the lane is full, which is no work on
// the unit u. What cannot be stored has become a dead letter: the run is over,
// and its records are read again after a restart.
func post[M any](u *mailbox.Unit, lane *mailbox.Lane, m *M) {
	if m != nil {
		u.Wait(func() { _ = lane.Post(m) })
	}
}
