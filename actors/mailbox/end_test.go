package mailbox

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// TestSecondPoisonChangesNothing poisons a pool twice while a message is delayed:
// it is handed out, and the pool ends.
func TestSecondPoisonChangesNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			r.note("%v", ids(u.Messages()))
			if time.Since(r.start) == 0 {
				u.Delay(u.Messages()[0], r.start.Add(time.Second))
			}
		})
		r.post(l, one(1))
		synctest.Wait()
		for range 2 {
			r.system.Root.Poison(pid)
			synctest.Wait()
		}
		pass(2 * time.Second)
		r.happened("[1]@0s", "[1]@1s")
		if _, alive := r.system.ProcessRegistry.Get(pid); alive {
			t.Error("still there, with nothing left to drain")
		}
		r.died()
	})
}

// TestHeirTakesOverOnce has an actor die of a message, which its heir is given;
// the heir's heir is not, and in between it is in nobody's hands.
func TestHeirTakesOverOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		spawn := func(f func(msg any)) (parent *actor.PID) {
			_, parent = r.spawn(Producer(q), decide(actor.StopDirective), func(c actor.Context) { f(c.Message()) })
			synctest.Wait()
			return parent
		}
		note := func(msg any) { r.note("%v", msg.(*Redelivered).Message) }
		first := spawn(func(any) { panic("crash") })
		r.post(l, one(1))
		synctest.Wait()
		if hands := q.InHand(); len(hands) != 0 {
			t.Errorf("in the hands of the dead: %+v", hands)
		}
		second := spawn(note)
		r.happened("1@0s")
		r.sweep(q) // it is there no more
		r.happened()
		r.stop(second)
		third := spawn(note)
		r.happened()
		r.stop(first)
		r.stop(third)
		q.Close()
		r.died()
	})
}

// TestNobodyInheritsFromAClosedQueue has an actor die of a message after the queue
// was closed: the message is a dead letter, once.
func TestNobodyInheritsFromAClosedQueue(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		closed := make(chan struct{})
		_, parent := r.spawn(Producer(q), decide(actor.StopDirective), func(actor.Context) {
			<-closed
			panic("crash")
		})
		r.post(l, one(1))
		synctest.Wait()
		q.Close()
		close(closed)
		synctest.Wait()
		r.died(one(1))
		r.stop(parent)
		r.died()
	})
}

// TestClosedQueuesDeadLetterOnce closes queues again that hold what an actor and
// a worker left behind.
func TestClosedQueuesDeadLetterOnce(t *testing.T) {
	for name, leave := range map[string]func(r *rig, q *Queue, l *Lane) (over *actor.PID){
		"an actor": func(r *rig, q *Queue, l *Lane) *actor.PID {
			_, parent := r.spawn(Producer(q), decide(actor.StopDirective), func(actor.Context) { panic("crash") })
			r.post(l, one(1))
			return parent
		},
		"a worker": func(r *rig, q *Queue, l *Lane) *actor.PID {
			gone := make(chan struct{})
			_, pid := r.pool(1, q, decide(actor.StopDirective), func(*Unit) {
				<-gone
				panic("crash")
			})
			r.post(l, one(1))
			synctest.Wait()
			r.system.Root.Send(pid, &Resize{})
			synctest.Wait()
			close(gone)
			return pid
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				q := NewQueue(Settings{})
				pid := leave(r, q, q.AddLane("in", 9))
				synctest.Wait()
				r.died()
				q.Close()
				r.died(one(1))
				q.Close()
				r.stop(pid)
				r.died()
			})
		})
	}
}

// TestWorkerDiesOfAMessageToItsPID has that be a dead letter: it is no unit, which
// would go to another.
func TestWorkerDiesOfAMessageToItsPID(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		q.AddLane("in", 9)
		born := make(chan *actor.PID, 2)
		pool := NewPool(PoolSettings{Name: "worker", Size: 1, Queue: q, Supervisor: decide(actor.StopDirective), Worker: actor.PropsFromFunc(func(c actor.Context) {
			switch c.Message().(type) {
			case *actor.Started:
				born <- c.Self()
			case *note:
				panic("crash")
			}
		})})
		pid := r.system.Root.Spawn(pool.Props())
		r.system.Root.Send(<-born, &note{"hello"})
		<-born // another takes its place
		r.died(&note{"hello"})
		r.stop(pid)
	})
}

// TestWorkerRestsAgainAfterAMessageToItsPID, or it would be woken no more.
func TestWorkerRestsAgainAfterAMessageToItsPID(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		born := make(chan *actor.PID, 1)
		pool := NewPool(PoolSettings{Name: "worker", Size: 1, Queue: q, Worker: actor.PropsFromFunc(func(c actor.Context) {
			switch m := c.Message().(type) {
			case *actor.Started:
				born <- c.Self()
			case *note:
				r.note("%v", m)
			case *Unit:
				r.note("%v", ids(m.Messages()))
			}
		})})
		pid := r.system.Root.Spawn(pool.Props())
		worker := <-born
		synctest.Wait()
		for i := range 2 {
			r.system.Root.Send(worker, &note{"hello"})
			synctest.Wait()
			r.post(l, one(i))
			synctest.Wait()
		}
		r.happened("hello@0s", "[0]@0s", "hello@0s", "[1]@0s")
		r.stop(pid)
	})
}

// TestPoolWithoutLanesTakesNoMessages but its own.
func TestPoolWithoutLanesTakesNoMessages(t *testing.T) {
	bubble(t, func(r *rig) {
		_, pid := r.pool(1, NewQueue(Settings{}), restart(), func(*Unit) {})
		r.system.Root.Send(pid, one(1))
		synctest.Wait()
		r.died(one(1))
		r.stop(pid)
	})
}

// TestPoolWorksAfterItsRestart crashes the pool's own actor.
func TestPoolWorksAfterItsRestart(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		p := NewPool(PoolSettings{Name: "worker", Size: 2, Queue: q, Worker: actor.PropsFromFunc(func(c actor.Context) {
			if u, ok := c.Message().(*Unit); ok {
				r.note("%v", ids(u.Messages()))
			}
		})})
		crashed := false
		crash := func(next actor.ReceiverFunc) actor.ReceiverFunc {
			return func(c actor.ReceiverContext, env *actor.MessageEnvelope) {
				if env.Message == (Resize{Size: 1}) { // comes again as a *Redelivered
					crashed = true
					panic("crash")
				}
				next(c, env)
			}
		}
		pid, parent := r.spawnProps(p.Props(actor.WithReceiverMiddleware(crash)), restart())
		synctest.Wait()
		r.system.Root.Send(pid, Resize{Size: 1})
		synctest.Wait()
		if !crashed || p.Stats().Workers != 1 {
			t.Errorf("crashed %v, then %d workers, want the one that was asked for", crashed, p.Stats().Workers)
		}
		r.post(l, one(1))
		r.happened("[1]@0s")
		r.stop(parent)
	})
}

// TestWorkerGivesBackToAClosedQueue has it hold, delay and hold for a key after
// the end: all of that are dead letters, once.
func TestWorkerGivesBackToAClosedQueue(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second, Coalesce: &Coalesce{MinBytes: 30, MaxBytes: 30, MaxAge: time.Hour}})
		l := q.AddLane("in", 9)
		closed := make(chan struct{})
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			<-closed
			m := u.Messages()
			u.Hold(m[0])
			u.HoldKey("a", m[1])
			u.Delay(m[2], time.Now())
		})
		for i := range 3 {
			r.post(l, &load{id: i, weight: 1, size: 10})
		}
		synctest.Wait()
		q.Close()
		close(closed)
		synctest.Wait()
		r.mu.Lock()
		n := len(r.dead)
		r.dead = nil
		r.mu.Unlock()
		if n != 3 {
			t.Errorf("%d dead letters, want 3", n)
		}
		q.Close()
		r.stop(pid)
		r.died()
	})
}

// TestWorkerDiesAfterTheQueueWasClosed has what was in its hands be a dead letter,
// once.
func TestWorkerDiesAfterTheQueueWasClosed(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		closed := make(chan struct{})
		_, pid := r.pool(1, q, decide(actor.StopDirective), func(*Unit) {
			<-closed
			panic("crash")
		})
		r.post(l, one(1))
		synctest.Wait()
		q.Close()
		close(closed)
		synctest.Wait()
		r.died(one(1))
		q.Close()
		r.died()
		r.stop(pid)
	})
}

// TestMessagesToAClosedQueueAreDeadLetters has its actor live on.
func TestMessagesToAClosedQueueAreDeadLetters(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		q.AddLane("in", 9)
		pid, parent := r.spawn(Producer(q), restart(), func(c actor.Context) { r.note("%v", c.Message()) })
		synctest.Wait()
		q.Close()
		r.system.Root.Send(pid, &note{"hello"})
		r.system.Root.Send(pid, one(1))
		synctest.Wait()
		r.died(&note{"hello"}, one(1))
		r.happened()
		r.stop(parent)
	})
}

// TestUserMessageCount is of an actor with its hands full, and of a worker.
func TestUserMessageCount(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 9)
		m, busy := New(q), make(chan struct{})
		pid, parent := r.spawn(func() actor.Mailbox { return m }, restart(), func(actor.Context) { <-busy })
		r.post(l, one(1))
		synctest.Wait()
		r.post(l, &load{id: 2, weight: 3})
		r.system.Root.Send(pid, &note{"hello"})
		if n := m.UserMessageCount(); n != 4 {
			t.Errorf("%d wait, want a weight of 3 in the lane and one control message", n)
		}
		close(busy)
		r.stop(parent)
		if n := newMailbox(q, worker).UserMessageCount(); n != 0 {
			t.Errorf("%d wait for a worker, want none", n)
		}
	})
}
