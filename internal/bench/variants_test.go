package main

import (
	"context"
	"testing"
	"time"
)

// TestMeasuredCountsToTheEnd has a variant that hears of its end before who counts
// does. It uses next to nothing, which may come out as a little less.
func TestMeasuredCountsToTheEnd(t *testing.T) {
	first := func(_ context.Context, j *job) error {
		j.used()
		return nil
	}
	u, err := measured(t.Context(), first, &job{})
	if err != nil || u.CPU < -time.Millisecond || int64(u.Mallocs) < -100 { //nolint:gosec // below zero it is huge
		t.Errorf("measured %+v, %v", u, err)
	}
}
