package testkit

import (
	"slices"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// handMailbox keeps what comes until a [Behavior] takes it.
type handMailbox struct {
	invoker actor.MessageInvoker

	mu     sync.Mutex // guards all below
	system []any
	user   []any
}

// RegisterHandlers is called once, before anything is posted.
func (m *handMailbox) RegisterHandlers(invoker actor.MessageInvoker, _ actor.Dispatcher) {
	m.invoker = invoker
}

// Start has nothing to start.
func (*handMailbox) Start() {}

// UserMessageCount is how many messages wait.
func (m *handMailbox) UserMessageCount() int { return len(m.pending()) }

// PostUserMessage never blocks.
func (m *handMailbox) PostUserMessage(message any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.user = append(m.user, unpack(message)...)
}

// PostSystemMessage never blocks.
func (m *handMailbox) PostSystemMessage(message any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.system = append(m.system, message)
}

func (m *handMailbox) nextSystem() (message any, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return shift(&m.system)
}

func (m *handMailbox) nextUser() (message any, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return shift(&m.user)
}

func (m *handMailbox) pending() []any {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Clone(m.user)
	for i := range all {
		all[i] = actor.UnwrapEnvelopeMessage(all[i])
	}
	return all
}

// shift takes the oldest.
func shift[E any](queue *[]E) (oldest E, ok bool) {
	if len(*queue) == 0 {
		return oldest, false
	}
	oldest = (*queue)[0]
	*queue = (*queue)[1:]
	return oldest, true
}

// unpack is what protoactor's mailboxes make of an actor.MessageBatch: its parts,
// and then the batch itself.
func unpack(message any) (all []any) {
	if batch, ok := actor.UnwrapEnvelopeMessage(message).(actor.MessageBatch); ok {
		for _, m := range batch.GetMessages() {
			all = append(all, unpack(m)...)
		}
	}
	return append(all, message)
}
