package mailbox

import (
	"runtime"

	"github.com/asynkron/protoactor-go/actor"
)

// process runs while there is something to do; at most one at a time.
func (m *Mailbox) process() {
	for {
		m.run()
		m.running.Store(false)
		if !m.pending() || !m.running.CompareAndSwap(false, true) {
			return
		}
	}
}

// pending says whether something came while run was about to return.
func (m *Mailbox) pending() bool {
	if !m.system.empty() {
		return true
	}
	return !m.suspended.Load() && !m.dead.Load() && (!m.control.empty() || m.woken.Load())
}

// run serves messages until there are none, or until one panics.
func (m *Mailbox) run() {
	var msg any
	defer func() {
		if r := recover(); r != nil {
			m.fail(r, msg)
		}
	}()
	for i := 0; ; i++ {
		if i > m.dispatcher.Throughput() {
			i = 0
			m.yield()
		}
		var ok bool
		if msg, ok = m.system.pop(); ok {
			m.serveSystem(msg)
			continue
		}
		if msg, ok = m.next(); !ok {
			return
		}
		m.invoker.InvokeUserMessage(msg)
		m.release()
	}
}

// yield lets others run.
func (m *Mailbox) yield() {
	if y, ok := m.dispatcher.(Yielder); ok {
		y.Yield()
		return
	}
	runtime.Gosched()
}

// next is the next user message, which it puts into the actor's hands.
func (m *Mailbox) next() (msg any, ok bool) {
	if m.suspended.Load() || m.dead.Load() {
		return nil, false
	}
	if m.held != nil {
		return m.redelivery(), true
	}
	if msg, ok = m.control.pop(); ok {
		if m.role == worker {
			m.queue.leave(m) // it is not idle: what comes is for another
		} else {
			m.queue.attend(msg)
			m.attending = true
		}
	} else if !m.stopping {
		msg, ok = m.data()
	}
	m.held = msg
	return msg, ok
}

// data is the next of the queue.
func (m *Mailbox) data() (msg any, ok bool) {
	switch m.role {
	case worker:
		if u := m.queue.take(m); u != nil {
			return u, true
		}
	case single, survivor:
		return m.queue.takeOne(m)
	case pooler:
	}
	return nil, false
}

// redelivery is what was in the actor's hands when it crashed.
func (m *Mailbox) redelivery() any {
	if u, ok := m.held.(*Unit); ok && m.role == worker {
		u.again(m.reason)
		return u
	}
	return redelivered(m.held, m.reason)
}

// release says that the actor is through with what it had in its hands.
func (m *Mailbox) release() {
	held := m.held
	m.held = nil
	if m.attending {
		m.attending = false
		m.queue.attend(nil)
	}
	if m.role != worker {
		return
	}
	if u, ok := held.(*Unit); ok {
		m.queue.release(u)
	}
}

// fail has the supervisor decide about a panic.
func (m *Mailbox) fail(reason, msg any) {
	m.reason = reason
	m.invoker.EscalateFailure(reason, msg)
	switch msg.(type) {
	case *actor.Stop, *actor.Terminated:
		if m.stopping {
			m.finish()
		}
	}
}
