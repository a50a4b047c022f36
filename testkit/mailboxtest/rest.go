package mailboxtest

import "time"

const (
	// tick is how often the rig looks at what cannot tell it of a change.
	tick = time.Millisecond
	// patience is how many ticks without any change end a wait. Ticks that a
	// busy machine swallows do not count, so it is half a second at least.
	patience = 500
	// throughput is protoactor's default.
	throughput = 300
)

// Schedule makes the rig an actor.Dispatcher.
func (r *rig) Schedule(run func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running++
	r.change()
	go r.dispatch(run) // owned by close, which waits for rest
}

func (r *rig) dispatch(run func()) {
	defer func() {
		reason := recover()
		r.mu.Lock()
		defer r.mu.Unlock()
		if reason != nil {
			r.escaped = reason
		}
		r.running--
		r.change()
	}()
	run()
}

// Throughput is the number of messages after which a mailbox lets others run.
func (r *rig) Throughput() int { return throughput }

// change tells those that wait; under the lock.
func (r *rig) change() {
	r.changes++
	close(r.changed)
	r.changed = make(chan struct{})
}

// look is the number of changes, and is told of the next one.
func (r *rig) look() (changes int, next <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changes, r.changed
}

// wait waits until a condition holds; false: nothing has changed for long.
func (r *rig) wait(holds func() bool) bool {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for ticks := 0; ticks < patience; {
		_, next := r.look()
		if holds() {
			return true
		}
		select {
		case <-next:
			ticks = 0
		case <-ticker.C:
			ticks++
		}
	}
	return false
}

// rest waits until no mailbox runs, but for what a gate holds. It is false for
// one that goes on and on.
func (r *rig) rest() bool { return r.wait(r.resting) }

func (r *rig) resting() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running == r.held
}
