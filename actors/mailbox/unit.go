package mailbox

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// Unit is what the worker of a pool receives, as *Unit: one or more messages,
// which are in its hands until its Receive has returned. Then the unit is
// released and what was decided about its messages is applied; a message of
// which nothing was said is done with. A panic discards the decisions, and the
// unit comes again whole.
//
// A Unit belongs to the worker, and only while it is in Receive.
type Unit struct {
	messages []any
	one      [1]any // holds the messages of most units of a pool that does not coalesce
	size     int    // bytes
	weight   int
	queue    *Queue
	worker   *actor.PID
	since    time.Duration // when it was handed out
	waiting  atomic.Int64  // when Wait began, since the start of the queue, and 1; 0: none is under way
	waited   atomic.Int64  // in Wait since it was handed out, without the one under way

	redelivered bool
	reason      any
	probe       bool
	keys        []string // whose gates it probes
	sweeps      []sweep  // since it was handed out; guarded by the queue's lock

	decisions decisions
}

// decisions are what a worker has said of its unit.
type decisions struct {
	succeeded     bool
	held          bool
	rest          []any
	succeededKeys []string
	heldKeys      []keyHold
	delayed       []delayed
	callbacks     []func()
}

type keyHold struct {
	key  string
	rest []any
}

// Messages are the messages of the unit, in their order. The slice is the
// unit's: it is not to be changed.
func (u *Unit) Messages() []any { return u.messages }

// Redelivered says that a worker crashed with this unit in its hands.
func (u *Unit) Redelivered() bool { return u.redelivered }

// Reason is what was given to panic when a worker crashed with this unit; nil
// if none did.
func (u *Unit) Reason() any { return u.reason }

// Delay has a message handed out again, not before until; then it joins the
// next hand-out. It may be a message of the unit or one made of them.
func (u *Unit) Delay(msg any, until time.Time) {
	u.decisions.delayed = append(u.decisions.delayed, delayed{entry: newEntry(msg), due: until.Sub(u.queue.start)})
}

// Hold gives rest back, to the head of the pool, and closes the pool's gate:
// nothing is handed out for Settings.Backoff of the failures in a row. Then one
// unit probes. While the gate is closed already, the Hold of a unit that does
// not probe gives rest back and changes nothing else.
func (u *Unit) Hold(rest ...any) {
	u.queue.needBackoff()
	u.decisions.held = true
	u.decisions.rest = append(u.decisions.rest, rest...)
}

// HoldKey is Hold for the gate of one key: rest is the first that comes when it
// opens. Messages of the key are set aside as they reach the head, others pass.
func (u *Unit) HoldKey(key string, rest ...any) {
	u.queue.needBackoff()
	u.decisions.heldKeys = append(u.decisions.heldKeys, keyHold{key: key, rest: slices.Clone(rest)})
}

// Probe says whether this unit is what tries whether the pool's gate may open.
func (u *Unit) Probe() bool { return u.probe }

// ProbeKey says whether this unit is what tries whether the key's gate may open.
func (u *Unit) ProbeKey(key string) bool { return slices.Contains(u.keys, key) }

// Succeeded opens the pool's gate if this unit probes, and has failures counted
// anew. It is applied before Hold: a unit that did both closes the gate for the
// first time.
func (u *Unit) Succeeded() { u.decisions.succeeded = true }

// SucceededKey is Succeeded for the gate of one key.
func (u *Unit) SucceededKey(key string) {
	u.decisions.succeededKeys = append(u.decisions.succeededKeys, key)
}

// OnRelease has f called by the worker's goroutine after the unit is released:
// the decisions are applied, and nobody reads the messages that are done with.
// It is not called after a panic; the redelivered unit starts without.
func (u *Unit) OnRelease(f func()) {
	u.decisions.callbacks = append(u.decisions.callbacks, f)
}

// Wait runs f, which waits for something outside: an answer, or room in another
// queue. That time is not counted in InHand.Worked.
func (u *Unit) Wait(f func()) {
	since := u.queue.now()
	u.waiting.Store(int64(since) + 1)
	defer func() {
		u.waited.Add(int64(u.queue.now() - since))
		u.waiting.Store(0)
	}()
	f()
}

// again makes the unit ready to be handed out after a crash.
func (u *Unit) again(reason any) {
	u.redelivered, u.reason, u.decisions = true, reason, decisions{}
}

// fits says whether e may join.
func (u *Unit) fits(e *entry) bool {
	if len(u.messages) == 0 {
		return true
	}
	c := u.queue.settings.Coalesce
	return c != nil && u.size+e.size <= c.MaxBytes
}

func (u *Unit) add(e entry) {
	if u.messages == nil {
		u.messages = u.one[:0]
	}
	u.messages = append(u.messages, e.msg)
	u.size += e.size
	u.weight += e.weight
}
