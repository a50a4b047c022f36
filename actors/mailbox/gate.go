package mailbox

import (
	"slices"
	"time"
)

// gate stops hand-outs after a failure that would be everybody's. It is shut
// until a time; then one unit probes, and what becomes of it decides. The zero
// value is open.
type gate struct {
	shut     bool
	until    time.Duration // since the start of the queue
	failures int           // in a row
	probe    *Unit         // which tries whether the gate may open; nil: none does
}

// lets says whether u, nil for a new unit, may pass.
func (g *gate) lets(u *Unit, now time.Duration) bool {
	if !g.shut {
		return true
	}
	if g.probe != nil {
		return g.probe == u
	}
	return now >= g.until
}

// hold shuts the gate. Units in flight that fail together are one failure:
// while it is shut, only the probe's counts.
func (g *gate) hold(u *Unit, now time.Duration, backoff func(int) time.Duration) {
	if g.shut && g.probe != u {
		return
	}
	g.shut, g.probe = true, nil
	g.failures++
	g.until = now + backoff(g.failures)
}

// succeed opens the gate if u may say so, and says whether it is open.
func (g *gate) succeed(u *Unit) bool {
	if g.shut && g.probe != u {
		return false
	}
	*g = gate{}
	return true
}

// leave makes the next unit probe, if u did.
func (g *gate) leave(u *Unit) {
	if g.probe == u {
		g.probe = nil
	}
}

// keyGate is the gate of one key, with the messages that were set aside for it.
// It exists while it is shut.
type keyGate struct {
	gate
	key   string
	aside pile
}

// join lets u pass, as the probe if that is due; false: it is shut for u.
func (g *keyGate) join(u *Unit, now time.Duration) bool {
	if !g.lets(u, now) {
		return false
	}
	if g.shut && g.probe == nil {
		g.probe = u
		u.keys = append(u.keys, g.key)
	}
	return true
}

// gateOf is the gate that msg waits for; nil: it waits for none.
func (q *Queue) gateOf(msg any) *keyGate {
	if len(q.gates) == 0 || q.settings.Key == nil {
		return nil
	}
	return q.gateOfKey(q.settings.Key(inner(msg)))
}

// KeyGateClosed says whether the gate of a key is closed: only a probe of it is
// handed out.
func (q *Queue) KeyGateClosed(key string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.gateOfKey(key) != nil
}

func (q *Queue) gateOfKey(key string) *keyGate {
	for _, g := range q.gates {
		if g.key == key {
			return g
		}
	}
	return nil
}

// holdKey shuts the gate of a key; rest is the first that comes when it opens.
func (q *Queue) holdKey(u *Unit, h keyHold, now time.Duration) {
	g := q.gateOfKey(h.key)
	if g == nil {
		g = &keyGate{key: h.key}
		q.gates = append(q.gates, g)
	}
	g.hold(u, now, q.settings.Backoff)
	g.aside.unshift(h.rest)
}

// succeedKey opens the gate of a key: what was set aside for it is next.
func (q *Queue) succeedKey(u *Unit, key string) {
	g := q.gateOfKey(key)
	if g == nil || !g.succeed(u) {
		return
	}
	for g.aside.len() > 0 {
		q.back.push(g.aside.pop())
	}
	q.gates = slices.DeleteFunc(q.gates, func(x *keyGate) bool { return x == g })
}

// openUnwanted opens the gates that nothing waits for any more: what would have
// probed them was swept, or has ended without a word on the gate.
func (q *Queue) openUnwanted() {
	if len(q.returned) == 0 { // else it may be a probe that comes again
		q.gates = slices.DeleteFunc(q.gates, func(g *keyGate) bool { return g.probe == nil && g.aside.len() == 0 })
	}
	if q.gate.shut && q.gate.probe == nil && q.empty() {
		q.gate = gate{}
	}
}

// leaveGates makes the next unit probe wherever u did.
func (q *Queue) leaveGates(u *Unit) {
	q.gate.leave(u)
	for _, g := range q.gates {
		g.leave(u)
	}
}
