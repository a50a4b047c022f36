package mailbox

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// odd sweeps loads of odd number.
func odd(msg any) bool { return msg.(*load).id%2 == 1 }

func (r *rig) sweep(q *Queue) {
	q.Sweep(odd, func(msg any) { r.note("swept %v", msg) })
}

func TestSweepLaneAndParked(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 3)
		r.post(l, one(0), one(1), one(2))
		var tickets []*Ticket
		for i := 3; i < 6; i++ {
			ticket, _ := l.Offer(one(i))
			tickets = append(tickets, ticket)
		}
		r.sweep(q)
		for _, ticket := range tickets { // swept, admitted, swept
			if err := <-ticket.Done(); err != nil {
				t.Error(err)
			}
		}
		if s := l.Stats(); s.Depth != 3 || s.Parked != 0 || s.In-s.Out != 3 {
			t.Errorf("%+v", s)
		}
		_, pid := r.pool(1, q, restart(), func(u *Unit) { r.note("%v", ids(u.Messages())) })
		r.happened("swept 1@0s", "swept 3@0s", "swept 5@0s", "[0]@0s", "[2]@0s", "[4]@0s")
		r.stop(pid)
		r.died()
	})
}

func TestSweepDelayedSetAsideAndBack(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second, Key: keyOf, Coalesce: &Coalesce{MinBytes: 60, MaxBytes: 60, MaxAge: time.Second}})
		l := q.AddLane("in", 9)
		first := true
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			m := u.Messages()
			if !first {
				r.note("%v", ids(m))
				return
			}
			first = false
			u.Delay(m[0], time.Now().Add(time.Hour))
			u.Delay(m[1], time.Now().Add(time.Hour))
			u.HoldKey("k", m[2:4]...)
			u.Hold(m[4:]...)
		})
		for i := range 6 {
			r.post(l, &load{id: i, weight: 1, size: 10})
		}
		synctest.Wait()
		if s := q.Stats(); s.Delayed != 2 || s.SetAside != 2 || s.Back != 2 {
			t.Errorf("%+v", s)
		}
		r.sweep(q)
		r.happened("swept 5@0s", "swept 1@0s", "swept 3@0s")
		if s := q.Stats(); s.Delayed != 1 || s.SetAside != 1 || s.Back != 1 {
			t.Errorf("%+v", s)
		}
		pass(2 * time.Hour)
		r.happened("[4 2]@1s", "[0]@1h0m0s")
		r.stop(pid)
	})
}

// What is in hands leaves as it is given back, and not if it is not.
func TestSweepOfWhatIsInHands(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second, Coalesce: &Coalesce{MinBytes: 50, MaxBytes: 50, MaxAge: time.Second}})
		l := q.AddLane("in", 9)
		first := true
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			m := u.Messages()
			if !first {
				r.note("%v", ids(m))
				return
			}
			<-time.After(time.Minute)
			first = false
			u.Delay(m[1], time.Now().Add(time.Second))
			u.HoldKey("k", m[2:4]...)
			u.Hold(m[0], m[4])
		})
		for i := range 5 {
			r.post(l, &load{id: 2*i + 1, size: 10})
		}
		synctest.Wait()
		q.Sweep(func(msg any) bool { return msg.(*load).id >= 3 && msg.(*load).id < 9 }, func(msg any) { r.note("swept %v", msg) })
		r.happened()
		pass(2 * time.Minute)
		r.happened("swept 5@1m0s", "swept 7@1m0s", "swept 3@1m0s", "[1 9]@1m1s")
		r.stop(pid)
		r.died()
	})
}

func TestSweepOfWhatAWorkerLeftBehind(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Coalesce: &Coalesce{MinBytes: 30, MaxBytes: 30, MaxAge: time.Second}})
		l := q.AddLane("in", 9)
		p, pid := r.pool(1, q, decide(actor.StopDirective), func(u *Unit) {
			if !u.Redelivered() {
				r.system.Root.Send(u.worker, &note{}) // dies with the worker
				<-time.After(time.Second)
				panic("crash")
			}
			r.note("%v", ids(u.Messages()))
		})
		for i := range 3 {
			r.post(l, &load{id: i, size: 10})
		}
		synctest.Wait()
		r.system.Root.Send(pid, &Resize{})
		synctest.Wait()
		r.sweep(q) // in hands
		pass(time.Second)
		r.happened("swept 1@1s")
		r.died(&note{})
		if s := q.Stats(); s.Back != 2 {
			t.Errorf("%+v, want two back", s)
		}
		q.Sweep(func(msg any) bool { return msg.(*load).id == 2 }, func(msg any) { r.note("swept %v", msg) })
		if s := p.Stats(); s.Workers != 0 || s.Busy != 0 {
			t.Errorf("%+v", s)
		}
		r.system.Root.Send(pid, &Resize{Size: 1})
		r.happened("swept 2@1s", "[0]@1s")
		r.stop(pid)
		r.died()
	})
}

func TestSweepOfTheLastEndsADrain(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		_, pid := r.pool(0, q, restart(), func(*Unit) {})
		r.post(l, one(1))
		r.system.Root.Poison(pid)
		synctest.Wait()
		r.sweep(q)
		r.happened("swept 1@0s")
		if _, alive := r.system.ProcessRegistry.Get(pid); alive {
			t.Error("still there, with nothing left to drain")
		}
		r.died()
	})
}

// A sweep while senders and workers are at it loses nothing.
func TestSweepRaces(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 4)
		var handled, swept atomic.Int64
		_, pid := r.pool(2, q, restart(), func(*Unit) { handled.Add(1) })
		done := make(chan struct{})
		for range 3 {
			go func() {
				for i := range 1000 {
					_ = l.Post(one(i))
				}
				done <- struct{}{}
			}()
		}
		go func() {
			for range 200 {
				q.Sweep(odd, func(any) { swept.Add(1) })
			}
			done <- struct{}{}
		}()
		for range 4 {
			<-done
		}
		synctest.Wait()
		if handled.Load()+swept.Load() != 3000 {
			t.Errorf("handled %d, swept %d", handled.Load(), swept.Load())
		}
		r.stop(pid)
		r.died()
	})
}

func TestRing(t *testing.T) {
	var r ring[int]
	for i := range 20 {
		r.push(i)
		if i%3 == 0 {
			r.unshift(-r.pop())
		}
	}
	r.remove(5)
	gone := r.extract(func(i int) bool { return i%2 != 0 })
	var left []int
	for r.len() > 0 {
		left = append(left, r.pop())
	}
	if !slices.Equal(left, []int{0, 2, 4, 6, 8, 10, 12, 14, 16, 18}) || len(gone) != 9 {
		t.Error(left, gone)
	}
}

// TestSweepOpensGatesThatNothingWaitsFor: with what was swept went the probe that
// would have opened them. A gate that something still waits for stays closed.
func TestSweepOpensGatesThatNothingWaitsFor(t *testing.T) {
	for name, test := range map[string]struct {
		loads      int // 0 is not swept, 1 is
		inHand     bool
		wantClosed bool
	}{
		"all is swept":            {loads: 1},
		"something is left":       {loads: 2, wantClosed: true},
		"swept while in hand":     {loads: 1, inHand: true},
		"in hand, and one stayed": {loads: 2, inHand: true, wantClosed: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				q := NewQueue(Settings{Backoff: func(int) time.Duration { return time.Hour }, Key: keyOf, Coalesce: &Coalesce{MinBytes: 60, MaxBytes: 60, MaxAge: time.Second}})
				l := q.AddLane("in", 9)
				_, pid := r.pool(1, q, restart(), func(u *Unit) {
					if test.inHand {
						r.sweep(q)
					}
					m := u.Messages()
					u.HoldKey("k", m[:test.loads]...)
					u.Hold(m[test.loads:]...)
				})
				for i := range 2 * test.loads {
					r.post(l, &load{id: 1 - i%test.loads, weight: 1, size: 10})
				}
				pass(2 * time.Second)
				if !test.inHand {
					if s := q.Stats(); !s.GateClosed || s.KeyGatesClosed != 1 {
						t.Fatalf("before the sweep: %+v", s)
					}
					r.sweep(q)
				}
				s := q.Stats()
				if s.GateClosed != test.wantClosed || (s.KeyGatesClosed == 1) != test.wantClosed {
					t.Errorf("%+v, want gates closed: %v", s, test.wantClosed)
				}
				r.stop(pid)
			})
		})
	}
}

// TestSweepOfWhatTheDeadLeftBehind takes it from the heir.
func TestSweepOfWhatTheDeadLeftBehind(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		_, first := r.spawn(Producer(q), decide(actor.StopDirective), func(actor.Context) { panic("crash") })
		r.post(l, one(1))
		synctest.Wait()
		for range 2 { // the second finds nothing
			r.sweep(q)
		}
		_, second := r.spawn(Producer(q), decide(actor.StopDirective), func(c actor.Context) { r.note("%v", c.Message()) })
		r.happened("swept 1@0s")
		r.stop(first)
		r.stop(second)
		q.Close()
		r.died()
	})
}

// TestSweepOfAllThatADyingWorkerHas hands nobody an empty unit, and opens the gate
// that this one probed.
func TestSweepOfAllThatADyingWorkerHas(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second})
		l := q.AddLane("in", 9)
		dying := make(chan struct{})
		_, pid := r.pool(1, q, decide(actor.StopDirective), func(u *Unit) {
			r.note("%v %v", ids(u.Messages()), u.Probe())
			if !u.Probe() {
				u.Hold(u.Messages()...)
				return
			}
			<-dying
			panic("crash")
		})
		r.post(l, one(1))
		pass(time.Second)
		r.sweep(q)
		close(dying)
		r.happened("[1] false@0s", "[1] true@1s", "swept 1@1s")
		if s := q.Stats(); s != (QueueStats{}) {
			t.Errorf("%+v, want nothing, and no gate", s)
		}
		r.stop(pid)
		r.died()
	})
}

// TestSweepIsForgottenWithItsUnit sweeps one of two messages of a worker that dies:
// what another makes of the other has nothing to do with it.
func TestSweepIsForgottenWithItsUnit(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second, Coalesce: &Coalesce{MinBytes: 20, MaxBytes: 20, MaxAge: time.Hour}})
		l := q.AddLane("in", 9)
		dying := make(chan struct{})
		_, pid := r.pool(1, q, decide(actor.StopDirective), func(u *Unit) {
			r.note("%v", ids(u.Messages()))
			switch {
			case !u.Redelivered() && !u.Probe():
				<-dying
				panic("crash")
			case u.Redelivered():
				u.Hold(&load{id: 3, weight: 1})
			}
		})
		r.post(l, &load{id: 1, weight: 1, size: 10}, &load{id: 2, weight: 1, size: 10})
		synctest.Wait()
		r.sweep(q)
		close(dying)
		pass(time.Second)
		r.happened("[1 2]@0s", "swept 1@0s", "[2]@0s", "[3]@1s")
		r.stop(pid)
	})
}
