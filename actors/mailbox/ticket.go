package mailbox

import "time"

// Ticket is the place of a message in the line before a full lane.
type Ticket struct {
	lane *Lane
	e    entry
	done chan error // of capacity 1: never blocks who answers
}

// Done tells, once, what became of the message: nil, it has left the line (it
// is stored, or was swept); ErrClosed, the receiver has terminated and the
// message is the caller's again. Nothing comes after Withdraw.
func (t *Ticket) Done() <-chan error { return t.done }

// Withdraw takes the message back: true, it is the caller's again and Done
// stays silent; false, it is too late and Done has the answer.
func (t *Ticket) Withdraw() bool {
	l := t.lane
	q := l.queue
	now := q.now()
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range l.parked.len() {
		if *l.parked.at(i) == t {
			l.unpark(i, now)
			return true
		}
	}
	return false
}

// park puts e at the end of the line.
func (l *Lane) park(e entry, now time.Duration) *Ticket {
	t := &Ticket{lane: l, e: e, done: make(chan error, 1)}
	if l.parked.len() == 0 {
		l.parkedSince = now
	}
	l.parked.push(t)
	return t
}

// unpark takes the i-th out of the line.
func (l *Lane) unpark(i int, now time.Duration) *Ticket {
	t := l.parked.remove(i)
	if l.parked.len() == 0 {
		l.parkedTime += max(now-l.parkedSince, 0)
	}
	return t
}
