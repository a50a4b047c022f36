package mailboxtest

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/asynkron/protoactor-go/actor"
)

// systemSignal is the id under which the log has the system message of signal.
const systemSignal = -1

// item is a message of the suite.
type item struct {
	id    int
	gate  *gate // where it is held, in the hands of the actor; nil: nowhere
	crash bool  // the actor panics over it the first time
}

// String names it in failures.
func (i *item) String() string { return fmt.Sprint("message ", i.id) }

// items have ids from first to last.
func items(first, last int) (out []*item) {
	for id := first; id <= last; id++ {
		out = append(out, &item{id: id})
	}
	return out
}

// gate holds what reaches it until it is open.
type gate struct {
	pass   chan struct{}
	inside int  // guarded by the rig
	isOpen bool // guarded by the rig
}

// gate makes one that closing the rig opens.
func (r *rig) gate() *gate {
	g := &gate{pass: make(chan struct{})}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gates = append(r.gates, g)
	return g
}

func (r *rig) allGates() []*gate {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.gates)
}

// hold has the actor busy with message 0 until the gate is opened.
func (r *rig) hold(crash bool) (*gate, error) {
	g := r.gate()
	r.send(&item{id: 0, gate: g, crash: crash})
	return g, r.reached(g, 0)
}

// reached waits until a message is in the gate.
func (r *rig) reached(g *gate, id int) error {
	r.settle()
	r.mu.Lock()
	defer r.mu.Unlock()
	if g.inside == 0 {
		return fmt.Errorf("message %d did not reach an actor that has nothing else to do", id)
	}
	return nil
}

// open lets what is held go on.
func (r *rig) open(g *gate) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if g.isOpen {
		return
	}
	g.isOpen = true
	r.held -= g.inside
	close(g.pass)
	r.change()
}

// enter is false if the gate is open.
func (r *rig) enter(g *gate) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if g.isOpen {
		return false
	}
	g.inside++
	r.held++
	r.change()
	return true
}

// receive is the actor under test.
func (r *rig) receive(c actor.Context) {
	switch m := c.Message().(type) {
	case *actor.Terminated:
		r.note(systemSignal)
	default:
		if i := itemIn(m); i != nil {
			r.handle(i)
		}
	}
}

func (r *rig) handle(i *item) {
	crash := r.begin(i)
	defer r.end()
	if i.gate != nil && r.enter(i.gate) {
		<-i.gate.pass
	}
	if crash {
		panic("the actor under test fails on " + i.String())
	}
}

// begin says whether the actor is to fail.
func (r *rig) begin(i *item) (crash bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active++
	r.overlap = r.overlap || r.active > 1
	r.stray = r.stray || r.running == 0
	r.log = append(r.log, i.id)
	crash = i.crash && !r.crashed[i.id]
	r.crashed[i.id] = true
	r.change()
	return crash
}

func (r *rig) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active--
	r.change()
}

func (r *rig) note(id int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, id)
	r.change()
}

// observe counts the dead letters.
func (r *rig) observe(event any) {
	letter, ok := event.(*actor.DeadLetterEvent)
	if !ok {
		return
	}
	if i := itemIn(letter.Message); i != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.dead[i.id]++
		r.change()
	}
}

// itemIn finds the item in a message, which may be marked as coming again: an
// exported field of a struct then has it.
func itemIn(message any) *item {
	if i, ok := message.(*item); ok {
		return i
	}
	v := reflect.Indirect(reflect.ValueOf(message))
	if v.Kind() != reflect.Struct {
		return nil
	}
	for n := range v.NumField() {
		if f := v.Field(n); f.CanInterface() {
			if i, ok := f.Interface().(*item); ok {
				return i
			}
		}
	}
	return nil
}

// handled are the ids in the order in which the actor got them.
func (r *rig) handled() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.log)
}

// fates is how often id was handled and how often it became a dead letter.
func (r *rig) fates(id int) (handled, dead int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.log {
		if h == id {
			handled++
		}
	}
	return handled, r.dead[id]
}

// handledOnce checks that each message was handled once.
func (r *rig) handledOnce(all []*item) error {
	for _, i := range all {
		switch handled, dead := r.fates(i.id); {
		case dead > 0:
			return fmt.Errorf("%v became a dead letter", i)
		case handled == 0:
			return fmt.Errorf("%v was not handled: it was lost, or still waits in a mailbox that rests", i)
		case handled > 1:
			return fmt.Errorf("%v was handled %d times", i, handled)
		}
	}
	return nil
}

// accounted checks that each message was handled or became a dead letter, once.
func (r *rig) accounted(all []*item) error {
	for _, i := range all {
		switch handled, dead := r.fates(i.id); {
		case handled+dead == 0:
			return fmt.Errorf("%v was lost in silence: neither handled nor a dead letter", i)
		case handled+dead > 1:
			return fmt.Errorf("%v was handled %d times and became a dead letter %d times", i, handled, dead)
		}
	}
	return nil
}
