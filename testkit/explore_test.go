package testkit_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// read asks an account for its balance, write replaces it.
type (
	read    struct{}
	balance struct{ n int }
	write   struct{ n int }
	deposit struct{}
)

// accountProps keep a balance, which they hand to seen with each write.
func accountProps(seen func(n int)) *actor.Props {
	n := 0
	return actor.PropsFromFunc(func(c actor.Context) {
		switch m := c.Message().(type) {
		case *read:
			c.Respond(&balance{n})
		case *write:
			n = m.n
			seen(n)
		}
	})
}

// clerkProps add one to a balance that may have changed by then.
func clerkProps(account *actor.PID) *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		switch m := c.Message().(type) {
		case *deposit:
			c.Request(account, &read{})
		case *balance:
			c.Send(account, &write{m.n + 1})
		}
	})
}

// deposits has two clerks make a deposit each.
func deposits(x *testkit.Exploration) {
	if n := deposited(x); n != 2 {
		x.Errorf("the balance is %d after 2 deposits", n)
	}
}

// deposited is the balance after two clerks made a deposit each.
func deposited(x *testkit.Exploration) (last int) {
	account := x.Spawn("account", accountProps(func(n int) { last = n }))
	for i := range 2 {
		clerk := x.Spawn(fmt.Sprint("clerk-", i), clerkProps(account))
		x.System().Root.Send(clerk, &deposit{})
	}
	x.Rest("done")
	return last
}

// meals has two philosophers take their forks in opposite order.
func meals(x *testkit.Exploration) {
	forks := []chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)}
	take := func(i int) (taken bool) {
		select {
		case forks[i] <- struct{}{}:
			return true
		case <-x.Context().Done():
			return false
		}
	}
	eat := func(first, second int) *actor.Props {
		return actor.PropsFromFunc(func(c actor.Context) {
			if _, ok := c.Message().(*deposit); ok {
				if take(first) {
					x.Step(c.Self().Id + " reaches for the other fork")
					if take(second) {
						<-forks[second]
					}
					<-forks[first]
				}
			}
		})
	}
	root := x.System().Root
	hungry := 2
	for i, p := range []*actor.Props{eat(0, 1), eat(1, 0)} {
		pid := x.Spawn(fmt.Sprint("philosopher-", i), p)
		root.Send(pid, &deposit{})
		x.Go(fmt.Sprint("guest ", i), func() {
			x.Until(fmt.Sprint("meal ", i), func() bool { return len(forks[0]) == 0 && len(forks[1]) == 0 })
			hungry--
		})
	}
	x.Until("paid", func() bool { return hungry == 0 })
}

// TestExploreFindsPlantedBugs wants each within 1,000 schedules, and the seed to
// say the same again.
func TestExploreFindsPlantedBugs(t *testing.T) {
	for name, bug := range map[string]struct {
		test func(x *testkit.Exploration)
		want string
	}{
		"lost update": {deposits, "the balance is 1 after 2 deposits"},
		"deadlock":    {meals, "nobody can go on"},
	} {
		t.Run(name, func(t *testing.T) {
			report, seed := testkit.FirstFailure(t, bug.test, seeds(1000)...)
			if !strings.Contains(report, bug.want) {
				t.Fatalf("1,000 schedules: %q, want %q", report, bug.want)
			}
			t.Logf("found in schedule %d:\n%s", seed, report)
			for range 3 {
				again, _ := testkit.FirstFailure(t, bug.test, seed)
				if steps(again) != steps(report) {
					t.Errorf("the replay says:\n%s\nwant:\n%s", again, report)
				}
			}
		})
	}
}

// steps is a report without the stacks.
func steps(report string) string {
	before, _, _ := strings.Cut(report, "goroutines:")
	return before
}

// seeds are those from 1 to n.
func seeds(n int) (all []uint64) {
	for i := range n {
		all = append(all, uint64(i+1))
	}
	return all
}

// TestExploreRepeatsSchedules runs thousands of seeds forwards and backwards, and
// wants the same steps at the same times.
func TestExploreRepeatsSchedules(t *testing.T) {
	var mu sync.Mutex
	traces := map[uint64][]testkit.Step{}
	different := map[string]bool{}
	once := func(x *testkit.Exploration) {
		busyDay(x)
		mu.Lock()
		defer mu.Unlock()
		trace := x.Trace()
		if before, again := traces[x.Seed()]; again && !slices.Equal(before, trace) {
			x.Errorf("seed %d is another schedule the second time:\n%v\nwas:\n%v", x.Seed(), trace, before)
		}
		traces[x.Seed()] = trace
		different[fmt.Sprint(trace)] = true
	}
	all := seeds(2000)
	testkit.Replay(t, once, all...)
	slices.Reverse(all)
	testkit.Replay(t, once, all...)
	if len(different) < 1500 {
		t.Errorf("2,000 seeds are %d schedules, want most of them to differ", len(different))
	}
}

// TestExploreLooksForAShorterSchedule has a lost update in days of any length.
func TestExploreLooksForAShorterSchedule(t *testing.T) {
	day := func(x *testkit.Exploration) {
		for i := range x.IntN(40) {
			x.Step(fmt.Sprint("customer ", i))
		}
		deposits(x)
	}
	first, shortened, seed := testkit.ShortestFailure(t, day, seeds(1000)...)
	if first == 0 || shortened >= first {
		t.Errorf("%d steps, shortened from %d", shortened, first)
	}
	if report, _ := testkit.FirstFailure(t, day, seed); !strings.Contains(report, fmt.Sprintf("failed after %d steps: the balance", shortened)) {
		t.Errorf("the replay says %s, want it to fail after %d steps", report, shortened)
	}
	t.Logf("%d steps, shortened to %d", first, shortened)
}

// TestExploreGoesOnAfterAFailure, but not with a single seed, as in a replay.
func TestExploreGoesOnAfterAFailure(t *testing.T) {
	var last atomic.Uint64
	failing := new(testing.T)
	testkit.Explore(failing, 1, func(x *testkit.Exploration) { last.Store(x.Seed()); x.Errorf("one") })
	if !failing.Failed() || last.Load() != 1 {
		t.Errorf("failed: %t, tried last: %d; want the one schedule only", failing.Failed(), last.Load())
	}
	var few atomic.Uint64 // seeds from 2 to 20
	testkit.Explore(failing, 1000, func(x *testkit.Exploration) {
		if 1 < x.Seed() && x.Seed() <= 20 {
			few.Add(1)
		}
		x.Errorf("all")
	})
	if few.Load() < 8 {
		t.Errorf("%d schedules after that of the first seed, want 8 that fail", few.Load())
	}
}

// busyDay has everything in it that the seed decides.
func busyDay(x *testkit.Exploration) {
	root, done := x.System().Root, 0
	account := x.Spawn("account", accountProps(func(int) { done++ }))
	for i := range 3 {
		x.Go(fmt.Sprint("customer ", i), func() {
			clerk := x.Spawn(fmt.Sprint("clerk-", i), clerkProps(account))
			for range 1 + x.IntN(3) {
				<-time.After(time.Duration(1+x.IntN(3)) * time.Millisecond)
				x.Step(fmt.Sprint("customer ", i, " comes"))
				root.Send(clerk, &deposit{})
				x.After(fmt.Sprint("customer ", i, " looks"), x.IntN(20))
			}
		})
	}
	x.Until("closing time", func() bool { return done >= 3 })
	x.Rest("night")
}

// TestExploreReports what went wrong beside the test's own errors.
func TestExploreReports(t *testing.T) {
	for name, bad := range map[string]struct {
		test func(x *testkit.Exploration)
		want string
	}{
		"a panic": {func(x *testkit.Exploration) {
			x.Go("other", func() { panic("oh") })
		}, "other: panic: oh"},
		"a circle": {func(x *testkit.Exploration) {
			for {
				x.Until("round", func() bool { return true })
			}
		}, "goes on for ever"},
		"a name in use": {func(x *testkit.Exploration) {
			for range 2 {
				x.Spawn("twin", accountProps(func(int) {}))
			}
		}, `spawn actor "twin": spawn: name exists`},
		"an actor that does not stop": {func(x *testkit.Exploration) {
			stuck := make(chan struct{})
			time.AfterFunc(2*time.Hour, func() { close(stuck) })
			x.System().Root.Send(x.Spawn("stayer", actor.PropsFromFunc(func(c actor.Context) {
				if _, ok := c.Message().(string); ok {
					<-stuck
				}
			})), "stay")
			x.Rest("stuck")
		}, "did not stop"},
	} {
		t.Run(name, func(t *testing.T) {
			if report, _ := testkit.FirstFailure(t, bad.test, 1); !strings.Contains(report, bad.want) {
				t.Errorf("said %q, want %q", report, bad.want)
			}
		})
	}
}
