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

// A search that has found a failure goes on for a shorter one: at least so many more
// seeds, and more if it took more to find the first, until so many have failed.
const (
	shrinkSeeds    = 100
	shrinkFailures = 8
)

// bubbleSchedules is how many schedules at most share a bubble and an actor system, which
// costs more than most schedules do.
const bubbleSchedules = 500

// Explore runs test again and again, each time with another seed from 1 on, which
// decides who goes next wherever several could: see [Exploration]. The first seed
// that fails ends it, unless a few more tries show another that fails in fewer steps;
// t fails with that one, and the steps that led there. A seed means the same schedule
// each time, whatever ran before it:
//
//	go test -run '^TestOfYours$' -testkit.seed=4711
//
// replays that one; with -testkit.schedules=N too it is the first of N. That flag
// alone replaces the number of schedules.
//
// An actor that panics, a dead letter and an [UnhandledEvent] do not fail a schedule by
// themselves; a replay shows each as a line. A test for which they are failures says so:
//
//	events := x.System().EventStream
//	failing := events.Subscribe(func(event any) {
//		switch event.(type) {
//		case *actor.SupervisorEvent, *actor.DeadLetterEvent, testkit.UnhandledEvent:
//			x.Errorf("%T: %v", event, event)
//		}
//	})
//	defer events.Unsubscribe(failing) // other schedules use the system too
//
// protoactor-go's own supervision publishes the first of these. The dead letters are
// those of the actor system, too.
//
// A schedule that failed is run once more: t says if it did not fail again, because
// something is not decided by the seed.
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
	failed := explore(t, seedsFrom(first, n), test)
	if failed != nil && n > 1 {
		failed = shortest(t, failed, failed.seed-first, test)
	}
	reportSchedules(t, n, failed, test)
}

// Replay runs test with these seeds, in this order, whatever the flags say, and
// fails t with the first that fails.
func Replay(t *testing.T, test func(x *Exploration), seeds ...uint64) {
	t.Helper()
	reportSchedules(t, len(seeds), explore(t, seeds, test), test)
}

func reportSchedules(t *testing.T, n int, failed *schedule, test func(x *Exploration)) {
	t.Helper()
	if failed == nil {
		t.Logf("schedules that passed: %d", n)
		return
	}
	t.Errorf("%s", verdict(t, failed, test))
}

// verdict is what the test says of the schedule that failed.
func verdict(t *testing.T, failed *schedule, test func(x *Exploration)) string {
	t.Helper()
	said := fmt.Sprintf("%v\nreplay it: go test -run '^%s$' -testkit.seed=%d", failed, t.Name(), failed.seed)
	if explore(t, []uint64{failed.seed}, test) == nil {
		said += "\nit did not fail again: something is not decided by the seed (a select, a range over a map, a goroutine)"
	}
	return said
}

// shortest is of first and some that fail after it the one with the fewest steps.
func shortest(t *testing.T, first *schedule, tried uint64, test func(x *Exploration)) *schedule {
	t.Helper()
	best, from := first, first.seed+1
	end := from + max(tried, shrinkSeeds)
	for range shrinkFailures {
		f := explore(t, seedsFrom(from, int(end-from)), test) //nolint:gosec // not many
		if f == nil {
			break
		}
		from = f.seed + 1
		if len(f.steps) < len(best.steps) {
			best = f
		}
	}
	return best
}

// seedsFrom is n seeds from first on.
func seedsFrom(first uint64, n int) []uint64 {
	seeds := make([]uint64, max(n, 0))
	for i := range seeds {
		seeds[i] = first + uint64(i) //nolint:gosec // not negative
	}
	return seeds
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
