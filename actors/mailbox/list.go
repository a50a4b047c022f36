package mailbox

import (
	"sync"
	"sync/atomic"
)

// list is an unbounded queue of system or control messages. The zero value is
// ready.
type list struct {
	n      atomic.Int32 // spares the lock when there is nothing, which is most of the time
	mu     sync.Mutex   // guards all below
	items  ring[any]
	closed bool
}

// push is false once the list is closed.
func (l *list) push(msg any) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.items.push(msg)
	l.n.Add(1)
	return true
}

func (l *list) pop() (msg any, ok bool) {
	if l.n.Load() == 0 {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.items.len() == 0 {
		return nil, false
	}
	l.n.Add(-1)
	return l.items.pop(), true
}

func (l *list) empty() bool { return l.n.Load() == 0 }

// close returns what is left; nothing comes in any more.
func (l *list) close() (rest []any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for l.items.len() > 0 {
		rest = append(rest, l.items.pop())
	}
	l.n.Store(0)
	return rest
}
