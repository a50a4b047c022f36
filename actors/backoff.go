package actors

import (
	"math/rand/v2"
	"time"
)

// Backoff is a capped exponential back-off with jitter.
type Backoff struct {
	Initial, Max time.Duration
}

// Wait is drawn from the upper half of Initial x 2^(failures-1), at most Max.
// failures counts from 1.
func (b Backoff) Wait(failures int) time.Duration {
	d := b.Initial
	for i := 1; i < failures && d < b.Max; i++ {
		d += min(d, b.Max-d) // doubled, without passing Max
	}
	d = min(d, b.Max)
	return d - time.Duration(rand.Int64N(int64(d)/2+1)) //nolint:gosec // jitter, no secret
}
