package mailbox

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Settings of a Queue. The zero value is a plain bounded queue.
type Settings struct {
	// Context is the run's: when it is done, parked senders give up. nil: never.
	Context context.Context
	// Coalesce has several waiting messages handed out as one unit. nil: one
	// message a unit. A queue with an actor of its own (New) hands out one
	// message at a time in any case.
	Coalesce *Coalesce
	// Key says which gate of a key a message waits for. nil: there are none. It
	// is called under the lock of the queue, and only while such a gate is
	// closed: it must be quick and must not call the queue.
	Key func(msg any) string
	// Backoff is the wait of a closed gate after that many failures in a row,
	// from 1. Needed where Hold or HoldKey is used; called as Key is.
	Backoff func(failures int) time.Duration
	// Scheduler says who goes first. nil: see there.
	Scheduler Scheduler
}

// Coalesce says when a free worker is handed what waits: once all lanes
// together hold MinBytes, or the oldest message of a lane has waited MaxAge, or
// a lane is full. It is then handed at most MaxBytes, but at least one message.
type Coalesce struct {
	MinBytes int
	MaxBytes int
	MaxAge   time.Duration
}

// Queue holds the lanes that one actor, or the workers of one pool, take from,
// and what came back from them. Make it with NewQueue.
type Queue struct {
	settings Settings
	start    time.Time
	owner    atomic.Pointer[Mailbox] // of the actor or pool spawned on it last
	control  list                    // of the owner; outlives it where it is spawned again

	mu       sync.Mutex // guards all below, the lanes, and what says so
	lanes    []*Lane
	turn     int // the lane that is asked first
	bytes    int // in all lanes
	back     pile
	returned []*Unit // of workers that ended; handed out first, as they are
	delays   delays
	gate     gate
	gates    []*keyGate // that are shut, in the order in which they closed
	left     leftover   // by an actor that died, for the one that follows it
	flush    bool       // nothing waits for company
	closing  bool       // nothing comes in
	pill     any        // for the owner, once all is drained
	closed   bool       // nothing comes out: all has been dead-lettered

	idle   []*Mailbox // who was busy last is last
	waking int        // workers that were woken and have not come yet
	timer  *time.Timer
	alarm  time.Duration // when timer fires; never: it does not

	hands     []*Unit // in the hands of workers
	handedOut int64   // units, or messages to the actor that owns the queue
	busyTime  time.Duration
	busySince time.Duration
	single    hand // in the hands of the actor that owns the queue
	attended  hand // the control message in its hands
}

// leftover is a message that was in the hands of an actor when it died.
type leftover struct {
	msg, reason any
}

// NewQueue makes a queue without lanes.
func NewQueue(s Settings) *Queue {
	if s.Context == nil {
		s.Context = context.Background()
	}
	return &Queue{settings: s, start: time.Now(), alarm: never}
}

// AddLane adds a lane of that capacity, in weight, of at least 1. Lanes are
// added before the first message.
func (q *Queue) AddLane(name string, capacity int) *Lane {
	if capacity < 1 {
		panic(fmt.Sprintf("lane %s: a capacity of %d admits nothing: it must be at least 1", name, capacity))
	}
	l := &Lane{name: name, capacity: capacity, queue: q}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lanes = append(q.lanes, l)
	return l
}

// Lanes are the lanes, in the order in which they were added.
func (q *Queue) Lanes() []*Lane {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]*Lane(nil), q.lanes...)
}

// Flush ends the wait for company, for good: from now on a free worker is
// handed what waits. Gates and delays keep their times.
func (q *Queue) Flush() {
	now := q.now()
	q.mu.Lock()
	q.flush = true
	q.unlock(now)
}

// Close ends the queue at once: senders are released and what waits becomes
// dead letters. Only queues of a Producer need it; others end with their actor.
func (q *Queue) Close() {
	for _, msg := range q.abort() {
		q.bury(msg)
	}
	for _, msg := range q.control.close() {
		q.bury(msg)
	}
}

// now is the time on the queue's own clock.
func (q *Queue) now() time.Duration { return time.Since(q.start) }

// unlock ends every operation that may have given somebody something to do.
func (q *Queue) unlock(now time.Duration) {
	m := q.wake(now)
	pill := q.drained()
	q.mu.Unlock()
	m.schedule()
	if pill != nil {
		q.tell(pill)
	}
}

// tell gives the owner a control message.
func (q *Queue) tell(msg any) {
	owner := q.owner.Load()
	if owner == nil {
		return
	}
	if !q.control.push(msg) {
		owner.bury(msg)
		return
	}
	owner.schedule()
}

// bury makes msg a dead letter of the owner.
func (q *Queue) bury(msg any) {
	if owner := q.owner.Load(); owner != nil {
		owner.bury(msg)
	}
}

func (q *Queue) needBackoff() {
	if q.settings.Backoff == nil {
		panic("mailbox: Hold and HoldKey need Settings.Backoff")
	}
}
