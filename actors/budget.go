package actors

import "sync"

// Budget bounds the bytes of one topic's records in flight. Claims are served
// first come, first served; what is larger than the whole budget is let in when
// nothing else is in flight.
type Budget struct {
	mu      sync.Mutex // guards all below
	limit   int64
	used    int64
	waiting []*Grant
}

// Grant is a wait for budget. Ready is closed when it is given.
type Grant struct {
	Ready chan struct{}
	bytes int64
}

// NewBudget returns a budget of that many bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Limit is the whole budget, in bytes.
func (b *Budget) Limit() int64 { return b.limit }

// Take takes bytes and returns nil, or waits for them in line: then its Grant
// tells when they are given.
func (b *Budget) Take(bytes int64) *Grant {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 && b.fits(bytes) {
		b.used += bytes
		return nil
	}
	g := &Grant{Ready: make(chan struct{}), bytes: bytes}
	b.waiting = append(b.waiting, g)
	return g
}

// Give gives bytes back, and serves those who wait.
func (b *Budget) Give(bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= bytes
	b.serve()
}

// Cancel ends a wait. What was given meanwhile is given back.
func (b *Budget) Cancel(g *Grant) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, w := range b.waiting {
		if w == g {
			b.waiting = append(b.waiting[:i], b.waiting[i+1:]...)
			b.serve()
			return
		}
	}
	b.used -= g.bytes
	b.serve()
}

// Stats are the bytes in use and the claims that wait.
func (b *Budget) Stats() (used int64, waiting int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used, len(b.waiting)
}

func (b *Budget) fits(bytes int64) bool { return b.used+bytes <= b.limit || b.used == 0 }

func (b *Budget) serve() {
	for len(b.waiting) > 0 && b.fits(b.waiting[0].bytes) {
		g := b.waiting[0]
		b.waiting = b.waiting[1:]
		b.used += g.bytes
		close(g.Ready)
	}
}
