package mailbox

import (
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"
)

// halting is a dispatcher whose actors go on after a message when they are let.
type halting struct{ goOn chan struct{} }

func (halting) Schedule(f func()) { go f() }
func (halting) Throughput() int   { return 0 }
func (h halting) Yield()          { <-h.goOn }

// TestYielderIsAskedBetweenMessages lets an actor take one message at a time.
func TestYielderIsAskedBetweenMessages(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		r.post(l, one(1), one(2), one(3))
		d := halting{make(chan struct{})}
		props := actor.PropsFromFunc(func(c actor.Context) {
			if m, ok := c.Message().(*load); ok {
				r.note("%v", m)
			}
		}, actor.WithMailbox(func() actor.Mailbox { return New(q) }), actor.WithDispatcher(d))
		_, parent := r.spawnProps(props, restart())
		r.happened() // it has started
		for _, want := range []string{"1@0s", "2@0s", "3@0s"} {
			d.goOn <- struct{}{}
			r.happened(want)
		}
		close(d.goOn)
		r.stop(parent)
	})
}

// reluctant lets senders go on when they are let.
type reluctant struct {
	last
	r    *rig
	goOn chan struct{}
}

func (p reluctant) Parked(lane string) func() {
	p.r.note("parked at %s", lane)
	return func() { <-p.goOn }
}

// TestParkerHoldsSendersBack has Post return only when its sender may go on, and
// asks nothing of one that finds room.
func TestParkerHoldsSendersBack(t *testing.T) {
	bubble(t, func(r *rig) {
		p := reluctant{r: r, goOn: make(chan struct{})}
		q := NewQueue(Settings{Scheduler: p})
		l := q.AddLane("in", 1)
		_ = l.Post(one(1))
		r.happened()
		go func() { // owned by the receive of goOn below
			_ = l.Post(one(2))
			r.note("posted")
		}()
		r.happened("parked at in@0s")
		_, pid := r.pool(1, q, restart(), func(u *Unit) { r.note("%v", u.Messages()) })
		r.happened("[1]@0s", "[2]@0s")
		p.goOn <- struct{}{}
		synctest.Wait()
		r.happened("posted@0s")
		r.stop(pid)
	})
}
