package elastic

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestDecimalsAreDecimal writes one number after the other, near and far.
func TestDecimalsAreDecimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d decimals
		n := int64(0)
		for range rapid.IntRange(1, 20).Draw(t, "numbers") {
			n = rapid.OneOf(
				rapid.Int64(), rapid.Int64Range(-2000, 5000), rapid.Map(rapid.Int64Range(-3, 3), func(step int64) int64 { return n + step }),
			).Draw(t, "n")
			if got, want := string(d.append([]byte("x"), n)), "x"+strconv.FormatInt(n, 10); got != want {
				t.Fatalf("%d is written as %s", n, got)
			}
		}
	})
}
