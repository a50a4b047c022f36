package actors

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/actorpipe/actorpipe/actors/mailbox"
)

// StallSettings say when something counts as stalled, and what is looked at.
type StallSettings struct {
	Timeout time.Duration    // without progress; 0: nobody looks
	Data    []QueueGauge     // that records pass, upstream first
	Control []*mailbox.Queue // of actors that hear control messages only; those of partition consumers are known
	Fatal   func(err error)  // ends the run with what stalled for good
}

// QueueGauge is a queue of data and the actor that owns it.
type QueueGauge struct {
	Actor  string // its path
	Queue  *mailbox.Queue
	Stores bool // what it has in its hands is a request all the time
}

// stall is something that has not moved for the time-out, and nothing that is
// waited for keeps it.
type stall struct {
	key   string // the same from look to look
	actor string // path
	state string
	age   time.Duration
}

// Error names it. A stall of a minute and one of two are told by their age.
func (s *stall) Error() string {
	return fmt.Sprintf("actor %s: stalled for %v: %s", s.actor, s.age.Round(time.Second), s.state)
}

// stalls are what stands still. They are looked for at each tick of the
// monitor, and outlive it.
type stalls struct {
	StallSettings
	books  *Books
	log    *slog.Logger
	lanes  map[string]*counter // by path of the queue's actor and mailbox
	claims map[*Tracker]*stuckClaim
	named  map[string]*namedStall
	scan   time.Time // of the queues' contents: not before
}

// counter is a count that should grow.
type counter struct {
	count int64
	since time.Time // that it has not grown, or was excused
}

// namedStall is a stall that has been logged.
type namedStall struct {
	stall
	at time.Time // when it was named
}

func newStalls(s *MonitorSettings) *stalls {
	return &stalls{StallSettings: s.Stalls, books: s.Gauges.Books, log: s.Log, lanes: map[string]*counter{}, claims: map[*Tracker]*stuckClaim{}, named: map[string]*namedStall{}}
}

// look finds what stands still, logs what is new and what moves again, and ends
// the run for what was named the time-out ago.
func (s *stalls) look(now time.Time) {
	if s.Timeout <= 0 {
		return
	}
	found := slices.Concat(s.inHands(), s.mailboxes(now), s.lostRecords(now))
	old := s.named
	s.named = make(map[string]*namedStall, len(found))
	for _, f := range found {
		n := &namedStall{f, now}
		if was := old[f.key]; was != nil {
			n.at = was.at
			delete(old, f.key)
		} else {
			s.log.Warn(f.Error(), "then", "ends the run, unless it moves within "+s.Timeout.String())
		}
		s.named[f.key] = n
		if now.Sub(n.at) >= s.Timeout {
			s.Fatal(&n.stall)
		}
	}
	for _, was := range old {
		s.log.Info("actor "+was.actor+": moves again", "stalled_for", was.age.Round(time.Second).String())
	}
}

// reasons are all stalls as sentences, in order.
func (s *stalls) reasons() []string {
	out := make([]string, 0, len(s.named))
	for _, n := range s.named {
		out = append(out, n.Error())
	}
	slices.Sort(out)
	return out
}

// inHands finds what an actor works on for too long. The time of a request, and
// of a wait for room in a mailbox, does not count.
func (s *stalls) inHands() (found []stall) {
	note := func(all []mailbox.InHand) {
		for _, h := range all {
			if h.Worked < s.Timeout || h.Waiting {
				continue
			}
			state := fmt.Sprintf("%d records are in its hands", h.Weight)
			if h.Weight == 0 {
				state = "a message is in its hands"
			}
			found = append(found, stall{key: "hands " + h.Actor.Id, actor: h.Actor.Id, state: state, age: h.Worked})
		}
	}
	for _, d := range s.Data {
		if !d.Stores {
			note(d.Queue.InHand())
		}
	}
	for _, q := range s.Control {
		note(q.InHand())
	}
	for _, h := range s.books.holdings() {
		if h.queue != nil { // it has a partition consumer
			note(h.queue.InHand())
		}
	}
	return found
}

// mailboxes finds what waits though it is due and somebody is idle.
func (s *stalls) mailboxes(now time.Time) (found []stall) {
	for _, d := range s.Data {
		p := d.Queue.Progress()
		lanes := len(found)
		for _, l := range p.Lanes {
			age := s.standsStill(d.Actor+" "+l.Name, l.Out, l.Depth > 0 && l.Due && p.Idle > 0, now)
			if age >= s.Timeout {
				found = append(found, stall{
					key: "mailbox " + l.Name, actor: d.Actor, age: age,
					state: fmt.Sprintf("mailbox %s does not move: %d records wait, and nobody takes them", l.Name, l.Depth),
				})
			}
		}
		age := s.standsStill(d.Actor, p.HandedOut, p.Ready && p.Idle > 0, now)
		if age >= s.Timeout && len(found) == lanes {
			found = append(found, stall{key: "queue " + d.Actor, actor: d.Actor, state: "records that came back to it are due, and nobody takes them", age: age})
		}
	}
	return found
}

// standsStill is for how long count has not grown though it should have.
func (s *stalls) standsStill(key string, count int64, should bool, now time.Time) time.Duration {
	l := s.lanes[key]
	if l == nil {
		l = &counter{}
		s.lanes[key] = l
	}
	if l.count != count || !should || l.since.IsZero() {
		l.count, l.since = count, now
	}
	return now.Sub(l.since)
}
