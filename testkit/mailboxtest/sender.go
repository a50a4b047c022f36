package mailboxtest

import (
	"slices"
	"time"
)

// state is what a sender does.
type state uint8

const (
	underWay state = iota
	returned       // its messages were taken
	parked         // waits, and costs nothing
	spinning       // runs, or looks in again and again
)

// sender is a goroutine that sends.
type sender struct {
	goroutine []byte // the head of its stack: "goroutine 7 ["
	done      bool   // guarded by the rig
}

// send has a goroutine send the messages, one after the other.
func (r *rig) send(all ...*item) *sender {
	return r.start(func() {
		for _, i := range all {
			r.system.Root.Send(r.pid, i)
		}
	})
}

// start runs what may park in a goroutine of its own, owned by close.
func (r *rig) start(post func()) *sender {
	named := make(chan []byte)
	s := &sender{}
	go func() {
		named <- ownName()
		defer r.finish(s)
		post()
	}()
	s.goroutine = <-named
	r.mu.Lock()
	defer r.mu.Unlock()
	r.senders = append(r.senders, s)
	return s
}

// finish notes that a sender has returned, or what it was made to panic with.
func (r *rig) finish(s *sender) {
	reason := recover()
	r.mu.Lock()
	defer r.mu.Unlock()
	if reason != nil {
		r.escaped = reason
	}
	s.done = true
	r.change()
}

// parkedSenders is the number of senders that have not returned.
func (r *rig) parkedSenders() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, s := range r.senders {
		if !s.done {
			n++
		}
	}
	return n
}

// settle waits until nothing goes on: no mailbox runs and each sender has
// returned, is parked, or spins. It ends for those that never come to rest, too.
func (r *rig) settle() {
	for {
		before, _ := r.look()
		rested := r.rest()
		r.judge(r.allSenders())
		if after, _ := r.look(); before == after || !rested {
			return
		}
	}
}

func (r *rig) allSenders() []*sender {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.senders)
}

// state waits until it is clear what a sender does.
func (r *rig) state(s *sender) state { return r.judge([]*sender{s})[0] }

// judge waits until it is clear what each sender does.
func (r *rig) judge(all []*sender) []state {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	states, watches := make([]state, len(all)), make([]watch, len(all))
	begun := starts()
	for range patience {
		_, next := r.look()
		if r.decided(all, states) {
			return states
		}
		stacks, started := allStacks(), starts()-begun
		for n, s := range all {
			if states[n] == underWay {
				states[n] = watches[n].see(stateIn(stacks, s.goroutine), started)
			}
		}
		select {
		case <-next:
		case <-ticker.C:
		}
	}
	for n := range states {
		if states[n] == underWay {
			states[n] = spinning
		}
	}
	return states
}

// decided notes who has returned and says whether all states are known.
func (r *rig) decided(all []*sender, states []state) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n, s := range all {
		if s.done {
			states[n] = returned
		}
	}
	return !slices.Contains(states, underWay)
}
