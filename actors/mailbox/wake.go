package mailbox

import (
	"slices"
	"time"
)

// ready says whether a free worker would be handed something now, and if not,
// when it would be if nothing else comes.
func (q *Queue) ready(now time.Duration) (ready bool, at time.Duration) {
	if !q.gate.lets(nil, now) {
		if q.gate.probe != nil || q.empty() {
			return false, never
		}
		return false, q.gate.until
	}
	if len(q.returned) > 0 || q.back.len() > 0 {
		return true, now
	}
	at = q.delays.next()
	for _, g := range q.gates {
		if g.aside.len() > 0 && g.probe == nil {
			at = min(at, g.until)
		}
	}
	for _, l := range q.lanes {
		at = min(at, l.due())
	}
	return at <= now, at
}

// wake picks an idle worker if there is work for it, and sees to the timer if
// there will be. Who is picked is to be scheduled once the lock is released.
// Where messages are coalesced, one at a time is enough: it wakes the next.
func (q *Queue) wake(now time.Duration) *Mailbox {
	if len(q.idle) == 0 || q.settings.Coalesce != nil && q.waking > 0 {
		return nil
	}
	ready, at := q.ready(now)
	if !ready {
		q.arm(at, now)
		return nil
	}
	i := q.worker()
	m := q.idle[i]
	q.idle = slices.Delete(q.idle, i, i+1)
	m.listed = false
	m.woken.Store(true)
	q.waking++
	return m
}

// arm has the queue looked at again at that time.
func (q *Queue) arm(at, now time.Duration) {
	if at >= q.alarm || q.closed {
		return
	}
	q.alarm = at
	if q.timer == nil {
		q.timer = time.AfterFunc(at-now, q.tick)
	} else {
		q.timer.Reset(at - now)
	}
}

func (q *Queue) tick() {
	now := q.now()
	q.mu.Lock()
	if now >= q.alarm {
		q.alarm = never
	}
	q.unlock(now)
}

// came says that m is here: it is no longer waited for.
func (q *Queue) came(m *Mailbox) {
	if m.woken.Load() {
		m.woken.Store(false)
		q.waking--
	}
}

// leave takes m out of the idle, and passes a wake-up on to another.
func (q *Queue) leave(m *Mailbox) {
	now := q.now()
	q.mu.Lock()
	q.came(m)
	if m.listed {
		m.listed = false
		q.idle = slices.DeleteFunc(q.idle, func(x *Mailbox) bool { return x == m })
	}
	q.unlock(now)
}

// rest lists m as idle.
func (q *Queue) rest(m *Mailbox) {
	if !m.listed {
		m.listed = true
		q.idle = append(q.idle, m)
	}
}
