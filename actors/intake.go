package actors

import (
	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// flow stops and starts the fetching of one partition.
type flow interface {
	Pause()
	Resume()
}

// intake is what a claim has read and not passed on. Nothing in it blocks: what
// cannot go on waits for a grant of the budget, or for a ticket. A claim
//
//   - flows while nothing waits: it reads what is ready and passes it on;
//   - is patient when something begins to wait: it leaves records where they are;
//   - reads ahead once that has lasted for its patience, until nothing waits;
//   - is paused while it holds too much of what it has read ahead, or its topic does.
type intake struct {
	*holding
	topic    *Topic
	dlq      *mailbox.Lane
	buffers  *Buffers
	valve    *valve
	scratch  scratch
	patience patience
	pauseAt  int // bytes held while nothing can go on: fetch no more
	resumeAt int // bytes held: fetch again

	forming     *pending   // nil: none
	held        []*pending // formed, in order, not passed on
	heldBytes   int        // of held and forming
	heldRecords int        // of held and forming
	grant       *Grant     // that held[0] waits for
	granted     bool       // held[0] has its budget
	parked      []parked
	paused      bool
}

// pending is a batch and its price.
type pending struct {
	batch *messages.RecordBatch
	cost  int64
	arena *arena // of the bytes of its records
}

// parked is a message that waits for room in a lane.
type parked struct {
	ticket  *mailbox.Ticket
	message any
}

// add takes a record in, which aliases its fetch buffer; about so many more are ready.
func (in *intake) add(r messages.Record, more int) {
	cost, bytes := in.topic.Price.Of(&r), r.Bytes()
	if p := in.forming; p != nil && (p.cost+cost > in.budget.Limit() || p.batch.Bytes+bytes > batchBytes) {
		in.form()
	}
	in.begin()
	p := in.forming
	in.buffers.add(p, r, bytes, more)
	p.cost += cost
	in.heldBytes += bytes
	in.heldRecords++
	if len(p.batch.Records) == batchRecords || p.batch.Bytes >= batchBytes {
		in.form()
	}
}

// begin has a batch to add to. One that waits is made of what comes, not of room
// for a full one.
func (in *intake) begin() {
	switch {
	case in.forming != nil:
	case in.waiting():
		in.forming = in.buffers.begin(in.claim, 0)
	default:
		in.forming = in.buffers.begin(in.claim, batchRecords)
	}
}

// form closes the batch that is being formed.
func (in *intake) form() {
	in.buffers.fit(in.forming.batch)
	in.held = append(in.held, in.forming)
	in.forming = nil
}

// pass passes on all that can go, and says what is held.
func (in *intake) pass() {
	for in.canPass() && in.next() {
	}
	in.patience.look(in.waiting())
	if in.forming != nil {
		in.buffers.fit(in.forming.batch)
	}
	switch {
	case in.waiting() && !in.patience.lasts && in.heldBytes >= in.pauseAt:
		in.paused = true
	case in.heldBytes <= in.resumeAt:
		in.paused = false
	}
	in.valve.set(int64(in.heldBytes+in.heldRecords*messages.RecordCost), in.paused)
}

// waiting says whether something that was to be passed on found no room.
func (in *intake) waiting() bool { return in.grant != nil || len(in.parked) > 0 }

// canPass says whether there is a batch to pass on. While batches wait, the one
// that is being formed fills up; else it goes as it is.
func (in *intake) canPass() bool {
	if in.waiting() {
		return false
	}
	if len(in.held) == 0 && in.forming != nil {
		in.form()
	}
	return len(in.held) > 0
}

// next passes on the first batch; false if it waits for budget or the lane is gone.
func (in *intake) next() bool {
	p := in.held[0]
	if !in.granted {
		if in.grant = in.budget.Take(p.cost); in.grant != nil {
			return false
		}
	}
	in.granted = false
	in.held[0] = nil
	in.held = in.held[1:]
	in.heldBytes -= p.batch.Bytes
	in.heldRecords -= len(p.batch.Records)
	in.tracker.Enter(p.batch.Records)
	return in.send(p.batch)
}

// send offers a batch to its topic's lane, as documents where no enricher makes
// them.
func (in *intake) send(b *messages.RecordBatch) bool {
	if in.topic.Enriched {
		return in.offer(in.topic.Lane, b)
	}
	made := in.topic.Format.convert(b, &in.scratch)
	b.Free() // the documents own it too
	if len(made.settled) > 0 {
		in.settle(made.settled)
	}
	ok := made.documents == nil || in.offer(in.topic.Lane, made.documents)
	return ok && (made.refused == nil || in.offer(in.dlq, made.refused))
}

func (in *intake) offer(lane *mailbox.Lane, message any) bool {
	ticket, err := lane.Offer(message)
	if err != nil { // the tree is going down: the record is read again after a restart
		return false
	}
	if ticket != nil {
		in.parked = append(in.parked, parked{ticket, message})
	}
	return true
}

// room is the channel of the ticket that is waited for, nil if there is none.
func (in *intake) room() <-chan error {
	if len(in.parked) == 0 {
		return nil
	}
	return in.parked[0].ticket.Done()
}

// admitted notes that the first parked message is in its lane.
func (in *intake) admitted() { in.parked = in.parked[1:] }

// budgetReady is the channel of the grant that is waited for, nil if there is none.
func (in *intake) budgetReady() <-chan struct{} {
	if in.grant == nil {
		return nil
	}
	return in.grant.Ready
}

// given notes that the grant has been given.
func (in *intake) given() { in.grant, in.granted = nil, true }

// waitOver says whether what is waited for is there.
func (in *intake) waitOver() bool {
	select {
	case <-in.budgetReady(): // closed, and stays so
		return true
	default:
		return len(in.room()) > 0
	}
}

// abandon gives back what was not passed on: what is parked settles as
// returned, the rest was never consumed.
func (in *intake) abandon() {
	for _, p := range in.parked {
		if p.ticket.Withdraw() {
			in.settle(outcomeOf(p.message, messages.Returned))
		}
	}
	switch {
	case in.grant != nil:
		in.budget.Cancel(in.grant)
	case in.granted:
		in.budget.Give(in.held[0].cost)
	}
	in.parked, in.grant, in.granted = nil, nil, false
	in.held, in.forming, in.heldBytes, in.heldRecords = nil, nil, 0, 0
	in.valve.leave()
}
