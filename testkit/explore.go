package testkit

import (
	"flag"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
)

// Flags are package state: package testing offers no other way to hand a test
// something on the command line.
var (
	seedFlag      = flag.Uint64("testkit.seed", 0, "replay the schedule of this seed in tests that call testkit.Explore, and show its steps")
	schedulesFlag = flag.Int("testkit.schedules", 0, "schedules that a test which calls testkit.Explore tries; 0: as many as it asks for")
)

// bubbleSchedules is how many schedules at most share a bubble and an actor system, which
// costs more than most schedules do.
const bubbleSchedules = 500

// Explore runs test again and again, each time with another seed from 1 on, which
// decides who goes next wherever several could: see [Exploration]. It fails t with
// the lowest seed that failed, and the steps that led there. A seed means the same
// schedule each time, whatever ran before it:
//
//	go test -run '^TestOfYours$' -testkit.seed=4711
//
// replays that one; with -testkit.schedules=N too it is the first of N. That flag
// alone replaces the number of schedules.
//
// Schedules run on all cores, many in a synctest bubble, one at a time in each. The
// test must not use t inside, but its Exploration.
func Explore(t *testing.T, schedules int, test func(x *Exploration)) {
	t.Helper()
	first, n := uint64(1), schedules
	switch {
	case *schedulesFlag > 0:
		n = *schedulesFlag
	case *seedFlag > 0:
		n = 1
	}
	if *seedFlag > 0 {
		first = *seedFlag
	}
	seeds := make([]uint64, max(n, 0))
	for i := range seeds {
		seeds[i] = first + uint64(i) //nolint:gosec // not negative
	}
	Replay(t, test, seeds...)
}

// Replay is [Explore] with these seeds, in this order, whatever the flags say.
func Replay(t *testing.T, test func(x *Exploration), seeds ...uint64) {
	t.Helper()
	failed := explore(t, seeds, test)
	switch {
	case failed != nil:
		t.Errorf("%v\nreplay it: go test -run '^%s$' -testkit.seed=%d", failed, t.Name(), failed.seed)
	case len(seeds) == 1:
		t.Logf("the schedule of seed %d passed", seeds[0])
	default:
		t.Logf("%d schedules passed", len(seeds))
	}
}

// search is the work of one Explore.
type search struct {
	test  func(x *Exploration)
	seeds []uint64
	share int // seeds of a bubble

	mu       sync.Mutex // guards all below
	next     int        // of the seeds
	failed   *schedule
	failedAt int // of the seeds; len(seeds): none has failed
}

// explore returns the first schedule that failed in the order of the seeds, nil if
// none did.
func explore(t *testing.T, seeds []uint64, test func(x *Exploration)) *schedule {
	t.Helper()
	cores := runtime.GOMAXPROCS(0)
	s := &search{test: test, seeds: seeds, share: min((len(seeds)+cores-1)/cores, bubbleSchedules), failedAt: len(seeds)}
	var workers sync.WaitGroup
	for range cores {
		workers.Go(func() { s.work(t) })
	}
	workers.Wait()
	return s.failed
}

// work runs bubbles until no seed is left.
func (s *search) work(t *testing.T) {
	t.Helper()
	for from, to := s.take(); from < to; from, to = s.take() {
		s.bubble(t, from, to)
	}
}

// take is the seeds of the next bubble; none once an earlier one has failed.
func (s *search) take() (from, to int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from = min(s.next, s.failedAt)
	s.next = min(from+s.share, s.failedAt)
	return from, s.next
}

// bubble runs schedules until one fails, or an earlier one has.
func (s *search) bubble(t *testing.T, from, to int) {
	t.Helper()
	i := from
	defer func() {
		if r := recover(); r != nil { // of synctest: goroutines that nobody can wake
			s.fail(i, &schedule{seed: s.seeds[i], reason: fmt.Sprintf("goroutines were left behind: %v", r)})
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		system := newSystemForExploring()
		defer system.Shutdown()
		for ; i < to && s.wanted(i); i++ {
			switch made := newExploration(t, system, s.seeds[i]).run(s.test); {
			case made.reason != "":
				s.fail(i, made)
				return
			case made.whole:
				t.Log(made)
			}
		}
		i = from
	})
}

// wanted says whether no seed before this one has failed.
func (s *search) wanted(i int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return i < s.failedAt
}

func (s *search) fail(i int, f *schedule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < s.failedAt {
		s.failedAt, s.failed = i, f
	}
}
