package actors

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBackoffWaits(t *testing.T) {
	b := Backoff{Initial: 100 * time.Millisecond, Max: time.Second}
	for name, test := range map[string]struct {
		b        Backoff
		failures int
		most     time.Duration
	}{
		"first":            {b, 1, 100 * time.Millisecond},
		"second":           {b, 2, 200 * time.Millisecond},
		"fourth":           {b, 4, 800 * time.Millisecond},
		"capped":           {b, 5, time.Second},
		"for ever":         {b, 1 << 30, time.Second},
		"initial over max": {Backoff{Initial: time.Minute, Max: time.Second}, 1, time.Second},
		"the longest max":  {Backoff{Initial: 1, Max: 1<<63 - 1}, 64, 1<<63 - 1},
	} {
		t.Run(name, func(t *testing.T) {
			for range 100 {
				if got := test.b.Wait(test.failures); got > test.most || got < test.most/2 {
					t.Fatalf("waits %v, want the upper half of %v", got, test.most)
				}
			}
		})
	}
}

// TestBackoffStaysInBounds tries settings that nobody would choose.
func TestBackoffStaysInBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Backoff{
			Initial: time.Duration(rapid.Int64Range(1, 1<<63-1).Draw(t, "initial")),
			Max:     time.Duration(rapid.Int64Range(1, 1<<63-1).Draw(t, "max")),
		}
		got := b.Wait(rapid.IntRange(1, 200).Draw(t, "failures"))
		if got < min(b.Initial, b.Max)/2 || got > b.Max {
			t.Fatalf("%+v waits %v", b, got)
		}
	})
}
