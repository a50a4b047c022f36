package actors

import "time"

// patience is how long a claim that waits leaves its records on the broker's
// side. Waits are short while all goes well, and to stop the fetching costs up to
// 100 ms until it goes on. One that is longer must not hold up the partitions that
// share the fetch: then the claim reads on, and has its fetching stopped.
type patience struct {
	bound time.Duration
	timer *time.Timer // nil: it has not waited yet
	waits bool
	lasts bool // the wait is shorter than bound so far
}

// look notes whether the claim waits. Waits that follow each other without a gap
// are one.
func (p *patience) look(waits bool) {
	if waits == p.waits {
		return
	}
	p.waits, p.lasts = waits, waits && p.bound > 0
	switch {
	case !p.lasts && p.timer != nil:
		p.timer.Stop()
	case p.lasts && p.timer != nil:
		p.timer.Reset(p.bound)
	case p.lasts:
		p.timer = time.NewTimer(p.bound)
	}
}

// ends is the channel that tells when it ends, nil if it does not last.
func (p *patience) ends() <-chan time.Time {
	if !p.lasts {
		return nil
	}
	return p.timer.C
}

// ended notes that it has ended.
func (p *patience) ended() { p.lasts = false }
