package mailbox

// drain lets nothing in any more; what is there, parked senders included, is
// handed out, without a wait for company. Then the owner is given pill.
func (q *Queue) drain(pill any) {
	now := q.now()
	q.mu.Lock()
	if q.closing {
		q.mu.Unlock()
		return
	}
	q.closing, q.pill = true, pill
	q.unlock(now)
}

// drained is the pill, once, when nothing waits and no worker holds a unit.
func (q *Queue) drained() any {
	if q.pill == nil || len(q.hands) > 0 || !q.empty() {
		return nil
	}
	pill := q.pill
	q.pill = nil
	return pill
}

// empty says whether nothing waits.
func (q *Queue) empty() bool {
	for _, l := range q.lanes {
		if l.items.len() > 0 {
			return false
		}
	}
	for _, g := range q.gates {
		if g.aside.len() > 0 {
			return false
		}
	}
	return len(q.returned) == 0 && q.back.len() == 0 && len(q.delays.waiting) == 0
}

// abort ends the queue: parked senders get ErrClosed, and what waits is
// returned.
func (q *Queue) abort() (rest []any) {
	now := q.now()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closing, q.closed, q.pill = true, true, nil
	q.single, q.attended = hand{}, hand{}
	if q.timer != nil {
		q.timer.Stop()
	}
	if q.left.msg != nil {
		rest = append(rest, q.left.msg)
		q.left = leftover{}
	}
	for _, u := range q.returned {
		rest = append(rest, u.messages...)
	}
	q.returned = nil
	rest = append(rest, q.back.drain()...)
	rest = append(rest, q.delays.extract(func(any) bool { return true })...)
	for _, g := range q.gates {
		rest = append(rest, g.aside.drain()...)
	}
	for _, l := range q.lanes {
		for l.head(now) != nil {
			rest = append(rest, l.pop().msg)
		}
		for l.parked.len() > 0 {
			l.unpark(0, now).done <- ErrClosed
		}
	}
	return rest
}
