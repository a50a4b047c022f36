package mailbox

import "slices"

// sweep is one call of Sweep.
type sweep struct {
	match func(msg any) bool
	out   func(msg any)
}

// Sweep has every message that match names leave through out, gates or not:
// what waits in a lane, is parked, delayed, set aside or back at the head. What
// is in the hands of a worker leaves when the worker gives it back, if it does.
// A parked message leaves too, and its sender is told that it is stored; freed
// room admits those behind it. A gate that nothing waits for any more opens.
//
// match is called under the lock of the queue: it must be quick and must not
// call it. out is called without, by this goroutine and, after Sweep has
// returned, by those of workers.
func (q *Queue) Sweep(match func(msg any) bool, out func(msg any)) {
	now := q.now()
	s := sweep{match: match, out: out}
	gone := swept{{by: s}}
	take := func(msgs []any) { gone[0].msgs = append(gone[0].msgs, msgs...) }
	q.mu.Lock()
	if q.left.msg != nil && match(inner(q.left.msg)) {
		take([]any{inner(q.left.msg)})
		q.left = leftover{}
	}
	q.returned = slices.DeleteFunc(q.returned, func(u *Unit) bool {
		take(s.cut(&u.messages))
		return len(u.messages) == 0
	})
	take(q.back.extract(match))
	take(q.delays.extract(match))
	for _, g := range q.gates {
		take(g.aside.extract(match))
	}
	for _, l := range q.lanes {
		take(l.sweep(match, now))
	}
	for _, u := range q.hands {
		u.sweeps = append(u.sweeps, s)
	}
	q.openUnwanted()
	q.unlock(now)
	gone.out()
}

// cut takes what matches out of msgs; the slice itself stays as it was.
func (s sweep) cut(msgs *[]any) (out []any) {
	if !slices.ContainsFunc(*msgs, func(msg any) bool { return s.match(inner(msg)) }) {
		return nil
	}
	var kept []any
	for _, msg := range *msgs {
		if s.match(inner(msg)) {
			out = append(out, inner(msg))
		} else {
			kept = append(kept, msg)
		}
	}
	*msgs = kept
	return out
}

// swept are messages that leave, by the sweep that named them.
type swept []leavers

type leavers struct {
	by   sweep
	msgs []any
}

func (s swept) out() {
	for _, x := range s {
		for _, msg := range x.msgs {
			x.by.out(msg)
		}
	}
}

// sweep takes out of what u gives back what was swept while it was in hands.
func (u *Unit) sweep() (gone swept) {
	for _, s := range u.sweeps {
		d := &u.decisions
		out := s.cut(&d.rest)
		for i := range d.heldKeys {
			out = append(out, s.cut(&d.heldKeys[i].rest)...)
		}
		d.delayed = slices.DeleteFunc(d.delayed, func(x delayed) bool {
			if !s.match(inner(x.msg)) {
				return false
			}
			out = append(out, inner(x.msg))
			return true
		})
		gone = append(gone, leavers{by: s, msgs: out})
	}
	u.sweeps = nil
	return gone
}
