package mailbox

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// Progress tells whether a queue does its work: two readings say whether
// anything moved in between.
type Progress struct {
	Ready     bool  // a free worker would be handed something now
	Idle      int   // workers, or the actor that owns the queue, that wait for something
	HandedOut int64 // times that one of them was handed something, since the start
	Control   int   // control messages that wait for the actor that owns the queue
	Lanes     []LaneProgress
}

// LaneProgress is that of a lane.
type LaneProgress struct {
	Name  string
	Depth int64
	Out   int64 // weight that left it, since the start
	Due   bool  // a free worker would be handed its head now, unless something else fills its hands
}

// Progress reads how the queue gets on; from any goroutine.
func (q *Queue) Progress() Progress {
	now := q.now()
	q.mu.Lock()
	defer q.mu.Unlock()
	p := Progress{Idle: len(q.idle) + q.waking, HandedOut: q.handedOut, Control: int(q.control.n.Load())}
	p.Ready, _ = q.ready(now)
	open := q.gate.lets(nil, now)
	for _, l := range q.lanes {
		p.Lanes = append(p.Lanes, LaneProgress{Name: l.name, Depth: int64(l.depth), Out: l.out, Due: open && l.due() <= now})
	}
	return p
}

// InHand is what one actor has in its hands: a message of a lane, a unit, or,
// without weight, a control message.
type InHand struct {
	Actor   *actor.PID
	Weight  int64
	Since   time.Duration // how long ago it was handed out
	Worked  time.Duration // of Since, without the time in Unit.Wait
	Waiting bool          // in Unit.Wait now
}

// hand is what the actor that owns a queue has in its hands.
type hand struct {
	msg    any // nil: nothing
	since  time.Duration
	weight int
}

// InHand lists what is in the hands of the workers, and of the actor that owns
// the queue; what was handed out first is first. After a crash it stays there
// until the redelivery is through or the worker has ended.
func (q *Queue) InHand() []InHand {
	now := q.now()
	owner := q.owner.Load()
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []InHand
	for _, h := range []hand{q.single, q.attended} {
		if h.msg != nil && owner != nil {
			out = append(out, InHand{Actor: owner.self, Weight: int64(h.weight), Since: now - h.since, Worked: now - h.since})
		}
	}
	for _, u := range q.hands {
		out = append(out, u.inHand(now))
	}
	return out
}

// Each calls f with every message that the queue knows of: parked, in a lane,
// delayed, set aside, back at the head, or in somebody's hands; control messages
// are not among them. It is called under the lock of the queue: it must be quick
// and must not call it.
func (q *Queue) Each(f func(msg any)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, msg := range []any{q.left.msg, q.single.msg} {
		if msg != nil {
			f(inner(msg))
		}
	}
	for _, units := range [][]*Unit{q.hands, q.returned} {
		for _, u := range units {
			for _, msg := range u.messages {
				f(inner(msg))
			}
		}
	}
	for _, x := range q.delays.waiting {
		f(inner(x.msg))
	}
	q.back.ring.each(func(e *entry) { f(inner(e.msg)) })
	for _, g := range q.gates {
		g.aside.ring.each(func(e *entry) { f(inner(e.msg)) })
	}
	for _, l := range q.lanes {
		l.items.each(func(e *entry) { f(inner(e.msg)) })
		l.parked.each(func(t **Ticket) { f(inner((*t).e.msg)) })
	}
}

// inHand is what is known of the unit while it is in hands. Wait ends by adding
// to waited first, so that none of it counts as work.
func (u *Unit) inHand(now time.Duration) InHand {
	h := InHand{Actor: u.worker, Weight: int64(u.weight), Since: now - u.since}
	waiting := u.waiting.Load()
	h.Worked = h.Since - time.Duration(u.waited.Load())
	if waiting > 0 {
		h.Waiting = true
		h.Worked = max(h.Worked-(now-time.Duration(waiting-1)), 0)
	}
	return h
}

// attend notes the control message that the owner has in its hands, nil for none.
func (q *Queue) attend(msg any) {
	now := q.now()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.attended = hand{msg: msg, since: now}
}
