package testkit

import (
	"reflect"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// withheld is a message that its actor has not seen yet.
type withheld struct {
	by     *fault
	env    *actor.MessageEnvelope
	system *actor.ActorSystem
	to     *actor.PID
	timer  *time.Timer // nil: it is reordered
}

func (w *withheld) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// happens notes that the fault is there.
func (p *fault) happens() {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.done = true
}

// receive is the middleware of a faulty actor.
func (f *Faults) receive(next actor.ReceiverFunc) actor.ReceiverFunc {
	f.mu.Lock()
	f.applied = true
	f.mu.Unlock()
	return func(c actor.ReceiverContext, env *actor.MessageEnvelope) {
		if _, over := env.Message.(*actor.Stopped); over {
			defer f.bury(c.Self())
		}
		if f.isBack(env) {
			next(c, env)
			return
		}
		f.faulty(env, next)(c, env)
	}
}

// isBack is true for a message that was counted when it came first.
func (f *Faults) isBack(env *actor.MessageEnvelope) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	back := f.back[env]
	delete(f.back, env)
	return back
}

// faulty counts the message, and is next with the faults that are due on it.
func (f *Faults) faulty(env *actor.MessageEnvelope, next actor.ReceiverFunc) actor.ReceiverFunc {
	f.mu.Lock()
	defer f.mu.Unlock()
	whole := next
	for _, p := range slices.Backward(f.plan) {
		if !p.is(env.Message) {
			p.miss(env.Message)
			continue
		}
		p.seen++
		switch {
		case p.seen == p.n:
			next = p.do(p, next)
		case p.swaps && p.seen == p.n+1:
			next = p.swap(next, whole)
		}
	}
	return next
}

// miss notes a message that was perhaps meant.
func (p *fault) miss(message any) {
	if h := hint(p.of, message); h != "" {
		p.near++
		p.nearHint = reflect.TypeOf(message).String() + h
	}
}

// withhold keeps a message for later.
func (f *Faults) withhold(p *fault, c actor.ReceiverContext, env *actor.MessageEnvelope) *withheld {
	f.mu.Lock()
	defer f.mu.Unlock()
	p.done = true
	w := &withheld{by: p, env: env, system: c.ActorSystem(), to: c.Self()}
	f.withheld = append(f.withheld, w)
	return w
}

func (f *Faults) delay(p *fault, c actor.ReceiverContext, env *actor.MessageEnvelope, d time.Duration) {
	w := f.withhold(p, c, env)
	f.mu.Lock()
	defer f.mu.Unlock()
	w.timer = time.AfterFunc(d, func() { f.sendBack(w) })
}

// swap lets the message pass, and then the one that the fault has withheld.
func (p *fault) swap(next, whole actor.ReceiverFunc) actor.ReceiverFunc {
	f := p.faults
	return func(c actor.ReceiverContext, env *actor.MessageEnvelope) {
		w := f.withheldBy(p)
		failed := true
		defer func() {
			if w != nil && (failed || !w.to.Equal(c.Self())) {
				f.sendBack(w)
			}
		}()
		next(c, env)
		failed = false
		if w != nil && w.to.Equal(c.Self()) && f.take(w) {
			whole(c, w.env)
		}
	}
}

// withheldBy is nil if its actor has stopped.
func (f *Faults) withheldBy(p *fault) *withheld {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.withheld {
		if w.by == p {
			return w
		}
	}
	return nil
}

// take is false for a message that somebody else has taken.
func (f *Faults) take(w *withheld) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.Index(f.withheld, w)
	if i < 0 {
		return false
	}
	f.withheld = slices.Delete(f.withheld, i, i+1)
	return true
}

// sendBack hands a message to the mailbox again.
func (f *Faults) sendBack(w *withheld) {
	if !f.take(w) {
		return
	}
	f.mu.Lock()
	f.back[w.env] = true
	f.mu.Unlock()
	process, _ := w.system.ProcessRegistry.Get(w.to)
	process.SendUserMessage(w.to, w.env)
}

// bury makes dead letters of what is withheld from an actor that has stopped.
func (f *Faults) bury(pid *actor.PID) {
	f.mu.Lock()
	var lost []*withheld
	f.withheld = slices.DeleteFunc(f.withheld, func(w *withheld) bool {
		gone := w.to.Equal(pid)
		if gone {
			w.stop()
			lost = append(lost, w)
		}
		return gone
	})
	f.mu.Unlock()
	for _, w := range lost {
		w.system.DeadLetter.SendUserMessage(w.to, w.env)
	}
}
