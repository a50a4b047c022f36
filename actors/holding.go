package actors

import (
	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// holding is a claim as both its hands see it.
type holding struct {
	claim   *messages.Claim
	tracker *Tracker
	budget  *Budget
	books   *Books
	mark    func(next int64) // forward only, safe from both hands, nothing once the claim is over
	queue   *mailbox.Queue   // of the partition consumer
	ended   bool             // the partition consumer's own; here, so that it survives a restart
}

// settle flips the tracker, gives back budget and marks, once.
func (h *holding) settle(ranges []messages.Range) {
	var freed int64
	for _, r := range ranges {
		freed += h.tracker.Settle(r)
	}
	if freed > 0 {
		h.budget.Give(freed)
	}
	if next, ok := h.tracker.Committable(); ok {
		h.mark(next)
	}
}
