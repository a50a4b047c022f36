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
