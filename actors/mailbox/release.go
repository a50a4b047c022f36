package mailbox

import (
	"slices"
	"time"
)

// release applies what was decided about u, which its worker is through with.
// Called by the worker's goroutine.
func (q *Queue) release(u *Unit) {
	now := q.now()
	q.mu.Lock()
	q.putDown(u, now)
	gone := u.sweep()
	var dead []any
	if q.closed {
		dead = u.decisions.givenBack()
	} else {
		q.apply(u, now)
	}
	q.leaveGates(u)
	q.openUnwanted()
	q.unlock(now)
	gone.out()
	for _, msg := range dead {
		q.bury(msg)
	}
	callbacks := u.decisions.callbacks
	u.decisions = decisions{}
	for _, f := range callbacks {
		f()
	}
}

func (q *Queue) apply(u *Unit, now time.Duration) {
	d := &u.decisions
	if d.succeeded {
		q.gate.succeed(u)
	}
	for _, key := range d.succeededKeys {
		q.succeedKey(u, key)
	}
	if d.held {
		q.gate.hold(u, now, q.settings.Backoff)
		q.back.unshift(d.rest)
	}
	for _, h := range d.heldKeys {
		q.holdKey(u, h, now)
	}
	for _, x := range d.delayed {
		q.delays.add(x.entry, x.due)
	}
}

// giveBack returns a unit whose worker has ended with it in its hands.
func (q *Queue) giveBack(u *Unit, reason any) {
	now := q.now()
	u.again(reason)
	u.decisions.rest = u.messages
	q.mu.Lock()
	q.putDown(u, now)
	q.leaveGates(u)
	u.probe, u.keys = false, nil
	gone := u.sweep()
	u.messages, u.decisions = u.decisions.rest, decisions{}
	closed := q.closed
	if !closed && len(u.messages) > 0 {
		q.returned = append(q.returned, u)
	}
	q.openUnwanted()
	q.unlock(now)
	gone.out()
	if closed {
		for _, msg := range u.messages {
			q.bury(msg)
		}
	}
}

// putDown takes u out of the hands of its worker.
func (q *Queue) putDown(u *Unit, now time.Duration) {
	q.accountBusy(now)
	q.hands = slices.DeleteFunc(q.hands, func(x *Unit) bool { return x == u })
}

// accountBusy brings busyTime up to now, before hands change.
func (q *Queue) accountBusy(now time.Duration) {
	if now > q.busySince {
		q.busyTime += time.Duration(len(q.hands)) * (now - q.busySince)
		q.busySince = now
	}
}

// givenBack are all messages that come again.
func (d *decisions) givenBack() (out []any) {
	out = append(out, d.rest...)
	for _, h := range d.heldKeys {
		out = append(out, h.rest...)
	}
	for _, x := range d.delayed {
		out = append(out, x.msg)
	}
	return out
}
