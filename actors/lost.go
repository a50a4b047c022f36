package actors

import (
	"fmt"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

// stuckClaim is a claim whose first record in flight stays the same.
type stuckClaim struct {
	next     int64 // of the tracker
	since    time.Time
	nowhere  offsetSet // of the last scan
	lost     offsetSet // of the last two scans: none of them is just on its way
	lostFrom time.Time // when the first of them was missed
}

// offsetSet is a set of offsets.
type offsetSet map[int64]struct{}

// lostRecords finds claims with records in flight that nobody has. What queues contain
// is only looked at for claims of which the first record has not been settled
// for the time-out.
func (s *stalls) lostRecords(now time.Time) (found []stall) {
	open := make(map[*Tracker]*stuckClaim, len(s.claims))
	var suspects []*holding
	for _, h := range s.books.holdings() {
		c := s.claims[h.tracker]
		next, inFlight := h.tracker.progress()
		if c == nil || c.next != next || inFlight == 0 {
			c = &stuckClaim{next: next, since: now}
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
		s.claims[h.tracker].miss(sought[h.claim], h.tracker.unsettled(), now) // anew: some have settled meanwhile
	}
}

// miss notes a scan: what was not found, and is still in flight.
func (c *stuckClaim) miss(unfound, inFlight offsetSet, now time.Time) {
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
