package testkit

import "testing"

// FirstFailure is what Explore says of the first schedule that fails, and its
// seed; nothing if none does.
func FirstFailure(t *testing.T, test func(x *Exploration), seeds ...uint64) (report string, seed uint64) {
	t.Helper()
	if f := explore(t, seeds, test); f != nil {
		return f.String(), f.seed
	}
	return "", 0
}

// Replayed is FirstFailure of one seed as -testkit.seed shows it.
func Replayed(t *testing.T, test func(x *Exploration), seed uint64) string {
	t.Helper()
	before := *seedFlag
	*seedFlag = seed
	defer func() { *seedFlag = before }()
	report, _ := FirstFailure(t, test, seed)
	return report
}

// Verdict is all that Explore says of the first schedule that fails.
func Verdict(t *testing.T, test func(x *Exploration), seeds ...uint64) string {
	t.Helper()
	return verdict(t, explore(t, seeds, test), test)
}

// ShortestFailure is FirstFailure, and what Explore says instead of it once it has
// looked for a shorter one.
func ShortestFailure(t *testing.T, test func(x *Exploration), seeds ...uint64) (first, shortened int, seed uint64) {
	t.Helper()
	f := explore(t, seeds, test)
	if f == nil {
		return 0, 0, 0
	}
	best := shortest(t, f, f.seed-seeds[0], test)
	return len(f.steps), len(best.steps), best.seed
}
