package testkit

import (
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
)

// Allocated is what one run of f allocates in the mean, in all goroutines: so many
// objects, and their bytes. f has run a few times before, so that memory that is
// used again is there, and the collector, which would take it away, is off.
//
// Nothing else may run meanwhile: the test is not parallel. The race detector
// allocates for itself, and has pools forget what they hold: with it the test is
// skipped.
func Allocated(t testing.TB, runs int, f func()) (objects, bytes uint64) {
	t.Helper()
	if raceDetector(t) {
		t.Skip("the race detector allocates for itself: run this test without it")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // a pool has memory for each processor
	runtime.GC()                                    // what it does last, it does now
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for range 10 {
		f()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.Mallocs - before.Mallocs) / uint64(runs), (after.TotalAlloc - before.TotalAlloc) / uint64(runs) //nolint:gosec // a positive number
}

// raceDetector says whether this binary has it.
func raceDetector(t testing.TB) bool {
	t.Helper()
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the binary has no build information")
	}
	return slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
