//go:build unix

package testkit_test

import (
	"runtime"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/testkit"
)

// TestExploreIsFast wants 2,000 schedules of three actors from a second of one
// core, with the race detector too. It counts CPU time, in which others on the
// machine have no part, and of three rounds the best: they share its caches.
func TestExploreIsFast(t *testing.T) {
	const schedules, want = 700, 2000
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	best := 0.0
	for range 3 {
		began := cpuTime(t)
		testkit.Replay(t, func(x *testkit.Exploration) { deposited(x) }, seeds(schedules)...)
		best = max(best, schedules/(cpuTime(t)-began).Seconds())
	}
	t.Logf("%.0f schedules a second", best)
	if best < want {
		t.Errorf("%.0f schedules a second, want %d", best, want)
	}
}

// TestTenVirtualMinutesTakeNoTime counts as TestExploreIsFast does.
func TestTenVirtualMinutesTakeNoTime(t *testing.T) {
	const want = 100 * time.Millisecond
	least := time.Hour
	for range 5 {
		began := cpuTime(t)
		synctest.Test(t, tenMinutes)
		least = min(least, cpuTime(t)-began)
	}
	t.Logf("10 virtual minutes took %v", least)
	if least > want {
		t.Errorf("10 virtual minutes took %v, want %v at most", least, want)
	}
}

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
