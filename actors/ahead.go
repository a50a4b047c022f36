package actors

import "sync"

// ReadAhead bounds what the claims of one topic hold together before it is in
// flight. While they hold more, none of their partitions is fetched: then only
// answers that are under way add to it.
type ReadAhead struct {
	limit int64

	mu     sync.Mutex // guards all below, and is held over what valves are told: that is to be in order
	held   int64
	full   bool
	valves map[*valve]struct{}
}

// NewReadAhead returns a bound of that many bytes.
func NewReadAhead(limit int64) *ReadAhead {
	return &ReadAhead{limit: limit, valves: map[*valve]struct{}{}}
}

// valve is the fetching of one partition: stopped while its claim or its topic
// holds too much. Its methods are for the claim's goroutine.
type valve struct {
	ahead *ReadAhead
	flow  flow
	held  int64 // as it was set
	shut  bool  // by the claim

	stopped bool // guarded by ahead.mu
}

// join adds a partition, which is fetched.
func (a *ReadAhead) join(f flow) *valve {
	a.mu.Lock()
	defer a.mu.Unlock()
	v := &valve{ahead: a, flow: f}
	a.valves[v] = struct{}{}
	v.turn()
	return v
}

// set says how much the claim holds, and whether that is too much for itself.
func (v *valve) set(held int64, shut bool) {
	if held == v.held && shut == v.shut {
		return
	}
	a := v.ahead
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held += held - v.held
	v.held, v.shut = held, shut
	v.turn()
	a.look()
}

// leave takes the partition out, with what its claim holds. It is not told to go on.
func (v *valve) leave() {
	a := v.ahead
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.valves, v)
	a.held -= v.held
	v.held = 0
	a.look()
}

// look stops all partitions above the limit, and lets them go on at half of it.
func (a *ReadAhead) look() {
	full := a.held > a.limit || a.full && a.held > a.limit/2
	if full == a.full {
		return
	}
	a.full = full
	for v := range a.valves {
		v.turn()
	}
}

// turn tells the partition what has changed.
func (v *valve) turn() {
	switch stop := v.shut || v.ahead.full; {
	case stop == v.stopped:
	case stop:
		v.flow.Pause()
	default:
		v.flow.Resume()
	}
	v.stopped = v.shut || v.ahead.full
}
