package testkit

import (
	"context"
	"fmt"
	"runtime"
	"sort"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// Step is one step of a schedule.
type Step struct {
	Name string        // of who went on
	At   time.Duration // virtual time since the start of the schedule
}

// String is one line of a trace.
func (s Step) String() string { return fmt.Sprintf("%12v  %s", s.At, s.Name) }

// step is somebody who waits for a turn.
type step struct {
	name  string
	after int         // the step is not possible before so many were made, unless no other is
	when  func() bool // the step is possible; nil: it is
	run   func()      // on a goroutine of its own; nil: begun is waited for
	begun chan struct{}
}

// rest is after for a step that is made only when no other is possible.
const rest = int(^uint(0) >> 1)

func (s *step) begin() {
	if s.run != nil {
		go s.run() // owned by Explore, whose bubble waits for it
	} else {
		close(s.begun)
	}
}

// Step waits for a turn. Anybody may call it who holds no lock that others want,
// actors too.
func (x *Exploration) Step(name string) { x.park(&step{name: name}) }

// Until waits for a turn while done is true. It is called by the test and by the
// goroutines of [Exploration.Go], which end here if the schedule has failed. done
// is called while everybody is at rest, and is not to block.
func (x *Exploration) Until(name string, done func() bool) {
	x.wait(&step{name: name, when: done})
}

// After waits for a turn after that many steps of others, or when no step of
// another is possible before time passes. It is called by those who may call
// [Exploration.Until].
func (x *Exploration) After(name string, steps int) {
	x.mu.Lock()
	after := len(x.trace) + steps
	x.mu.Unlock()
	x.wait(&step{name: name, after: after})
}

// Rest waits until no step of another is possible before time passes. It is called
// by those who may call [Exploration.Until].
func (x *Exploration) Rest(name string) { x.wait(&step{name: name, after: rest}) }

// wait is park for a goroutine of the test.
func (x *Exploration) wait(s *step) {
	if !x.park(s) {
		runtime.Goexit()
	}
}

// park waits for a turn; false: the schedule has ended instead.
func (x *Exploration) park(s *step) bool {
	s.begun = make(chan struct{})
	if x.add(s) {
		<-s.begun
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return !x.over
}

// add lines s up; false: the schedule is over, and s has begun.
func (x *Exploration) add(s *step) bool {
	x.mu.Lock()
	if x.over {
		x.mu.Unlock()
		s.begin()
		return false
	}
	i := sort.Search(len(x.parked), func(i int) bool { return x.parked[i].name > s.name })
	x.parked = append(x.parked, nil)
	copy(x.parked[i+1:], x.parked[i:])
	x.parked[i] = s
	idle := x.idle
	x.mu.Unlock()
	if idle {
		select {
		case x.woken <- struct{}{}:
		default:
		}
	}
	return true
}

// next is whose turn it is, nil if no step is possible, and how many steps were
// made. Everybody is at rest.
func (x *Exploration) next() (next *step, made int) {
	x.mu.Lock()
	x.room = append(x.room[:0], x.parked...)
	made = len(x.trace)
	x.mu.Unlock()
	possible, first := x.room[:0], rest
	for _, s := range x.room {
		if s.when != nil && !s.when() {
			continue
		}
		possible = append(possible, s)
		first = min(first, max(s.after, made))
	}
	ready := possible[:0]
	for _, s := range possible {
		if max(s.after, made) == first {
			ready = append(ready, s)
		}
	}
	if len(ready) == 0 {
		return nil, made
	}
	return ready[x.order.choose(ready)], made
}

// turn lets s go on.
func (x *Exploration) turn(s *step) {
	x.mu.Lock()
	for i, p := range x.parked {
		if p == s {
			x.parked = append(x.parked[:i], x.parked[i+1:]...)
			break
		}
	}
	x.trace = append(x.trace, Step{Name: s.name, At: time.Since(x.start)})
	x.mu.Unlock()
	s.begin()
}

// Seed is the schedule's.
func (x *Exploration) Seed() uint64 { return x.seed }

// Context is done when the schedule has ended or failed. What blocks for good if
// the test fails is to give up then.
func (x *Exploration) Context() context.Context { return x.ctx }

// System is the actor system of the schedule; others use it after it. Names of
// actors are free again in each schedule.
func (x *Exploration) System() *actor.ActorSystem { return x.system }

// IntN is a number from 0 to below n, of the seed. It is called by whose turn it is.
func (x *Exploration) IntN(n int) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.dice.IntN(n)
}

// Trace is the steps that were made so far.
func (x *Exploration) Trace() []Step {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]Step(nil), x.trace...)
}
