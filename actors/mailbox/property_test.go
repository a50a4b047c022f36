package mailbox

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"pgregory.net/rapid"
)

// fate is what a worker does with a message it gets.
type fate int

const (
	done fate = iota
	slow
	delay
	hold
	holdKey
	crash
)

// fated is a message that knows what becomes of it each time it is handed out;
// then it is done with.
type fated struct {
	load
	fates []fate
}

func (f *fated) next() fate {
	if len(f.fates) == 0 {
		return done
	}
	first := f.fates[0]
	f.fates = f.fates[1:]
	return first
}

// step is one thing that happens to a pool.
type step struct {
	what string
	lane int
	n    int
	msg  *fated
}

func drawSteps(t *rapid.T) (steps []step) {
	fates := rapid.SliceOfN(rapid.SampledFrom([]fate{done, slow, delay, hold, holdKey, crash}), 0, 3)
	for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
		s := step{what: rapid.SampledFrom([]string{"post", "post", "post", "post", "pass", "resize", "sweep", "withdraw", "flush"}).Draw(t, "step")}
		s.lane = rapid.IntRange(0, 1).Draw(t, "lane")
		s.n = rapid.IntRange(0, 4).Draw(t, "n")
		s.msg = &fated{load: load{id: i, weight: 1 + s.n, size: 10 * s.n, key: []string{"a", "b"}[s.lane]}, fates: fates.Draw(t, "fates")}
		steps = append(steps, s)
	}
	return steps
}

// trial is a pool under test, and how each message ended.
type trial struct {
	*rig
	queue   *Queue
	lanes   []*Lane
	pool    *actor.PID
	tickets map[int]*Ticket
	ends    map[int][]string // guarded by rig.mu
	posted  int
}

func (tr *trial) end(msg any, how string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	id := msg.(*fated).id
	tr.ends[id] = append(tr.ends[id], how)
}

// work does with a unit what its messages say.
func (tr *trial) work(u *Unit) {
	failed := false
	for _, x := range u.Messages() {
		m := x.(*fated)
		switch m.next() {
		case crash:
			panic("crash")
		case delay:
			u.Delay(m, time.Now().Add(300*time.Millisecond))
			continue
		case hold:
			u.Hold(m)
			failed = true
			continue
		case holdKey:
			u.HoldKey(m.key, m)
			failed = true
			continue
		case slow:
			<-time.After(50 * time.Millisecond)
		case done:
		}
		u.OnRelease(func() { tr.end(m, "released") })
	}
	if !failed {
		u.Succeeded()
		u.SucceededKey("a")
		u.SucceededKey("b")
	}
}

func (tr *trial) step(s step) {
	switch s.what {
	case "post":
		ticket, err := tr.lanes[s.lane].Offer(s.msg)
		if err != nil {
			tr.t.Error(err)
		}
		if tr.posted++; ticket != nil {
			tr.tickets[s.msg.id] = ticket
		}
	case "pass":
		pass(time.Duration(s.n) * 70 * time.Millisecond)
	case "resize":
		tr.system.Root.Send(tr.pool, &Resize{Size: s.n})
	case "sweep":
		tr.queue.Sweep(func(m any) bool { return m.(*fated).id%5 == s.n }, func(m any) { tr.end(m, "swept") })
	case "withdraw":
		for id, ticket := range tr.tickets {
			if ticket.Withdraw() {
				tr.end(&fated{load: load{id: id}}, "withdrawn")
				delete(tr.tickets, id)
			}
			break
		}
	case "flush":
		tr.queue.Flush()
	}
	for _, l := range tr.lanes {
		if s := l.Stats(); s.Depth >= s.Capacity+5 || s.In-s.Out != s.Depth || s.Depth < 0 {
			tr.t.Errorf("%+v", s)
		}
	}
}

// finish stops the pool, at once or drained, and checks that each message has
// ended exactly once.
func (tr *trial) finish(drain bool) {
	if drain {
		tr.system.Root.Send(tr.pool, &Resize{Size: 2})
		tr.system.Root.Poison(tr.pool)
		pass(time.Hour)
		if _, alive := tr.system.ProcessRegistry.Get(tr.pool); alive {
			tr.t.Errorf("not drained: %+v %+v %+v", tr.queue.Stats(), tr.queue.InHand(), tr.lanes[0].Stats())
		}
	}
	tr.stop(tr.pool)
	pass(time.Second)
	for id, ticket := range tr.tickets {
		if err := <-ticket.Done(); err != nil {
			tr.end(&fated{load: load{id: id}}, "refused")
		}
	}
	if drain && len(tr.dead) > 0 {
		tr.t.Errorf("dead letters after a drain: %v", tr.dead)
	}
	for _, m := range tr.dead {
		tr.end(m, "dead-lettered")
	}
	if len(tr.ends) != tr.posted {
		tr.t.Errorf("%d messages ended of %d", len(tr.ends), tr.posted)
	}
	for id, ends := range tr.ends {
		if len(ends) != 1 {
			tr.t.Errorf("message %d ended as %v", id, ends)
		}
	}
}

// Whatever happens to a pool, every message is released, swept, taken back or
// dead-lettered, once.
func TestEveryMessageEndsOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := drawSteps(rt)
		drain := rapid.Bool().Draw(rt, "drain")
		size := rapid.IntRange(0, 3).Draw(rt, "size")
		directive := rapid.SampledFrom([]actor.Directive{actor.RestartDirective, actor.ResumeDirective, actor.StopDirective}).Draw(rt, "directive")
		s := Settings{Key: func(m any) string { return m.(*fated).key }, Backoff: func(n int) time.Duration { return time.Duration(n) * 100 * time.Millisecond }}
		if rapid.Bool().Draw(rt, "coalesce") {
			s.Coalesce = &Coalesce{MinBytes: 50, MaxBytes: 100, MaxAge: 100 * time.Millisecond}
		}
		bubble(t, func(r *rig) {
			q := NewQueue(s)
			tr := &trial{rig: r, queue: q, lanes: []*Lane{q.AddLane("a", 7), q.AddLane("b", 3)}, tickets: map[int]*Ticket{}, ends: map[int][]string{}}
			_, tr.pool = r.pool(size, q, decide(directive), tr.work)
			for _, s := range steps {
				tr.step(s)
			}
			tr.finish(drain)
		})
		if t.Failed() {
			rt.Fatalf("%s", fmt.Sprint(steps))
		}
	})
}

// A probe that is swept empty, or a gate without anything behind it, does not
// keep what comes later waiting.
func TestGateOfWhatWasSweptOpensForLaterMessages(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second, Key: keyOf})
		l := q.AddLane("in", 9)
		_, pid := r.pool(2, q, restart(), func(u *Unit) {
			m := u.Messages()[0].(*load)
			r.note("%d", m.id)
			if m.id == 1 {
				u.HoldKey("k", m)
				u.Hold()
			}
			u.Succeeded()
		})
		r.post(l, &load{id: 1, key: "k"})
		synctest.Wait()
		r.sweep(q)
		pass(time.Minute)
		r.post(l, &load{id: 2, key: "k"}, &load{id: 4, key: "k"})
		r.happened("1@0s", "swept 1@0s", "2@1m0s", "4@1m0s")
		r.stop(pid)
	})
}
