package actors

import (
	"fmt"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

// stuck is a claim whose first record in flight stays the same.
type stuck struct {
	next     int64 // of the tracker
	since    time.Time
	nowhere  offsetSet // of the last scan
	lost     offsetSet // of the last two scans: none of them is just on its way
	lostFrom time.Time // when the first of them was missed
}

// offsetSet is a set of offsets.
type offsetSet map[int64]struct{}

// lost finds claims with records in flight that nobody has. What queues contain
// is only looked at for claims of which the first record has not been settled
// for the time-out.
func (s *stalls) lost(now time.Time) (found []stall) {
	open := make(map[*Tracker]*stuck, len(s.claims))
	var suspects []*holding
	for _, h := range s.books.holdings() {
		c := s.claims[h.tracker]
		next, inFlight := h.tracker.progress()
		if c == nil || c.next != next || inFlight == 0 {
			c = &stuck{next: next, since: now}
		}
		open[h.tracker] = c
		if now.Sub(c.since) >= s.Timeout {
			suspects = append(suspects, h)
		}
	}
	s.claims = open
	if len(suspects) > 0 && !now.Before(s.scan) {
		s.scan = now.Add(s.Timeout / 20)
		s.search(suspects, now)
	}
	for _, h := range suspects {
		if c := s.claims[h.tracker]; len(c.lost) > 0 && now.Sub(c.lostFrom) >= s.Timeout {
			path := h.claim.Consumer.GetId()
			found = append(found, stall{
				key: "records " + path, actor: path, age: now.Sub(c.lostFrom),
				state: fmt.Sprintf("%d records in flight are in no mailbox, worker or DLQ, the first at offset %d", len(c.lost), c.lost.first()),
			})
		}
	}
	return found
}

// search looks for the records of claims everywhere. Records move downstream
// only, so whoever asks upstream first meets each on its way, but for the moment
// between two places: what is lost is so in two scans.
func (s *stalls) search(suspects []*holding, now time.Time) {
	sought := make(map[*messages.Claim]offsetSet, len(suspects))
	for _, h := range suspects {
		sought[h.claim] = h.tracker.unsettled()
	}
	for _, d := range s.Data {
		d.Queue.Each(func(m any) {
			if from := sought[claimOf(m)]; from != nil {
				eachOffset(m, func(o int64) { delete(from, o) })
			}
		})
	}
	for _, h := range suspects {
		if h.queue.Progress().Control > 0 || len(h.queue.InHand()) > 0 {
			continue // Settled is under way
		}
		s.claims[h.tracker].miss(sought[h.claim], h.tracker.unsettled(), now)
	}
}

// miss notes a scan: what was not found, and is still in flight.
func (c *stuck) miss(unfound, inFlight offsetSet, now time.Time) {
	nowhere, lost := offsetSet{}, offsetSet{}
	for o := range unfound {
		if _, ok := inFlight[o]; !ok {
			continue
		}
		nowhere[o] = struct{}{}
		if _, before := c.nowhere[o]; before {
			lost[o] = struct{}{}
		}
	}
	c.nowhere = nowhere
	switch first, ok := inFlight.smallest(); {
	case len(lost) == 0:
		c.lostFrom = now
	case len(c.lost) == 0 && ok && first == lost.first():
		c.lostFrom = c.since // it is what the claim waits for
	}
	c.lost = lost
}

func (s offsetSet) first() int64 {
	o, _ := s.smallest()
	return o
}

func (s offsetSet) smallest() (offset int64, ok bool) {
	for o := range s {
		if !ok || o < offset {
			offset, ok = o, true
		}
	}
	return offset, ok
}

// progress is one past the contiguous settled prefix, and how many records are
// in flight.
func (t *Tracker) progress() (next int64, inFlight int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next, t.inFlight
}

// unsettled are the offsets in flight.
func (t *Tracker) unsettled() offsetSet {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(offsetSet, t.inFlight)
	for _, b := range t.batches {
		for i := range b.costs {
			if b.settled == nil || b.settled[i/64]&(1<<(i%64)) == 0 {
				out[b.offset(i)] = struct{}{}
			}
		}
	}
	return out
}

// eachOffset calls f with the offset of each record of a message.
func eachOffset(message any, f func(offset int64)) {
	switch m := message.(type) {
	case *messages.RecordBatch:
		for i := range m.Records {
			f(m.Records[i].Offset)
		}
	case *messages.DocumentBatch:
		for i := range m.Docs {
			f(m.Docs[i].Record.Offset)
		}
	case *messages.DeadLetters:
		for i := range m.Letters {
			f(m.Letters[i].Record.Offset)
		}
	}
}
