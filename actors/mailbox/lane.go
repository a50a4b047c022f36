package mailbox

import (
	"context"
	"time"
)

// Lane is one bounded stream of messages into a queue. Its methods may be
// called from any goroutine.
type Lane struct {
	name     string
	capacity int // weight
	queue    *Queue

	// guarded by queue.mu
	items       ring[entry]
	parked      ring[*Ticket]
	depth       int           // weight
	high        int           // highest depth since ResetHighWater
	in, out     int64         // weight, since the start
	parkedSince time.Duration // when the first of the line came
	parkedTime  time.Duration // without the current stretch
	depthTime   float64       // weight x seconds, up to depthSince
	depthSince  time.Duration
}

// Name is the lane's.
func (l *Lane) Name() string { return l.name }

// Post stores msg, and parks the caller behind those already parked while the
// lane is full. The error is ErrClosed if the receiver has terminated or
// drains, or the cause of the context of the run; then msg has become a dead
// letter (of the actor that was spawned on the queue last; without any, the
// error is all there is). An actor must not Post to itself or, round a circle of bounded
// lanes, wait for itself.
func (l *Lane) Post(msg any) error {
	t, err := l.Offer(msg)
	if t != nil {
		err = l.queue.await(t)
	}
	if err != nil {
		l.queue.bury(msg)
	}
	return err
}

// Offer is Post for a caller that must not block: it stores msg and returns no
// ticket, or parks it and returns its ticket. After ErrClosed msg is still the
// caller's.
func (l *Lane) Offer(msg any) (*Ticket, error) {
	e := newEntry(msg)
	q := l.queue
	now := q.now()
	q.mu.Lock()
	if q.closing {
		q.mu.Unlock()
		return nil, ErrClosed
	}
	if l.parked.len() > 0 || l.depth >= l.capacity {
		t := l.park(e, now)
		q.mu.Unlock()
		return t, nil
	}
	l.admit(e, now)
	q.unlock(now)
	return nil, nil
}

// await waits until the ticket is answered or the run is over.
func (q *Queue) await(t *Ticket) error {
	resume := q.parked(t.lane)
	select {
	case err := <-t.done:
		resume()
		return err
	case <-q.settings.Context.Done():
		resume()
	}
	if !t.Withdraw() {
		return <-t.done
	}
	return context.Cause(q.settings.Context)
}

// admit stores e; there is room.
func (l *Lane) admit(e entry, now time.Duration) {
	l.account(now)
	e.at = now
	l.items.push(e)
	l.depth += e.weight
	l.high = max(l.high, l.depth)
	l.in += int64(e.weight)
	l.queue.bytes += e.size
}

// refill admits parked senders while there is room.
func (l *Lane) refill(now time.Duration) {
	for l.parked.len() > 0 && l.depth < l.capacity {
		t := l.unpark(l.queue.sender(l), now)
		l.admit(t.e, now)
		t.done <- nil
	}
}

// head is the first message that waits.
func (l *Lane) head(now time.Duration) *entry {
	if l.items.len() == 0 {
		return nil
	}
	l.account(now) // a pop may follow
	return l.items.at(0)
}

// pop takes the first message, after head.
func (l *Lane) pop() entry {
	e := l.items.pop()
	l.left(e)
	return e
}

// left keeps the books for a message that is no longer in the lane.
func (l *Lane) left(e entry) {
	l.depth -= e.weight
	l.out += int64(e.weight)
	l.queue.bytes -= e.size
}

// due is when what waits is to be handed out: now or before, with or without
// company.
func (l *Lane) due() time.Duration {
	if l.items.len() == 0 {
		return never
	}
	q := l.queue
	c := q.settings.Coalesce
	if c == nil || q.flush || q.closing || q.bytes >= c.MinBytes || l.depth >= l.capacity {
		return 0
	}
	return l.items.at(0).at + c.MaxAge
}

// account brings depthTime up to now, before depth changes.
func (l *Lane) account(now time.Duration) {
	if now > l.depthSince {
		l.depthTime += float64(l.depth) * (now - l.depthSince).Seconds()
		l.depthSince = now
	}
}

// sweep takes out what matches, of the line too, and fills the room.
func (l *Lane) sweep(match func(any) bool, now time.Duration) (out []any) {
	l.account(now)
	for _, e := range l.items.extract(func(e entry) bool { return match(inner(e.msg)) }) {
		l.left(e)
		out = append(out, inner(e.msg))
	}
	for i := 0; i < l.parked.len(); {
		if t := *l.parked.at(i); match(inner(t.e.msg)) {
			l.unpark(i, now).done <- nil
			out = append(out, inner(t.e.msg))
		} else {
			i++
		}
	}
	l.refill(now)
	return out
}
