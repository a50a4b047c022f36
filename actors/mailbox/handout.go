package mailbox

import "time"

// source is a place where messages wait in order. pop is called after head only.
type source interface {
	head(now time.Duration) *entry // nil: none may be taken now
	pop() entry
}

// take hands m, a worker, its next unit; nil: m is listed as idle.
func (q *Queue) take(m *Mailbox) *Unit {
	now := q.now()
	q.mu.Lock()
	defer q.unlock(now) // what is left may be for another
	q.came(m)
	for !q.closed {
		if ready, _ := q.ready(now); !ready {
			break
		}
		if u := q.collect(now); u != nil {
			q.handOut(u, m, now)
			return u
		}
	}
	q.rest(m)
	return nil
}

// takeOne hands m, an actor of its own, its next message; false: m is listed as
// idle.
func (q *Queue) takeOne(m *Mailbox) (any, bool) {
	now := q.now()
	q.mu.Lock()
	q.came(m)
	q.single = hand{}
	for i := range q.lanes {
		l := q.lanes[(q.turn+i)%len(q.lanes)]
		if l.head(now) == nil {
			continue
		}
		e := l.pop()
		l.refill(now)
		q.turn = (q.turn + i + 1) % len(q.lanes)
		q.single = hand{msg: e.msg, since: now, weight: e.weight}
		q.handedOut++
		q.unlock(now)
		return e.msg, true
	}
	q.rest(m)
	q.mu.Unlock()
	return nil, false
}

// handOut puts u into the hands of m.
func (q *Queue) handOut(u *Unit, m *Mailbox, now time.Duration) {
	if q.gate.shut {
		q.gate.probe, u.probe = u, true
	}
	u.worker, u.since = m.self, now
	u.waited.Store(0)
	q.handedOut++
	q.accountBusy(now)
	q.hands = append(q.hands, u)
}

// collect makes the next unit of what may be handed out: what is back at the
// head, then what is due after a delay or at a gate, then the lanes in turn.
// nil: all there was has been set aside.
func (q *Queue) collect(now time.Duration) *Unit {
	if len(q.returned) > 0 {
		return q.resume(now)
	}
	u := &Unit{queue: q}
	q.fill(u, &q.back, now)
	if q.back.len() > 0 {
		return u // full: nothing overtakes what is back at the head
	}
	q.fill(u, &q.delays, now)
	for _, g := range q.gates {
		for e := g.aside.head(now); e != nil && u.fits(e) && g.join(u, now); e = g.aside.head(now) {
			u.add(g.aside.pop())
		}
	}
	q.fillFromLanes(u, now)
	if len(u.messages) == 0 {
		return nil
	}
	return u
}

// fillFromLanes begins with another lane each time.
func (q *Queue) fillFromLanes(u *Unit, now time.Duration) {
	first := -1
	for i := range q.lanes {
		l := q.lanes[(q.turn+i)%len(q.lanes)]
		n := len(u.messages)
		q.fill(u, l, now)
		l.refill(now)
		if first < 0 && len(u.messages) > n {
			first = (q.turn + i + 1) % len(q.lanes)
		}
	}
	if first >= 0 {
		q.turn = first
	}
}

// fill adds what fits from s to u, and sets aside what waits for a closed gate.
func (q *Queue) fill(u *Unit, s source, now time.Duration) {
	for e := s.head(now); e != nil && u.fits(e); e = s.head(now) {
		if g := q.gateOf(e.msg); g != nil && !g.join(u, now) {
			g.aside.push(s.pop())
			continue
		}
		u.add(s.pop())
	}
}

// resume is the next unit that a worker left behind, without what waits for a
// closed gate.
func (q *Queue) resume(now time.Duration) *Unit {
	u := q.returned[0]
	q.returned = q.returned[1:]
	msgs := u.messages
	u.messages, u.size, u.weight = nil, 0, 0
	for _, msg := range msgs {
		if g := q.gateOf(msg); g != nil && !g.join(u, now) {
			g.aside.push(newEntry(msg))
			continue
		}
		u.add(newEntry(msg))
	}
	if len(u.messages) == 0 {
		return nil
	}
	return u
}
