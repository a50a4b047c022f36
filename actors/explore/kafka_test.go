package explore_test

import (
	"fmt"
	"sort"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

// partition is a partition of the fake Kafka, with what the group has committed.
type partition struct {
	*world
	topic     topic
	number    int32
	log       []*logged
	byOffset  map[int64]*logged
	committed int64
	stored    int64 // the offset of the record that came to the sink last
	claims    int
	session   *session // the claim that is held
}

// String is as "tweets-0".
func (p *partition) String() string { return fmt.Sprintf("%s-%d", p.topic.name, p.number) }

// end is one past the last record.
func (p *partition) end() int64 {
	if len(p.log) == 0 {
		return 0
	}
	return p.log[len(p.log)-1].Offset + 1
}

// done says whether everything in it is settled and marked.
func (p *partition) done() bool {
	return p.committed == p.end() || p.session != nil && p.session.marked == p.end()
}

// session is one claim of a partition.
type session struct {
	*partition
	run     *run
	name    string
	records chan messages.Record
	next    int // in the log, to be delivered
	marked  int64
	marks   []int64
	revoked bool
	paused  bool
	late    int // records that still come after a pause
	ahead   int // of these
	ended   bool
}

// claim begins at what is committed.
func (p *partition) claim(r *run) *session {
	p.claims++
	s := &session{partition: p, run: r, name: fmt.Sprintf("%s claim %d", p, p.claims), records: make(chan messages.Record, p.sizes.channel), marked: p.committed}
	s.next = sort.Search(len(p.log), func(i int) bool { return p.log[i].Offset >= p.committed })
	s.late = p.IntN(3)
	p.session = s
	return s
}

func (s *session) Topic() string                            { return s.topic.name }
func (s *session) Partition() int32                         { return s.number }
func (s *session) Messages() <-chan messages.Record         { return s.records }
func (s *session) Record(r messages.Record) messages.Record { return r }
func (s *session) HighWater() int64                         { return s.end() }
func (s *session) FetchBytes() int                          { return s.sizes.fetch }

// Pause and Resume are called under a lock, and of several partitions in any order:
// they draw nothing and make no step.
func (s *session) Pause()  { s.paused, s.ahead = true, s.late }
func (s *session) Resume() { s.paused = false }

// Mark may come late, and is looked at as it comes.
func (s *session) Mark(next int64) {
	if s.chance(1, 4) {
		s.Step("mark " + s.name)
	}
	if s.ended || s.run.over() {
		return
	}
	s.Logf("mark %d", next)
	for _, r := range s.log {
		if r.Offset >= s.committed && r.Offset < next && !r.settled() {
			s.Errorf("%s: marked %d, but %s is not settled", s.name, next, r.ref)
		}
	}
	if next > s.end() {
		s.Errorf("%s: marked %d, the log ends at %d", s.name, next, s.end())
	}
	s.run.balanced(s.name)
	if next > s.marked {
		s.marked = next
		s.marks = append(s.marks, next)
	}
}

// ending says whether the claim is to be let go.
func (s *session) ending() bool { return s.revoked || s.run.draining() }

func (s *session) deliverable() bool {
	return s.next < len(s.log) && len(s.records) < cap(s.records) && (!s.paused || s.ahead > 0)
}

// fetch delivers records until the claim ends.
func (s *session) fetch() {
	defer close(s.records)
	for {
		s.Until("fetch "+s.name, func() bool { return s.ending() || s.deliverable() })
		if s.ending() {
			return
		}
		for n := 1 + s.IntN(4); n > 0 && s.deliverable(); n-- {
			if s.paused {
				s.ahead--
			}
			s.records <- s.log[s.next].Record
			s.next++
		}
	}
}

// hold claims the partition again and again until the run ends.
func (p *partition) hold(r *run) {
	defer func() { r.holders-- }()
	for revokes := p.IntN(3); !r.draining(); revokes-- {
		s := p.claim(r)
		p.Go("fetcher of "+s.name, s.fetch)
		if revokes > 0 {
			p.Go("rebalance of "+s.name, func() {
				p.After("revoke "+s.name, p.IntN(150))
				s.revoked = true
				p.Logf("revoked")
			})
		}
		actors.Feed(r.ctx, r.claims, s)
		p.Step("let go " + s.name)
		s.ended = true
		if !r.over() {
			r.swept()
		}
		p.commit(s)
		p.Until("close "+s.name, s.ending)
	}
}

// commit commits what was marked: all, or some of it where the run was killed.
func (p *partition) commit(s *session) {
	p.committed = s.marked
	if n := len(s.marks); s.run.over() && n > 0 {
		p.committed = s.marks[p.IntN(n)]
	}
	p.session = nil
}
