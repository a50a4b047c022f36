package mailbox

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

func TestOrderIsSystemControlThenLanesInTurn(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		a, b := q.AddLane("a", 10), q.AddLane("b", 10)
		block := make(chan struct{})
		pid, parent := r.spawnProps(actor.PropsFromFunc(func(c actor.Context) {
			switch m := c.Message().(type) {
			case *load:
				if m.id == 0 {
					<-block
				}
				r.note("%d", m.id)
			case *note:
				r.note("%s", m.text)
			case *actor.Terminated:
				r.note("system")
			}
		}, actor.WithMailbox(func() actor.Mailbox { return New(q) })), restart())
		r.post(a, one(0))
		synctest.Wait()
		r.post(a, one(1), one(2), one(3))
		r.post(b, one(10), one(11))
		r.system.Root.Send(pid, &note{"control"})
		p, _ := r.system.ProcessRegistry.Get(pid)
		p.SendSystemMessage(pid, &actor.Terminated{Who: parent})
		close(block)
		r.happened("0@0s", "system@0s", "control@0s", "10@0s", "1@0s", "11@0s", "2@0s", "3@0s")
		r.stop(parent)
		r.died()
	})
}

func TestMessagesToThePID(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 1)
		pid, parent := r.spawn(func() actor.Mailbox { return New(q) }, restart(), func(c actor.Context) {
			r.note("%T %v", c.Message(), c.Sender() != nil)
			c.Respond("answer")
		})
		f := r.system.Root.RequestFuture(pid, one(1), time.Second)
		if got, err := f.Result(); got != "answer" || err != nil {
			t.Error(got, err)
		}
		f = r.system.Root.RequestFuture(pid, &note{}, time.Second)
		if _, err := f.Result(); err != nil {
			t.Error(err)
		}
		if s := l.Stats(); s.In != 1 {
			t.Errorf("control takes no slot: %+v", s)
		}
		r.happened("*mailbox.load true@0s", "*mailbox.note true@0s")
		r.stop(parent)
	})
}

func TestPoisonDrainsParkedSendersToo(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 1)
		block := make(chan struct{})
		pid, parent := r.single(q, restart(), func(msg any) { <-block; r.note("%v", msg) })
		for i := range 4 {
			go r.system.Root.Send(pid, one(i))
			synctest.Wait()
		}
		r.system.Root.Poison(pid) // returns: it needs no slot
		if _, err := l.Offer(one(4)); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		r.system.Root.Send(pid, one(5))
		r.died(one(5))
		close(block)
		r.happened("0@0s", "1@0s", "2@0s", "3@0s")
		if _, alive := r.system.ProcessRegistry.Get(pid); alive {
			t.Error("still there after the pill")
		}
		r.stop(parent)
		r.died()
	})
}

func TestPoisonOfAnIdleActorAndOfOneWithoutLanes(t *testing.T) {
	for _, lanes := range []int{0, 1} {
		bubble(t, func(r *rig) {
			q := NewQueue(Settings{})
			if lanes > 0 {
				q.AddLane("in", 1)
			}
			pid, parent := r.single(q, restart(), func(msg any) { r.note("%v", msg) })
			r.system.Root.Send(pid, one(1))
			synctest.Wait()
			r.system.Root.Poison(pid)
			synctest.Wait()
			if _, alive := r.system.ProcessRegistry.Get(pid); alive {
				t.Error("still there after the pill")
			}
			r.happened("1@0s")
			r.stop(parent)
			r.died()
		})
	}
}

func TestCrashRedelivers(t *testing.T) {
	for _, d := range []actor.Directive{actor.RestartDirective, actor.ResumeDirective} {
		bubble(t, func(r *rig) {
			q := NewQueue(Settings{})
			q.AddLane("in", 10)
			crashes := 2
			pid, parent := r.single(q, decide(d), func(msg any) {
				again, ok := msg.(*Redelivered)
				if ok {
					msg = again.Message
				}
				if n, is := msg.(*note); is {
					msg = n.text
				}
				r.note("%v %v", msg, ok)
				if crashes--; crashes >= 0 {
					panic("crash")
				}
				if ok && again.Reason != "crash" {
					t.Error(again.Reason)
				}
			})
			r.system.Root.Send(pid, one(1))
			r.system.Root.Send(pid, one(2))
			r.happened("1 false@0s", "1 true@0s", "1 true@0s", "2 false@0s")
			crashes = 1
			r.system.Root.Send(pid, &note{"control"})
			r.happened("control false@0s", "control true@0s")
			r.stop(parent)
			r.died()
		})
	}
}

func TestRedeliveredKeepsItsSender(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		q.AddLane("in", 10)
		pid, parent := r.spawn(func() actor.Mailbox { return New(q) }, restart(), func(c actor.Context) {
			if _, ok := c.Message().(*Redelivered); !ok {
				panic("crash")
			}
			c.Respond("answer")
		})
		if got, err := r.system.Root.RequestFuture(pid, one(1), time.Second).Result(); got != "answer" || err != nil {
			t.Error(got, err)
		}
		r.stop(parent)
	})
}

func TestStopDeadLettersWhatWaits(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 10)
		both := make(chan struct{})
		pid, parent := r.single(q, decide(actor.StopDirective), func(any) {
			<-both
			panic("crash")
		})
		r.post(l, one(1), one(2))
		close(both)
		synctest.Wait()
		r.died(one(1), one(2)) // in hands, and waiting
		if hands := q.InHand(); len(hands) != 0 {
			t.Errorf("in the hands of the dead: %+v", hands)
		}
		r.system.Root.Send(pid, one(3))
		r.system.Root.Send(pid, &note{"late"})
		r.died(one(3), &note{"late"})
		r.stop(parent)
	})
}

func TestRestartAfterStopIsDropped(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		q.AddLane("in", 10)
		block := make(chan struct{})
		started := 0
		child := actor.PropsFromFunc(func(c actor.Context) {
			if _, ok := c.Message().(*actor.Stopping); ok {
				<-block
			}
		})
		pid, parent := r.spawnProps(actor.PropsFromFunc(func(c actor.Context) {
			if _, ok := c.Message().(*actor.Started); ok {
				started++
				c.Spawn(child)
			}
		}, actor.WithMailbox(func() actor.Mailbox { return New(q) })), restart())
		synctest.Wait()
		r.system.Root.Stop(pid)
		synctest.Wait()
		p, _ := r.system.ProcessRegistry.Get(pid)
		p.SendSystemMessage(pid, &actor.Restart{})
		close(block)
		synctest.Wait()
		if _, alive := r.system.ProcessRegistry.Get(pid); alive || started != 1 {
			t.Errorf("alive %v, started %d times", alive, started)
		}
		r.stop(parent)
	})
}

func TestPanicWhileStoppingStillStops(t *testing.T) {
	for name, at := range map[string]func(msg any) bool{
		"stopping": func(msg any) bool { _, ok := msg.(*actor.Stopping); return ok },
		"stopped":  func(msg any) bool { _, ok := msg.(*actor.Stopped); return ok },
		"both": func(msg any) bool {
			switch msg.(type) {
			case *actor.Stopping, *actor.Stopped, *actor.Terminated:
				return true
			}
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				q := NewQueue(Settings{})
				l := q.AddLane("in", 10)
				pid, parent := r.spawnProps(actor.PropsFromFunc(func(c actor.Context) {
					if _, ok := c.Message().(*actor.Started); ok {
						c.Spawn(actor.PropsFromFunc(func(actor.Context) {}))
					}
					if at(c.Message()) {
						panic("crash")
					}
				}, actor.WithMailbox(func() actor.Mailbox { return New(q) })), restart())
				synctest.Wait()
				r.stop(parent) // returns only if the child says that it has terminated
				if _, alive := r.system.ProcessRegistry.Get(pid); alive {
					t.Error("the child is still registered")
				}
				if _, err := l.Offer(one(1)); !errors.Is(err, ErrClosed) {
					t.Error(err)
				}
			})
		})
	}
}

func TestProducerSurvivesItsActor(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 2)
		fail := true
		spawn := func() (pid, parent *actor.PID) {
			return r.spawn(Producer(q), decide(actor.StopDirective), func(c actor.Context) {
				if fail {
					panic("crash")
				}
				if again, ok := c.Message().(*Redelivered); ok {
					r.note("again %v %v", again.Message, again.Reason)
					return
				}
				r.note("%v", c.Message())
			})
		}
		_, parent := spawn()
		r.post(l, one(1))
		synctest.Wait()
		r.post(l, one(2), one(3))
		ticket, _ := l.Offer(one(4))
		fail = false
		_, second := spawn()
		r.happened("again 1 crash@0s", "2@0s", "3@0s", "4@0s")
		if err := <-ticket.Done(); err != nil {
			t.Error(err)
		}
		r.stop(parent)
		r.stop(second)
		r.post(l, one(5))
		q.Close()
		r.died(one(5))
		if _, err := l.Offer(one(6)); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}
