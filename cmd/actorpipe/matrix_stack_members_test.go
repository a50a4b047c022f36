package main

import (
	"flag"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

var (
	kills       = flag.Int("kills", 3, "how often TestMatrixStackKills kills the process")
	killRecords = flag.Int("kills.records", 33_000, "how many records it has to move meanwhile")
	changes     = flag.Int("changes", 2, "how often a member leaves in TestMatrixStackMembers and comes back")
)

// TestMatrixStackKills kills the process again and again during one load. After
// the last start each record is in its index once.
func TestMatrixStackKills(t *testing.T) {
	s := onProxies(t, ownServers).stack
	s.fill(*killRecords*10/11, *killRecords-*killRecords*10/11)
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any seed will do
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // moments, no secret
	total := s.tweets + s.users
	var sum messages.Books
	for kill := range *kills {
		left := max(0, total-s.documents())
		target := random.IntN(2*left/(*kills-kill+1) + 1)
		listen := freeAddress(t)
		p := startProcess(t, s.config(listen, s.elasticsearch), listen)
		last := s.upTo(p, target, random)
		p.kill()
		add(&sum, last)
	}
	t.Logf("%d kills, the last at %d of %d documents", *kills, s.documents(), total)
	listen := freeAddress(t)
	p := startProcess(t, s.config(listen, s.elasticsearch), listen)
	var last *messages.Report
	await(t, "all documents, and no lag", loadTime, func() bool {
		r := p.report()
		if r != nil {
			last = r
		}
		return r != nil && caughtUp(r) && s.documents() == total
	})
	p.stop(0)
	add(&sum, last)
	t.Logf("reported in all: %d consumed, %d indexed, %d duplicate", sum.Consumed, sum.Indexed, sum.Duplicate)
	if sum.DeadLettered != 0 {
		t.Errorf("%d records in a DLQ, want none", sum.DeadLettered)
	}
	s.checkDocuments()
	s.committed()
}

// upTo waits until the process has settled so many records, or at random until
// some moment of its start, and returns its last report.
func (s *stack) upTo(p *process, target int, random *rand.Rand) (last *messages.Report) {
	s.t.Helper()
	var moment <-chan time.Time
	if random.IntN(5) == 0 {
		moment = time.After(between(random, 0, 3*time.Second))
	}
	await(s.t, "more records to be settled", loadTime, func() bool {
		select {
		case <-moment:
			return true
		default:
		}
		r := p.report()
		if r != nil {
			last = r
		}
		return r != nil && len(r.Partitions) > 0 && settled(r) >= target
	})
	return last
}

// add adds what a process reported last; nil if it never did.
func add(sum *messages.Books, r *messages.Report) {
	if r == nil {
		return
	}
	for i := range r.Topics {
		b := &r.Topics[i].Books
		sum.Consumed += b.Consumed
		sum.InFlight += b.InFlight
		for o := range messages.Outcome(messages.Outcomes) {
			*sum.Outcome(o) += *b.Outcome(o)
		}
	}
}

// TestMatrixStackMembers has two members, of which one or the other leaves or is
// killed, and comes back, under a stream. No partition stands still for more
// than 10 s, of which a kill takes the session time-out of 6 s.
func TestMatrixStackMembers(t *testing.T) {
	seed := uint64(time.Now().UnixNano())    //nolint:gosec // any seed will do
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // has to be repeatable
	c := newChaos(t, ownServers, 2)
	c.progress.bound = 10 * time.Second
	c.producer.rate.Store(matrixRate)
	t.Logf("seed %d", seed)
	c.faults.Add(1) // time does not count until both are under way
	c.open()
	c.steady()
	c.faults.Add(-1)
	for range *changes {
		m, with := c.members[random.IntN(2)], []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[random.IntN(2)]
		away, stays := between(random, 100*time.Millisecond, 9*time.Second), between(random, 0, 4*time.Second)
		t.Logf("%7.3f s: %v of member %d, for %v", time.Since(c.start).Seconds(), with, m.number, away)
		m.signal(with)
		c.wait(time.After(away))
		m.start()
		c.steady()
		c.wait(time.After(stays))
	}
	c.finish()
}

// steady waits until all members have partitions, and are not far behind.
func (c *chaos) steady() {
	c.t.Helper()
	for start := time.Now(); !c.isSteady(); c.wait(time.After(200 * time.Millisecond)) {
		if time.Since(start) > recoveryBound {
			c.t.Fatalf("not within %v: every member at work, and no more than %d records behind", recoveryBound, matrixRate)
		}
	}
}

func (c *chaos) isSteady() bool {
	for _, m := range c.members {
		if r := m.lives[len(m.lives)-1].report(); r == nil || len(r.Partitions) == 0 {
			return false
		}
	}
	return c.bothRun() && c.progress.samples.Load() > 0 && c.progress.behind.Load() < matrixRate
}
