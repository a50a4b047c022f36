package mailbox

// Scheduler is asked who goes first wherever several could. Both methods are
// called under the lock of the queue: they must be quick and must not call it.
// An answer outside 0..n-1 counts as 0.
//
// Without a Scheduler parked senders are served first come, first served, and
// of the idle workers goes who was busy last: its caches are warm, and a worker
// that is not needed stays idle, which is how one sees that it is not needed.
type Scheduler interface {
	// Sender says which of n parked senders of a lane is admitted; 0 has waited
	// longest.
	Sender(lane string, n int) int
	// Worker says which of n idle workers is woken; 0 has been idle longest.
	Worker(n int) int
}

// Parker is a Scheduler that also says when a sender goes on that Post has
// parked. Parked is called by the sender before it waits; it calls the result
// once it has its answer. Both are called without a lock, and may block.
type Parker interface {
	Scheduler
	Parked(lane string) (resume func())
}

// Yielder is an actor.Dispatcher that is asked to let others run when a mailbox
// has handled as many messages as Throughput says, and one more; it may block
// until it is the actor's turn again. Others leave that to the Go scheduler.
type Yielder interface {
	Yield()
}

// parked is what a sender that is to be parked calls before it goes on.
func (q *Queue) parked(l *Lane) (resume func()) {
	if p, ok := q.settings.Scheduler.(Parker); ok {
		return p.Parked(l.name)
	}
	return func() {}
}

// sender is the place in the line of who is admitted next.
func (q *Queue) sender(l *Lane) int {
	n := l.parked.len()
	if q.settings.Scheduler == nil || n == 1 {
		return 0
	}
	return within(q.settings.Scheduler.Sender(l.name, n), n)
}

// worker is the place among the idle of who is woken next.
func (q *Queue) worker() int {
	n := len(q.idle)
	if q.settings.Scheduler == nil || n == 1 {
		return n - 1
	}
	return within(q.settings.Scheduler.Worker(n), n)
}

func within(i, n int) int {
	if i < 0 || i >= n {
		return 0
	}
	return i
}
