package testkit

import (
	"slices"
	"sync"
	"time"
)

// queue is an unbounded queue: actors put, and one goroutine of the test takes.
type queue[E any] struct {
	more chan struct{} // holds a token once something new has come

	mu    sync.Mutex // guards items
	items []E
}

// newQueue makes the channel here, so that a queue made in a synctest bubble
// belongs to that bubble.
func newQueue[E any]() *queue[E] {
	return &queue[E]{more: make(chan struct{}, 1)}
}

// put never blocks.
func (q *queue[E]) put(e E) {
	q.mu.Lock()
	q.items = append(q.items, e)
	q.mu.Unlock()
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// takeNow removes the oldest element that match accepts.
func (q *queue[E]) takeNow(match func(E) bool) (e E, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.IndexFunc(q.items, match)
	if i < 0 {
		return e, false
	}
	e = q.items[i]
	q.items = slices.Delete(q.items, i, i+1)
	return e, true
}

// take is takeNow, but waits until the deadline for such an element to come.
func (q *queue[E]) take(match func(E) bool, deadline time.Time) (e E, ok bool) {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	for {
		if e, ok := q.takeNow(match); ok {
			return e, true
		}
		select {
		case <-q.more:
		case <-timer.C:
			return q.takeNow(match)
		}
	}
}

// unread copies what nobody has taken yet, oldest first.
func (q *queue[E]) unread() []E {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.items)
}

// first accepts whatever is next.
func first[E any](E) bool { return true }
