package mailbox

import "github.com/asynkron/protoactor-go/actor"

// serveSystem serves a system message. A restart that comes after a stop is
// dropped: protoactor-go would have it cancel the stop.
func (m *Mailbox) serveSystem(msg any) {
	switch msg := msg.(type) {
	case *actor.SuspendMailbox:
		m.suspended.Store(true)
		m.queue.leave(m)
		return
	case *actor.ResumeMailbox:
		m.suspended.Store(false)
		return
	case *actor.Restart:
		if m.stopping {
			return
		}
	case *actor.Stop:
		m.stopping = true
		m.queue.leave(m)
		m.endIfLast(nil)
	case *actor.Terminated:
		m.endIfLast(msg.Who)
	}
	m.invoker.InvokeSystemMessage(msg)
}

// endIfLast ends the mailbox if the actor terminates with the message about to
// be served: it stops, and gone was the last of its children. So whoever hears
// that it has terminated finds all settled.
func (m *Mailbox) endIfLast(gone *actor.PID) {
	if !m.stopping || m.dead.Load() {
		return
	}
	for _, child := range m.context.Children() {
		if gone == nil || !child.Equal(gone) {
			return
		}
	}
	m.end()
}

// end leaves nobody waiting and drops nothing in silence.
func (m *Mailbox) end() {
	m.dead.Store(true)
	held, q := m.held, m.queue
	m.held = nil
	switch {
	case m.role == worker:
		m.endWorker(held)
	case m.role == survivor && q.leaveBehind(held, m.reason):
	default:
		if held != nil {
			m.bury(held)
		}
		q.Close()
	}
}

// endWorker gives the worker's unit back to its pool.
func (m *Mailbox) endWorker(held any) {
	if u, ok := held.(*Unit); ok {
		m.queue.giveBack(u, m.reason)
	} else if held != nil {
		m.bury(held)
	}
	for _, msg := range m.control.close() {
		m.bury(msg)
	}
}

// finish ends a stop in which the actor panicked: as things are, protoactor-go
// would never say that it has terminated. A message that ends nobody makes it
// look again whether the actor can end; if that panics too, its parent is told.
func (m *Mailbox) finish() {
	for _, child := range m.context.Children() {
		m.context.Stop(child)
	}
	if m.ending++; m.ending < 3 {
		m.system.push(&actor.Terminated{Who: m.self})
		return
	}
	if !m.dead.Load() {
		m.end() // before the parent is told
	}
	system := m.context.ActorSystem()
	system.ProcessRegistry.Remove(m.self)
	if parent, ok := system.ProcessRegistry.Get(m.context.Parent()); ok {
		parent.SendSystemMessage(m.context.Parent(), &actor.Terminated{Who: m.self})
	}
}

// leaveBehind keeps what an actor had in its hands for the one that follows it;
// false: none will.
func (q *Queue) leaveBehind(msg, reason any) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closing || q.settings.Context.Err() != nil {
		return false
	}
	q.left = leftover{msg: msg, reason: reason}
	q.single, q.attended = hand{}, hand{}
	return true
}

// inherit is what the actor before had in its hands when it died.
func (q *Queue) inherit() leftover {
	q.mu.Lock()
	defer q.mu.Unlock()
	left := q.left
	q.left = leftover{}
	return left
}
