package actors

import (
	"math/rand/v2"
	"time"
)

// Backoff is a capped exponential back-off with jitter.
type Backoff struct {
	Initial, Max time.Duration
	Draw         func(n int64) int64 // of the jitter: a number from 0 to below n; nil: at random
}

// Wait is drawn from the upper half of Initial x 2^(failures-1), at most Max.
// failures counts from 1.
func (b Backoff) Wait(failures int) time.Duration {
	d := b.Initial
	for i := 1; i < failures && d < b.Max; i++ {
		d += min(d, b.Max-d) // doubled, without passing Max
	}
	d = min(d, b.Max)
	draw := b.Draw
	if draw == nil {
		draw = rand.Int64N
	}
	return d - time.Duration(draw(int64(d)/2+1))
}
