package mailbox

import (
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// Mailbox is an actor.Mailbox that serves system messages first, then control
// messages, then the data of its queue. Make it with New, Producer or a Pool.
type Mailbox struct {
	queue  *Queue
	role   role
	system list
	// control is the queue's, or a worker's own.
	control *list

	context    actor.Context
	invoker    actor.MessageInvoker
	dispatcher actor.Dispatcher
	self       *actor.PID
	deadLetter actor.Process
	processing func() // process, bound once

	running   atomic.Bool
	suspended atomic.Bool
	dead      atomic.Bool // the actor has terminated
	woken     atomic.Bool // picked for something that waits; written under queue.mu
	listed    bool        // in queue.idle; guarded by queue.mu

	// the running goroutine's own
	held      any  // handed out and not released: comes again after a crash
	attending bool // held is a control message of the queue
	reason    any  // of the last crash
	stopping  bool
	ending    int // attempts to end after a panic
}

// role is whose mailbox it is.
type role uint8

const (
	single   role = iota // of an actor that ends its queue as it ends
	survivor             // of an actor whose queue waits for the next one
	worker               // of a pool, takes units of the shared queue
	pooler               // of the pool's own actor, takes no data
)

var _ actor.Mailbox = (*Mailbox)(nil)

// New makes the mailbox of a single actor, which owns q: as it terminates,
// senders are released and what waits becomes dead letters. It takes one
// message at a time; what it had in its hands when it crashed comes again as
// *Redelivered.
//
// Of the messages sent to its PID, Control takes the control lane, a
// PoisonPill has what waits drained before the actor stops, and anything else
// goes into the first lane as by Post (the control lane if q has no lanes).
func New(q *Queue) *Mailbox { return newMailbox(q, single) }

// Producer makes mailboxes for an actor that may be spawned again on q after it
// died, and then finds what waited, and what was in its hands, as *Redelivered.
// Between the two, messages posted to lanes wait; those sent to the PID are dead letters as
// always. q ends with Close, with a PoisonPill, or as the actor dies after the
// context of the run is done. One actor at a time is spawned on q.
func Producer(q *Queue) actor.MailboxProducer {
	return func() actor.Mailbox { return newMailbox(q, survivor) }
}

func newMailbox(q *Queue, r role) *Mailbox {
	m := &Mailbox{queue: q, role: r, control: &q.control}
	if r == worker {
		m.control = new(list)
	}
	m.processing = m.process
	return m
}

// RegisterHandlers is called by the spawn, before any message.
func (m *Mailbox) RegisterHandlers(invoker actor.MessageInvoker, dispatcher actor.Dispatcher) {
	c, ok := invoker.(actor.Context)
	if !ok {
		panic("mailbox: the invoker is expected to be the actor's context")
	}
	m.context, m.invoker, m.dispatcher = c, invoker, dispatcher
	m.self, m.deadLetter = c.Self(), c.ActorSystem().DeadLetter
	if m.role == survivor {
		left := m.queue.inherit()
		m.held, m.reason = left.msg, left.reason
	}
	if m.role != worker {
		m.queue.owner.Store(m)
	}
}

// Start does nothing: the first message starts the mailbox.
func (m *Mailbox) Start() {}

// UserMessageCount is the weight of what waits in the lanes, and the number of
// control messages.
func (m *Mailbox) UserMessageCount() int {
	n := int(m.control.n.Load())
	if m.role == worker {
		return n
	}
	m.queue.mu.Lock()
	defer m.queue.mu.Unlock()
	for _, l := range m.queue.lanes {
		n += l.depth
	}
	return n
}

// PostSystemMessage is called by protoactor-go.
func (m *Mailbox) PostSystemMessage(msg any) {
	m.system.push(msg)
	m.schedule()
}

// PostUserMessage is called by protoactor-go for what is sent to the PID.
func (m *Mailbox) PostUserMessage(msg any) {
	switch _, poison := inner(msg).(*actor.PoisonPill); {
	case m.role == worker:
		m.postControl(msg)
	case poison:
		m.queue.drain(msg)
	case isControl(inner(msg)):
		m.postControl(msg)
	case m.role == pooler && len(m.queue.lanes) > 0:
		_ = m.queue.lanes[0].Post(inner(msg)) // has buried it if it could not store it
	case m.role == pooler:
		m.bury(msg)
	case len(m.queue.lanes) > 0:
		_ = m.queue.lanes[0].Post(msg)
	default:
		m.postControl(msg)
	}
}

func (m *Mailbox) postControl(msg any) {
	switch {
	case m.role != worker:
		m.queue.tell(msg)
	case m.control.push(msg):
		m.schedule()
	default:
		m.bury(msg)
	}
}

// bury makes msg a dead letter.
func (m *Mailbox) bury(msg any) { m.deadLetter.SendUserMessage(m.self, msg) }

func (m *Mailbox) schedule() {
	if m != nil && m.running.CompareAndSwap(false, true) {
		m.dispatcher.Schedule(m.processing)
	}
}
