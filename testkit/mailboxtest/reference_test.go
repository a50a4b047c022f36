package mailboxtest

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// reference is a mailbox that keeps the contract, but for its flaw.
type reference struct {
	flaw       flaw
	capacity   int // 0: no bound
	context    actor.Context
	invoker    actor.MessageInvoker
	dispatcher actor.Dispatcher

	hands                              sync.Mutex // one message at a time
	mu                                 sync.Mutex // guards all below
	system, waiting                    []any
	line                               []*parkedMessage
	pill, held                         any
	suspended, closing, ended, running bool
	again, helping, wasFull            bool
	posted                             int
}

type parkedMessage struct {
	message any
	taken   chan bool
}

func newReference(f flaw, capacity int) actor.MailboxProducer {
	return func() actor.Mailbox { return &reference{flaw: f, capacity: capacity} }
}

func (m *reference) RegisterHandlers(invoker actor.MessageInvoker, dispatcher actor.Dispatcher) {
	m.context, m.invoker, m.dispatcher = invoker.(actor.Context), invoker, dispatcher
}

func (*reference) Start() {}

func (m *reference) UserMessageCount() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.waiting)
}

func (m *reference) bury(all ...any) {
	for _, message := range all {
		m.context.ActorSystem().DeadLetter.SendUserMessage(m.context.Self(), message)
	}
}

func (m *reference) PostSystemMessage(message any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, resume := message.(*actor.ResumeMailbox); resume && m.ended { // the end of the test: nobody stays
		m.release(true)
	}
	m.system = append(m.system, message)
	m.schedule()
}

func (m *reference) schedule() {
	if !m.running {
		m.running = true
		m.dispatcher.Schedule(m.run)
	}
}

func (m *reference) isFull() bool {
	room := m.capacity
	if m.flaw == oneTooMany {
		room++
	}
	if m.flaw == oneTooFew {
		room--
	}
	return m.capacity > 0 && len(m.waiting) >= room
}

func (m *reference) PostUserMessage(message any) {
	if m.flaw == handlesElsewhere {
		m.invoke(func() { m.invoker.InvokeUserMessage(message) })
		return
	}
	m.mu.Lock()
	_, isPill := message.(*actor.PoisonPill)
	switch {
	case isPill && (m.flaw != pillTakesRoom || !m.isFull()):
		m.pill, m.closing = message, true
		m.schedule()
		m.mu.Unlock()
	case m.closing:
		m.mu.Unlock()
		if m.flaw != losesBehindPill || m.ended {
			m.bury(message)
		}
	case !m.isFull():
		m.take(message)
		m.mu.Unlock()
	default:
		m.full(message)
	}
}

// take stores a message; under the lock.
func (m *reference) take(message any) {
	m.posted++
	if m.posted == 150 && m.flaw == losesWakeUps {
		return
	}
	if m.posted == 150 && m.flaw == handlesTwice {
		m.waiting = append(m.waiting, message)
	}
	m.waiting = append(m.waiting, message)
	if m.flaw == helpsItself && len(m.waiting) == backlog && !m.helping && m.isHeld() {
		m.helping = true
		m.dispatcher.Schedule(m.help)
	}
	m.schedule()
}

func (m *reference) isHeld() bool {
	i, ok := m.held.(*item)
	return ok && i.gate != nil
}

// help handles messages beside run.
func (m *reference) help() {
	for {
		m.mu.Lock()
		if len(m.waiting) == 0 {
			m.helping = false
			m.mu.Unlock()
			return
		}
		message := m.waiting[0]
		m.waiting = m.waiting[1:]
		m.mu.Unlock()
		m.invoker.InvokeUserMessage(message)
	}
}

// full has one message too many; it is called under the lock and gives it up.
func (m *reference) full(message any) {
	switch m.flaw {
	case dropsOldest:
		m.waiting = m.waiting[1:]
		m.take(message)
		m.mu.Unlock()
	case spins, sleeps:
		for m.isFull() && !m.closing {
			m.mu.Unlock()
			if m.flaw == spins {
				runtime.Gosched()
			} else {
				time.Sleep(time.Millisecond) //nolint:forbidigo // a sender that sleeps is what the suite is to find
			}
			m.mu.Lock()
		}
		m.mu.Unlock()
		m.PostUserMessage(message)
	default:
		p := &parkedMessage{message, make(chan bool, 1)}
		m.line = append(m.line, p)
		m.wasFull = m.wasFull || m.capacity == roomy && len(m.line) > 2
		m.mu.Unlock()
		if !<-p.taken && m.flaw != losesParked {
			m.bury(message)
		}
	}
}

// admit lets parked senders in; under the lock.
func (m *reference) admit() {
	if m.flaw == admitsNone && len(m.waiting) > 0 {
		return
	}
	for len(m.line) > 0 && (!m.isFull() || m.flaw == admitsAll) {
		p := m.line[0]
		m.line = m.line[1:]
		if _, isPill := p.message.(*actor.PoisonPill); isPill {
			m.pill, m.closing = p.message, true
		} else {
			m.take(p.message)
		}
		p.taken <- true
	}
}

// release lets parked senders go; under the lock.
func (m *reference) release(always bool) {
	if m.flaw == keepsParked && !always {
		return
	}
	for _, p := range m.line {
		p.taken <- false
	}
	m.line = nil
}

func (m *reference) run() {
	for m.step() {
		runtime.Gosched()
	}
}

// kind is what next found.
type kind uint8

const (
	nothing kind = iota
	spin
	system
	user
)

// step handles one message and says whether there may be more.
func (m *reference) step() (more bool) {
	message, found := m.next()
	if found < system {
		return found == spin
	}
	if m.flaw != letsPanicsThrough {
		defer func() {
			if reason := recover(); reason != nil {
				more = true
				m.fail(reason, message)
			}
		}()
	}
	if found == system {
		m.handleSystem(message)
		return true
	}
	m.invoke(func() { m.invoker.InvokeUserMessage(message) })
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held, m.again = nil, false
	return true
}

func (m *reference) fail(reason, message any) {
	m.mu.Lock()
	if m.flaw == queuesFailed {
		m.waiting = append(m.waiting, m.held)
	}
	if m.flaw == queuesFailed || m.flaw == forgetsFailed {
		m.held = nil
	}
	m.again = m.held != nil
	m.mu.Unlock()
	if m.flaw != tellsNobody {
		m.invoker.EscalateFailure(reason, message)
	}
}

// next is the message to handle.
func (m *reference) next() (message any, found kind) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.nextSystem(); i >= 0 {
		message = m.system[i]
		m.system = slices.Delete(m.system, i, i+1)
		return message, system
	}
	switch {
	case m.ended, m.suspended && m.flaw != ignoresSuspension:
	case m.again:
		return m.held, user
	case m.pill != nil && (len(m.waiting)+len(m.line) == 0 || m.flaw == pillFirst):
		message, m.pill = m.pill, nil
		return message, user
	case len(m.waiting) > 0:
		m.held = m.pop()
		return m.held, user
	case m.wasFull && m.flaw == neverRests:
		return nil, spin
	}
	m.running = false
	return nil, nothing
}

// nextSystem is the place of the next system message that may go, or -1.
func (m *reference) nextSystem() int {
	for i, message := range m.system {
		switch message.(type) {
		case *actor.SuspendMailbox, *actor.ResumeMailbox:
			return i
		}
		if m.flaw != systemWaits || m.suspended || m.ended || len(m.waiting) == 0 {
			return i
		}
	}
	return -1
}

func (m *reference) pop() (message any) {
	i := 0
	if m.flaw == takesLastFirst && len(m.waiting) > 1 {
		i = 1
	}
	message = m.waiting[i]
	m.waiting = slices.Delete(m.waiting, i, i+1)
	m.admit()
	return message
}

func (m *reference) handleSystem(message any) {
	m.mu.Lock()
	var lost []any
	switch message.(type) {
	case *actor.SuspendMailbox:
		m.suspended = true
	case *actor.ResumeMailbox:
		m.suspended = false
	case *actor.Restart:
		if m.flaw == clearsOnRestart {
			m.waiting = nil
		}
	case *actor.Stop:
		lost = m.end()
	}
	m.mu.Unlock()
	m.bury(lost...)
	switch message.(type) {
	case *actor.SuspendMailbox, *actor.ResumeMailbox:
	default:
		m.invoke(func() { m.invoker.InvokeSystemMessage(message) })
	}
}

// invoke has the actor handle something. Who does so in a goroutine that is not the
// dispatcher's waits for the other: the flaw is the goroutine, not a data race.
func (m *reference) invoke(handle func()) {
	if m.flaw == handlesElsewhere {
		m.hands.Lock()
		defer m.hands.Unlock()
	}
	handle()
}

// end returns what becomes dead letters; under the lock.
func (m *reference) end() (lost []any) {
	if m.again {
		lost = append(lost, m.held)
	}
	if m.flaw != losesOnStop {
		lost = append(lost, m.waiting...)
	}
	m.waiting, m.ended, m.closing = nil, true, true
	m.release(false)
	return lost
}
