package mailbox

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// TestInHandDoesNotCountWaiting has a worker work for 1 s, wait for 5 and work on.
func TestInHandDoesNotCountWaiting(t *testing.T) {
	bubble(t, func(r *rig) {
		var since time.Duration
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			<-time.After(time.Second)
			u.Wait(func() { <-time.After(5 * time.Second) })
			<-time.After(2 * time.Second)
		})
		r.post(l, one(1))
		for _, want := range []InHand{
			{Weight: 1, Since: 500 * time.Millisecond, Worked: 500 * time.Millisecond},
			{Weight: 1, Since: 3500 * time.Millisecond, Worked: time.Second, Waiting: true},
			{Weight: 1, Since: 6500 * time.Millisecond, Worked: 1500 * time.Millisecond},
		} {
			pass(want.Since - since)
			since = want.Since
			got := q.InHand()
			if len(got) != 1 {
				t.Fatalf("%d in hands, want one", len(got))
			}
			want.Actor = got[0].Actor
			if got[0] != want {
				t.Errorf("in hands is %+v, want %+v", got[0], want)
			}
		}
		r.stop(pid)
	})
}

// TestInHandBeginsAnewWithEachWorker has one die after it has waited for 5 s: that
// is not the time of who takes its place.
func TestInHandBeginsAnewWithEachWorker(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		p, pid := r.pool(1, q, decide(actor.StopDirective), func(u *Unit) {
			if !u.Redelivered() {
				u.Wait(func() { <-time.After(5 * time.Second) })
				panic("crash")
			}
			<-time.After(time.Minute)
		})
		r.post(l, one(1))
		pass(7 * time.Second)
		if h := q.InHand(); len(h) != 1 || h[0].Since != 2*time.Second || h[0].Worked != 2*time.Second {
			t.Errorf("in hands is %+v, want 2 s of work", h)
		}
		if busy := p.Stats().BusyTime; busy != 7*time.Second {
			t.Errorf("busy for %v, want 7 s", busy)
		}
		pass(time.Minute)
		r.stop(pid)
	})
}

// TestWaitEndsWithAPanic has what is waited for crash.
func TestWaitEndsWithAPanic(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			if !u.Redelivered() {
				u.Wait(func() {
					<-time.After(time.Second)
					panic("crash")
				})
			}
			<-time.After(2 * time.Second)
		})
		r.post(l, one(1))
		pass(2 * time.Second)
		if got := q.InHand(); len(got) != 1 || got[0].Waiting || got[0].Worked != time.Second {
			t.Errorf("in hands is %+v, want 1 s of work", got)
		}
		pass(time.Minute)
		r.stop(pid)
	})
}

// TestInHandListsControlMessages has one handled for a while, and redelivered.
func TestInHandListsControlMessages(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		crashed := false
		pid, parent := r.single(q, restart(), func(any) {
			<-time.After(time.Second)
			if !crashed {
				crashed = true
				panic("crash")
			}
		})
		r.system.Root.Send(pid, &note{"a"})
		r.system.Root.Send(pid, &note{"b"})
		pass(1500 * time.Millisecond)
		if got := q.InHand(); len(got) != 1 || !got[0].Actor.Equal(pid) || got[0].Weight != 0 || got[0].Worked != 1500*time.Millisecond {
			t.Errorf("in hands is %+v, want the first message since it came", got)
		}
		if got := q.Progress().Control; got != 1 {
			t.Errorf("%d control messages wait, want one", got)
		}
		pass(time.Minute)
		if got := q.InHand(); len(got) != 0 {
			t.Errorf("in hands is %+v, want nothing", got)
		}
		r.stop(parent)
	})
}

// TestProgress has a pool with nothing to do, with a gate, and with more than its
// workers take.
func TestProgress(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second, Coalesce: &Coalesce{MinBytes: 100, MaxBytes: 100, MaxAge: time.Second}})
		l := q.AddLane("in", 2)
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			if u.Messages()[0].(*load).id == 1 && !u.Probe() {
				u.Hold(u.Messages()...)
				return
			}
			u.Succeeded()
			<-time.After(time.Minute)
		})
		want := func(ready bool, idle int, handedOut, depth int64, due bool) {
			t.Helper()
			p := q.Progress()
			if lane := p.Lanes[0]; p.Ready != ready || p.Idle != idle || p.HandedOut != handedOut || lane.Depth != depth || lane.Due != due {
				t.Errorf("%+v, want ready %v, idle %d, handed out %d, depth %d, due %v", p, ready, idle, handedOut, depth, due)
			}
		}
		want(false, 1, 0, 0, false)
		r.post(l, one(1))
		want(false, 1, 0, 1, false) // waits for company
		pass(time.Second)
		want(false, 1, 1, 0, false) // came back, behind a gate
		r.post(l, one(2), one(3))
		want(false, 1, 1, 2, false) // full, and behind the gate
		pass(time.Second)
		want(false, 0, 2, 0, false) // the probe took all of it
		r.post(l, one(4), one(5))
		want(false, 0, 2, 2, false) // full, and the probe is not back
		pass(time.Minute)
		want(false, 0, 3, 0, false)
		r.post(l, one(6), one(7))
		want(true, 0, 3, 2, true) // full, but the worker is busy
		pass(time.Minute)
		want(false, 0, 4, 0, false)
		pass(time.Minute)
		want(false, 1, 4, 0, false)
		r.stop(pid)
	})
}

// TestProgressOfASingleActor reads it at the start of time, and later.
func TestProgressOfASingleActor(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		r.post(l, one(1), one(2))
		if p := q.Progress(); !p.Ready || !p.Lanes[0].Due || p.HandedOut != 0 || p.Idle != 0 || !q.Stats().Ready {
			t.Errorf("%+v with messages and no actor, want them due", p)
		}
		pass(time.Second)
		_, parent := r.single(q, restart(), func(any) { <-time.After(3 * time.Second) })
		pass(2 * time.Second)
		if h := q.InHand(); len(h) != 1 || h[0].Since != 2*time.Second || h[0].Worked != 2*time.Second {
			t.Errorf("in hands is %+v, want 2 s of work", h)
		}
		pass(5 * time.Second)
		if p := q.Progress(); p.Ready || p.HandedOut != 2 || p.Idle != 1 || q.Stats().Ready {
			t.Errorf("%+v, want two handed out and the actor idle", p)
		}
		r.stop(parent)
	})
}

// manual is a dispatcher whose actors run when the test has them run.
type manual struct{ runs chan func() }

func (d manual) Schedule(f func()) { d.runs <- f }
func (manual) Throughput() int     { return 300 }

// TestProgressCountsWhoIsWoken among the idle until it takes something.
func TestProgressCountsWhoIsWoken(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		d := manual{make(chan func(), 9)}
		pool := NewPool(PoolSettings{Name: "worker", Size: 1, Queue: q, Worker: actor.PropsFromFunc(func(actor.Context) {}, actor.WithDispatcher(d))})
		pid := r.system.Root.Spawn(pool.Props())
		(<-d.runs)() // it has started, and is idle
		r.post(l, one(1))
		if p := q.Progress(); p.Idle != 1 || p.HandedOut != 0 || !p.Ready {
			t.Errorf("%+v, want one worker that is woken and has taken nothing", p)
		}
		(<-d.runs)()
		if p := q.Progress(); p.Idle != 1 || p.HandedOut != 1 || p.Ready {
			t.Errorf("%+v, want one worker idle again", p)
		}
		go func() {
			for f := range d.runs {
				f()
			}
		}()
		r.stop(pid)
		close(d.runs)
	})
}

// TestNoWakeUpIsLost has each message come just as the actor goes to rest: were
// one to be missed, the actor would rest for ever.
func TestNoWakeUpIsLost(t *testing.T) {
	for name, control := range map[string]bool{"control": true, "lane": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				q := NewQueue(Settings{})
				l := q.AddLane("in", 9)
				heard := make(chan struct{}, 1)
				pid, parent := r.single(q, restart(), func(any) { heard <- struct{}{} })
				for i := range 20_000 {
					if control {
						r.system.Root.Send(pid, &note{})
					} else {
						r.post(l, one(i))
					}
					<-heard
				}
				r.stop(parent)
			})
		})
	}
}

// TestEachMeetsEveryMessage puts one message into each place that there is.
func TestEachMeetsEveryMessage(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Key: keyOf, Backoff: func(int) time.Duration { return time.Hour }})
		l := q.AddLane("in", 2)
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			switch m := u.Messages()[0].(*load); m.id {
			case 1:
				u.Delay(m, time.Now().Add(time.Hour))
			case 2:
				u.HoldKey("k", m)
			case 3:
				<-time.After(time.Minute)
			case 4:
				u.Hold(m)
			}
		})
		post := func(ids ...int) {
			for _, id := range ids {
				if _, err := l.Offer(&load{id: id, weight: 1, key: map[int]string{2: "k"}[id]}); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
			}
		}
		want := func(want ...int) {
			t.Helper()
			var got []int
			q.Each(func(m any) { got = append(got, m.(*load).id) })
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("met %v, want %v", got, want)
			}
		}
		post(1, 2, 3, 5, 6, 7) // delayed, aside, in hands, in the lane, parked
		want(1, 2, 3, 5, 6, 7)
		pass(2 * time.Minute)
		post(4, 8)
		want(1, 2, 4, 8) // back at the head, in the lane
		r.stop(pid)
		want()
	})
}

// TestEachMeetsWhatASingleActorHas in its hands, in the lane and parked.
func TestEachMeetsWhatASingleActorHas(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 1)
		_, parent := r.single(q, decide(actor.RestartDirective), func(any) { <-time.After(time.Minute) })
		for id := range 3 {
			if _, err := l.Offer(one(id)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		n := 0
		q.Each(func(any) { n++ })
		if n != 3 {
			t.Errorf("met %d, want 3", n)
		}
		pass(time.Hour)
		r.stop(parent)
	})
}

// TestPoolThatCrashesAsItStopsEnds has the pool's own actor crash on the first
// message of its end: it must not spawn anew the workers that leave.
func TestPoolThatCrashesAsItStopsEnds(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		q.AddLane("in", 1)
		p := NewPool(PoolSettings{Name: "worker", Size: 2, Queue: q, Supervisor: restart(), Worker: actor.PropsFromFunc(func(actor.Context) {})})
		pid := r.system.Root.Spawn(p.Props(actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
			return func(c actor.ReceiverContext, e *actor.MessageEnvelope) {
				if _, ok := e.Message.(*actor.Stopping); ok {
					panic("crash")
				}
				next(c, e)
			}
		})))
		synctest.Wait()
		r.system.Root.Stop(pid)
		pass(time.Minute)
		if _, alive := r.system.ProcessRegistry.Get(pid); alive {
			t.Error("the pool has not ended")
		}
		if n := p.Stats().Workers; n != 0 {
			t.Errorf("%d workers are left", n)
		}
	})
}
