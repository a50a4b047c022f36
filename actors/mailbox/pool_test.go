package mailbox

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

func TestCoalesceByBytesAgeAndFullness(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Coalesce: &Coalesce{MinBytes: 1000, MaxBytes: 1500, MaxAge: 200 * time.Millisecond}})
		l := q.AddLane("in", 50)
		_, pid := r.pool(2, q, restart(), func(u *Unit) { r.note("%d", len(u.Messages())) })
		many := func(n, size int) {
			for i := range n {
				r.post(l, &load{id: i, size: size})
			}
		}
		many(3, 10) // wait for company until MaxAge
		pass(time.Second)
		r.happened("3@200ms")
		many(4, 400) // MinBytes with the third, MaxBytes without the fourth
		pass(time.Second)
		r.happened("3@1s", "1@1.2s")
		many(50, 1) // full long before MinBytes
		pass(time.Second)
		r.happened("50@2s")
		many(1, 5000) // at least one, however large
		r.happened("1@3s")
		many(2, 10)
		q.Flush() // and whatever comes now goes at once
		synctest.Wait()
		many(1, 10)
		r.happened("2@3s", "1@3s")
		r.stop(pid)
	})
}

func TestCoalesceTakesCompanyOfAllLanes(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Coalesce: &Coalesce{MinBytes: 100, MaxBytes: 100, MaxAge: time.Second}})
		a, b := q.AddLane("a", 50), q.AddLane("b", 50)
		r.post(a, &load{id: 1, size: 40})
		r.post(b, &load{id: 11, size: 40})
		r.post(a, &load{id: 2, size: 40})
		_, pid := r.pool(1, q, restart(), func(u *Unit) { r.note("%v", ids(u.Messages())) })
		r.happened("[1 2]@0s")
		pass(2 * time.Second)
		r.happened("[11]@1s")
		r.post(a, &load{id: 3, size: 40})
		pass(500 * time.Millisecond)
		r.post(b, &load{id: 12, size: 40})
		pass(500 * time.Millisecond)
		r.happened("[3 12]@3s")
		r.stop(pid)
	})
}

func TestStuckWorkerHoldsNobodyUp(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 8)
		block := make(chan struct{})
		var n atomic.Int64
		p, pid := r.pool(4, q, restart(), func(*Unit) {
			if n.Add(1) == 1 {
				<-block
			}
		})
		for i := range 10000 {
			if err := l.Post(one(i)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n.Load() != 10000 {
			t.Error(n.Load())
		}
		if s := p.Stats(); s.Busy != 1 || s.Workers != 4 || len(q.InHand()) != 1 {
			t.Errorf("%+v", s)
		}
		close(block)
		r.stop(pid)
		r.died()
	})
}

func TestCrashedWorkerGetsItsUnitAgainWhole(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Coalesce: &Coalesce{MinBytes: 20, MaxBytes: 20, MaxAge: time.Second}, Backoff: second})
		l := q.AddLane("in", 10)
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			r.note("%v %v %v", ids(u.Messages()), u.Redelivered(), u.Reason())
			if !u.Redelivered() {
				u.Hold(u.Messages()...) // discarded by the panic
				u.OnRelease(func() { t.Error("called after a panic") })
				panic("crash")
			}
		})
		r.post(l, &load{id: 1, size: 10}, &load{id: 2, size: 10})
		r.happened("[1 2] false <nil>@0s", "[1 2] true crash@0s")
		if s := q.Stats(); s != (QueueStats{}) {
			t.Errorf("%+v", s)
		}
		r.stop(pid)
	})
}

func TestEndedWorkerGivesItsUnitBack(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 10)
		p, pid := r.pool(1, q, decide(actor.StopDirective), func(u *Unit) {
			r.note("%v %v", ids(u.Messages()), u.Redelivered())
			if !u.Redelivered() && u.Messages()[0].(*load).id == 1 {
				panic("crash")
			}
		})
		r.post(l, one(1), one(2))
		r.happened("[1] false@0s", "[1] true@0s", "[2] false@0s")
		if s := p.Stats(); s.Workers != 1 || s.Busy != 0 {
			t.Errorf("a worker that ends unasked is replaced: %+v", s)
		}
		r.stop(pid)
		r.died()
	})
}

// A worker that is suspended while it was picked passes the wake-up on.
func TestFailedWorkerHoldsNothingUp(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 10)
		p := NewPool(PoolSettings{Name: "worker", Size: 2, Queue: q, Supervisor: never0{}, Worker: actor.PropsFromFunc(func(c actor.Context) {
			switch m := c.Message().(type) {
			case *note:
				panic(m.text)
			case *Unit:
				r.note("%s %v", c.Self().Id[len(c.Self().Id)-8:], ids(m.Messages()))
			}
		})})
		pid := r.system.Root.Spawn(p.Props())
		synctest.Wait()
		r.system.Root.Send(actor.NewPID(pid.Address, pid.Id+"/worker-2"), &note{"crash"})
		synctest.Wait()
		r.post(l, one(1), one(2))
		r.happened("worker-1 [1]@0s", "worker-1 [2]@0s")
		r.stop(pid)
		r.mu.Lock()
		r.dead = nil // the note
		r.mu.Unlock()
	})
}

// never0 is a strategy that leaves the failed as they are.
type never0 struct{}

func (never0) HandleFailure(*actor.ActorSystem, actor.Supervisor, *actor.PID, *actor.RestartStatistics, any, any) {
}

func TestResize(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 100)
		var busy, most, n atomic.Int64
		p, pid := r.pool(1, q, restart(), func(*Unit) {
			most.Store(max(most.Load(), busy.Add(1)))
			<-time.After(time.Second)
			busy.Add(-1)
			n.Add(1)
		})
		for i := range 60 {
			r.post(l, one(i))
		}
		for _, c := range []struct {
			size  int
			after time.Duration
		}{{1, 2 * time.Second}, {4, 2 * time.Second}, {2, 5 * time.Second}, {0, 3 * time.Second}, {3, time.Minute}} {
			r.system.Root.Send(pid, &Resize{Size: c.size})
			synctest.Wait()
			if s := p.Stats(); s.Workers != c.size {
				t.Errorf("%+v, want %d workers", s, c.size)
			}
			most.Store(0)
			before := n.Load()
			pass(c.after)
			if c.size == 0 && (n.Load() != before+2 || busy.Load() != 0) {
				t.Errorf("without workers %d more were handled, %d are in hand", n.Load()-before, busy.Load())
			}
			if c.size > 0 && most.Load() < min(int64(c.size), 60-before) {
				t.Errorf("%d workers at once, want %d", most.Load(), c.size)
			}
		}
		if n.Load() != 60 {
			t.Error(n.Load())
		}
		if s := p.Stats(); s.BusyTime != 60*time.Second {
			t.Errorf("%+v", s)
		}
		r.stop(pid)
		r.died()
	})
}

func TestPoolOnItsPID(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 1)
		p, pid := r.pool(0, q, restart(), func(u *Unit) { r.note("%v", ids(u.Messages())) })
		r.system.Root.Send(pid, one(1))
		ticket, _ := l.Offer(one(2))
		r.system.Root.Send(pid, Resize{Size: 1}) // two would tell in any order
		r.happened("[1]@0s", "[2]@0s")
		if err := <-ticket.Done(); err != nil || p.Stats().Workers != 1 {
			t.Error(err, p.Stats())
		}
		r.system.Root.Send(pid, &note{"stray"})
		synctest.Wait()
		r.mu.Lock()
		if len(r.dead) != 1 {
			t.Error("a control message that the pool does not know is a dead letter", r.dead)
		}
		r.dead = nil
		r.mu.Unlock()
		r.stop(pid)
	})
}

func TestPoolPoisonDrainsGatesAndDelays(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second, Key: keyOf})
		l := q.AddLane("in", 1)
		_, pid := r.pool(2, q, restart(), func(u *Unit) {
			m := u.Messages()[0].(*load)
			r.note("%d", m.id)
			u.SucceededKey("k")
			switch {
			case m.id == 1 && !u.ProbeKey("k"):
				u.HoldKey("k", m)
			case m.id == 2:
				m.id = 20
				u.Delay(m, time.Now().Add(3*time.Second))
			}
		})
		r.post(l, &load{id: 1, key: "k"})
		synctest.Wait()
		r.post(l, one(2))
		r.system.Root.Poison(pid)
		if _, err := l.Offer(one(3)); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		pass(5 * time.Second)
		r.happened("1@0s", "2@0s", "1@1s", "20@3s")
		if _, alive := r.system.ProcessRegistry.Get(pid); alive {
			t.Error("still there after the pill")
		}
		r.died()
	})
}

func TestPoolTerminationDeadLettersMessageByMessage(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Coalesce: &Coalesce{MinBytes: 30, MaxBytes: 30, MaxAge: time.Second}, Backoff: second, Key: keyOf})
		l := q.AddLane("in", 3)
		_, pid := r.pool(1, q, never0{}, func(u *Unit) {
			switch u.Messages()[0].(*load).id {
			case 1:
				u.Hold(u.Messages()[0])
				u.HoldKey("k", u.Messages()[1])
				u.Delay(u.Messages()[2], time.Now().Add(time.Hour))
			default:
				panic("crash")
			}
		})
		r.post(l, &load{id: 1, size: 10}, &load{id: 2, size: 10}, &load{id: 3, size: 10})
		pass(5 * time.Second) // 1 crashes a worker as the probe
		r.post(l, &load{id: 4, size: 10, weight: 3})
		ticket, _ := l.Offer(one(5))
		r.stop(pid)
		if err := <-ticket.Done(); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		r.mu.Lock()
		if got := ids(r.dead); len(got) != 4 {
			t.Error(got)
		}
		r.dead = nil
		r.mu.Unlock()
	})
}

// undecided leaves an actor that has failed as it is.
type undecided struct{}

func (undecided) HandleFailure(*actor.ActorSystem, actor.Supervisor, *actor.PID, *actor.RestartStatistics, any, any) {
}

// TestWorkerThatFailsWhileItIsIdleIsNotWoken has it crash on a system message.
func TestWorkerThatFailsWhileItIsIdleIsNotWoken(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		born := make(chan *actor.PID, 2)
		pool := NewPool(PoolSettings{Name: "worker", Size: 2, Queue: q, Supervisor: undecided{}, Worker: actor.PropsFromFunc(func(c actor.Context) {
			switch m := c.Message().(type) {
			case *actor.Started:
				born <- c.Self()
			case *actor.Terminated:
				panic("crash")
			case *Unit:
				r.note("%v", ids(m.Messages()))
			}
		})})
		pid := r.system.Root.Spawn(pool.Props())
		synctest.Wait()
		<-born
		failing := <-born // the last to be idle is the first to be woken
		p, _ := r.system.ProcessRegistry.Get(failing)
		p.SendSystemMessage(failing, &actor.Terminated{Who: pid})
		synctest.Wait()
		r.post(l, one(1))
		r.happened("[1]@0s")
		r.stop(pid)
	})
}
