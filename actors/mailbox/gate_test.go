package mailbox

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// second is a back-off of 1, 2, 3 s.
func second(failures int) time.Duration { return time.Duration(failures) * time.Second }

func keyOf(msg any) string { return msg.(*load).key }

func TestHoldClosesTheGateAndOneProbes(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second})
		l := q.AddLane("in", 4)
		var ok atomic.Bool
		_, pid := r.pool(3, q, restart(), func(u *Unit) {
			<-time.After(100 * time.Millisecond) // all in flight together
			if ok.Load() {
				u.Succeeded()
				u.OnRelease(func() { r.note("%v", ids(u.Messages())) })
				return
			}
			r.note("failed, probe %v", u.Probe())
			u.Hold(u.Messages()...)
		})
		r.post(l, one(1), one(2), one(3), one(4))
		pass(time.Second)
		r.happened("failed, probe false@100ms", "failed, probe false@100ms", "failed, probe false@100ms")
		if s := q.Stats(); s.Back != 3 || !s.GateClosed || s.Ready || l.Stats().Depth != 1 {
			t.Errorf("%+v, depth %d", s, l.Stats().Depth)
		}
		pass(2 * time.Second) // three failures together were one: 1 s, then 2 s
		r.happened("failed, probe true@1.2s")
		ok.Store(true)
		pass(5 * time.Second)
		r.mu.Lock()
		if len(r.log) != 4 || r.log[0][4:] != "3.3s" || r.log[3][4:] != "3.4s" {
			t.Error(r.log)
		}
		r.mu.Unlock()
		if s := q.Stats(); s != (QueueStats{}) {
			t.Errorf("%+v", s)
		}
		r.stop(pid)
		r.died()
	})
}

func TestGateTransitions(t *testing.T) {
	now := time.Duration(0)
	probe, other := &Unit{}, &Unit{}
	var g gate
	check := func(what string, shut bool, failures int, until time.Duration) {
		t.Helper()
		if g.shut != shut || g.failures != failures || g.until != until {
			t.Errorf("%s: %+v", what, g)
		}
	}
	g.hold(other, now, second)
	check("first failure", true, 1, time.Second)
	g.hold(probe, now, second)
	check("failed together", true, 1, time.Second)
	if g.succeed(other) || g.lets(nil, now) || !g.lets(nil, time.Second) {
		t.Errorf("closed: %+v", g)
	}
	g.probe = probe
	if g.lets(nil, time.Hour) || g.lets(other, time.Hour) || !g.lets(probe, time.Second) {
		t.Errorf("probing: %+v", g)
	}
	g.hold(other, time.Second, second)
	check("a straggler changes nothing", true, 1, time.Second)
	g.hold(probe, time.Second, second)
	check("the probe failed", true, 2, 3*time.Second)
	g.probe = other
	g.leave(probe)
	g.leave(other)
	if !g.lets(nil, 3*time.Second) {
		t.Error("a probe that decided nothing makes the next one probe")
	}
	g.probe = probe
	if !g.succeed(probe) {
		t.Error("the probe opens")
	}
	check("open", false, 0, 0)
	g.hold(other, 5*time.Second, second)
	check("counted anew", true, 1, 6*time.Second)
}

func TestProbeThatDecidesNothingPassesTheProbeOn(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second})
		l := q.AddLane("in", 9)
		_, pid := r.pool(2, q, restart(), func(u *Unit) {
			r.note("%v %v", ids(u.Messages()), u.Probe())
			switch u.Messages()[0].(*load).id {
			case 1:
				if !u.Probe() {
					u.Hold(u.Messages()...)
				}
			case 3:
				u.Succeeded()
			}
		})
		r.post(l, one(1))
		synctest.Wait()
		r.post(l, one(2), one(3), one(4))
		pass(5 * time.Second)
		r.happened("[1] false@0s", "[1] true@1s", "[2] true@1s", "[3] true@1s", "[4] false@1s")
		r.stop(pid)
	})
}

func TestCrashedProbeStillProbes(t *testing.T) {
	for _, d := range []actor.Directive{actor.RestartDirective, actor.StopDirective} {
		bubble(t, func(r *rig) {
			q := NewQueue(Settings{Backoff: second, Key: keyOf})
			l := q.AddLane("in", 9)
			_, pid := r.pool(2, q, decide(d), func(u *Unit) {
				r.note("%v %v%v %v", ids(u.Messages()), u.Probe(), u.ProbeKey("k"), u.Redelivered())
				switch {
				case u.Redelivered():
					u.Succeeded()
					u.SucceededKey("k")
				case u.Probe():
					panic("crash")
				default:
					u.HoldKey("k", u.Messages()...)
					u.Hold()
				}
			})
			r.post(l, &load{id: 1, key: "k"})
			synctest.Wait()
			pass(5 * time.Second)
			r.happened("[1] falsefalse false@0s", "[1] truetrue false@1s", "[1] truetrue true@1s")
			if s := q.Stats(); s != (QueueStats{}) {
				t.Errorf("%+v", s)
			}
			r.stop(pid)
			r.died()
		})
	}
}

func TestKeyGateLetsOthersPass(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second, Key: keyOf, Coalesce: &Coalesce{MinBytes: 1, MaxBytes: 30, MaxAge: time.Second}})
		l := q.AddLane("in", 3)
		fails := 2
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			r.note("%v %v", ids(u.Messages()), u.ProbeKey("a"))
			var blocked []any
			for _, m := range u.Messages() {
				if m.(*load).key == "a" {
					blocked = append(blocked, m)
				}
			}
			switch {
			case len(blocked) == 0:
			case fails > 0:
				fails--
				u.HoldKey("a", blocked...)
			default:
				u.SucceededKey("a")
			}
		})
		for i, key := range []string{"a", "b", "a", "a", "b", "a"} {
			if err := l.Post(&load{id: i, weight: 1, size: 10, key: key}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		r.happened("[0] false@0s", "[1] false@0s", "[4] false@0s")
		if s := q.Stats(); s.SetAside != 4 || s.KeyGatesClosed != 1 || s.GateClosed || l.Stats().Depth != 0 {
			t.Errorf("%+v, depth %d", s, l.Stats().Depth)
		}
		pass(5 * time.Second)
		r.happened("[0 2 3] true@1s", "[0 2 3] true@3s", "[5] false@3s")
		if s := q.Stats(); s != (QueueStats{}) {
			t.Errorf("%+v", s)
		}
		r.stop(pid)
	})
}

func TestHeldRestIsFirstAndMayHaveCompany(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second, Coalesce: &Coalesce{MinBytes: 30, MaxBytes: 30, MaxAge: time.Minute}})
		l := q.AddLane("in", 9)
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			r.note("%v", ids(u.Messages()))
			if u.Messages()[0].(*load).id == 1 {
				u.Hold(u.Messages()[1:]...)
			}
		})
		for i := range 4 {
			r.post(l, &load{id: i + 1, size: 10})
		}
		pass(2 * time.Second)
		r.happened("[1 2 3]@0s", "[2 3 4]@1s")
		r.stop(pid)
	})
}

func TestDelayTakesNoRoomAndJoinsTheNextHandOut(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Coalesce: &Coalesce{MinBytes: 30, MaxBytes: 30, MaxAge: 5 * time.Second}})
		l := q.AddLane("in", 9)
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			r.note("%v", ids(u.Messages()))
			if u.Messages()[0].(*load).id == 1 {
				u.Delay(u.Messages()[1], time.Now().Add(2*time.Second))
				u.Delay(u.Messages()[2], time.Now().Add(time.Second))
				u.Delay(&load{id: 30, size: 10}, time.Now().Add(2*time.Second))
			}
		})
		for i := range 4 {
			r.post(l, &load{id: i + 1, weight: 1, size: 10})
		}
		synctest.Wait()
		if s := q.Stats(); s.Delayed != 3 || l.Stats().Depth != 1 {
			t.Errorf("%+v, depth %d", s, l.Stats().Depth)
		}
		pass(3 * time.Second)
		r.happened("[1 2 3]@0s", "[3 4]@1s", "[2 30]@2s")
		r.stop(pid)
	})
}

// TestGateStaysClosedWhileItsProbeIsInHands has another unit come back meanwhile,
// with nothing else waiting.
func TestGateStaysClosedWhileItsProbeIsInHands(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second})
		l := q.AddLane("in", 9)
		_, pid := r.pool(3, q, restart(), func(u *Unit) {
			r.note("%v %v", ids(u.Messages()), u.Probe())
			switch {
			case u.Messages()[0].(*load).id == 1:
				<-time.After(2 * time.Second)
			case u.Probe():
				<-time.After(10 * time.Second)
				u.Succeeded()
			case u.Messages()[0].(*load).id == 2:
				u.Hold(u.Messages()...)
			}
		})
		r.post(l, one(1))
		synctest.Wait()
		r.post(l, one(2))
		pass(3 * time.Second)
		r.happened("[1] false@0s", "[2] false@0s", "[2] true@1s")
		r.post(l, one(3))
		r.happened()
		pass(10 * time.Second)
		r.happened("[3] false@11s")
		r.stop(pid)
	})
}

func TestHoldNeedsBackoff(t *testing.T) {
	for _, hold := range []func(u *Unit){func(u *Unit) { u.Hold() }, func(u *Unit) { u.HoldKey("a") }} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); got != "mailbox: Hold and HoldKey need Settings.Backoff" {
					t.Error(got)
				}
			}()
			hold(&Unit{queue: NewQueue(Settings{})})
		}()
	}
}

// TestKeyGateHoldsBackWhatAWorkerLeftBehind has a worker die of a message whose key
// was held meanwhile: it comes after the one that was held first.
func TestKeyGateHoldsBackWhatAWorkerLeftBehind(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Backoff: second, Key: keyOf})
		l := q.AddLane("in", 9)
		dying := make(chan struct{})
		_, pid := r.pool(2, q, decide(actor.StopDirective), func(u *Unit) {
			m := u.Messages()[0].(*load)
			switch {
			case u.ProbeKey("a"):
				u.SucceededKey("a")
			case m.id == 1 && time.Since(r.start) == 0:
				<-dying
				panic("crash")
			case m.id == 0:
				u.HoldKey("a", m)
				return
			}
			r.note("%v %v", ids(u.Messages()), u.ProbeKey("a"))
		})
		for _, id := range []int{1, 0} {
			r.post(l, &load{id: id, weight: 1, key: "a"})
			synctest.Wait()
		}
		close(dying)
		synctest.Wait()
		if s := q.Stats(); s.SetAside != 2 || s.Back != 0 {
			t.Errorf("%+v, want both set aside", s)
		}
		pass(2 * time.Second)
		r.happened("[0] true@1s", "[1] false@1s")
		r.stop(pid)
	})
}
