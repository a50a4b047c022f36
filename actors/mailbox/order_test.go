package mailbox

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestDelayedComeInOrder has messages delayed to times in no order, and then the
// one that is due first swept: the others come by time, and those of one time in the
// order in which they were delayed.
func TestDelayedComeInOrder(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Coalesce: &Coalesce{MaxBytes: 1000}})
		l := q.AddLane("in", 99)
		due := []int{1, 5, 2, 6, 7, 3, 3, 3, 5, 2} // seconds, by id
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			if time.Since(r.start) > 0 {
				r.note("%v", ids(u.Messages()))
				return
			}
			for _, m := range u.Messages() {
				u.Delay(m, r.start.Add(time.Duration(due[m.(*load).id])*time.Second))
			}
		})
		for id := range due {
			r.post(l, one(id))
		}
		synctest.Wait()
		q.Sweep(func(m any) bool { return m.(*load).id == 0 }, func(m any) { r.note("swept %v", m) })
		if s := q.Stats(); s.Delayed != 9 {
			t.Errorf("%d are delayed, want 9", s.Delayed)
		}
		pass(10 * time.Second)
		r.happened("swept 0@0s", "[2 9]@2s", "[5 6 7]@3s", "[1 8]@5s", "[3]@6s", "[4]@7s")
		if s := q.Stats(); s != (QueueStats{}) {
			t.Errorf("%+v, want nothing left", s)
		}
		r.stop(pid)
	})
}

// lanes is a queue with lanes of so many messages, numbered by tens.
func lanes(r *rig, c *Coalesce, messages ...int) *Queue {
	q := NewQueue(Settings{Coalesce: c})
	for lane, n := range messages {
		l := q.AddLane("in", 9)
		for i := range n {
			r.post(l, &load{id: 10*lane + i, weight: 1, size: 10})
		}
	}
	return q
}

// TestUnitsBeginWithTheLanesInTurn has lanes full: none waits for another to be
// empty, whether units take from one of them or go through all.
func TestUnitsBeginWithTheLanesInTurn(t *testing.T) {
	for name, test := range map[string]struct {
		coalesce *Coalesce
		messages []int
		want     []string
	}{
		"one by one":         {nil, []int{3, 3, 2}, []string{"[0]@0s", "[10]@0s", "[20]@0s", "[1]@0s", "[11]@0s", "[21]@0s", "[2]@0s", "[12]@0s"}},
		"the first is empty": {nil, []int{0, 2, 2}, []string{"[10]@0s", "[20]@0s", "[11]@0s", "[21]@0s"}},
		"in company":         {&Coalesce{MaxBytes: 40}, []int{3, 3, 2}, []string{"[0 1 2 10]@0s", "[11 12 20 21]@0s"}},
		"round the end":      {&Coalesce{MaxBytes: 20}, []int{5, 4, 1}, []string{"[0 1]@0s", "[10 11]@0s", "[20 2]@0s", "[3 4]@0s", "[12 13]@0s"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				_, pid := r.pool(1, lanes(r, test.coalesce, test.messages...), restart(), func(u *Unit) { r.note("%v", ids(u.Messages())) })
				r.happened(test.want...)
				r.stop(pid)
			})
		})
	}
}

// TestActorTakesFromItsLanesInTurn one message after the other, be the first lane
// empty or not.
func TestActorTakesFromItsLanesInTurn(t *testing.T) {
	for _, test := range []struct {
		messages []int
		want     []string
	}{
		{[]int{3, 3, 2}, []string{"0@0s", "10@0s", "20@0s", "1@0s", "11@0s", "21@0s", "2@0s", "12@0s"}},
		{[]int{0, 2, 2}, []string{"10@0s", "20@0s", "11@0s", "21@0s"}},
	} {
		bubble(t, func(r *rig) {
			_, parent := r.single(lanes(r, nil, test.messages...), restart(), func(m any) { r.note("%v", m) })
			r.happened(test.want...)
			r.stop(parent)
		})
	}
}

// TestKeyIsAskedWhileItsGateIsClosed, and not before: it is called under the lock.
func TestKeyIsAskedWhileItsGateIsClosed(t *testing.T) {
	bubble(t, func(r *rig) {
		asked := 0
		q := NewQueue(Settings{Backoff: second, Key: func(m any) string {
			asked++
			return keyOf(m)
		}})
		l := q.AddLane("in", 9)
		_, pid := r.pool(1, q, restart(), func(u *Unit) {
			if m := u.Messages()[0].(*load); m.id == 1 && !u.ProbeKey("a") {
				u.HoldKey("a", m)
			} else {
				u.SucceededKey("a")
			}
		})
		r.post(l, &load{id: 0, weight: 1, key: "a"})
		synctest.Wait()
		if asked != 0 || q.KeyGateClosed("a") {
			t.Errorf("asked %d times with no gate closed", asked)
		}
		r.post(l, &load{id: 1, weight: 1, key: "a"})
		synctest.Wait()
		r.post(l, &load{id: 2, weight: 1, key: "b"})
		synctest.Wait()
		if asked == 0 || !q.KeyGateClosed("a") || q.KeyGateClosed("b") {
			t.Errorf("asked %d times, gate a closed %v, b %v", asked, q.KeyGateClosed("a"), q.KeyGateClosed("b"))
		}
		pass(time.Second)
		if q.KeyGateClosed("a") {
			t.Error("the gate is closed though its probe has succeeded")
		}
		r.stop(pid)
	})
}
