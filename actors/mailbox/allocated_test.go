package mailbox

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/testkit"
)

// The guards of what a message costs in memory, be it one record or a batch of
// them. Each message is posted, handled and done with before the next one. The
// bounds are what it is: where it becomes less, lower them.

func TestMailboxAllocatesNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Context: t.Context()})
		_, parent := r.single(q, restart(), func(any) {})
		r.wantAllocated(q.AddLane("in", 1024), 0, 0)
		r.stop(parent)
	})
}

func TestPoolAllocatesAUnitForEachMessage(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Context: t.Context()})
		l := q.AddLane("in", 1024)
		_, pool := r.pool(2, q, restart(), func(*Unit) {})
		r.wantAllocated(l, 1, 320)
		r.stop(pool)
	})
}

// TestPoolAllocatesForEachUnitOfSeveral has units of eight messages, as a writer
// has them.
func TestPoolAllocatesForEachUnitOfSeveral(t *testing.T) {
	const together = 8
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Context: t.Context(), Coalesce: &Coalesce{MinBytes: together, MaxBytes: together, MaxAge: time.Hour}})
		l := q.AddLane("in", 1024)
		units := 0
		_, pool := r.pool(2, q, restart(), func(u *Unit) { u.OnRelease(func() { units++ }) })
		m, runs := &load{size: 1}, 0
		objects, bytes := testkit.Allocated(r.t, 1000, func() {
			for range together {
				r.post(l, m)
			}
			synctest.Wait()
			runs++
		})
		if objects > 6 || bytes > 568 || units != runs {
			r.t.Errorf("a unit allocates %d objects of %d bytes, want at most 6 of 568 (itself, its list that grows three times, what is called at its release); there were %d units in %d runs", objects, bytes, units, runs)
		}
		r.stop(pool)
	})
}

// wantAllocated wants at most so much to be allocated for a message, whatever it weighs.
func (r *rig) wantAllocated(l *Lane, mostObjects, mostBytes uint64) {
	r.t.Helper()
	for _, weight := range []int{1, 512} {
		m := newRecords(weight)
		objects, bytes := testkit.Allocated(r.t, 1000, func() {
			if err := l.Post(m); err != nil {
				r.t.Fatal(err)
			}
			synctest.Wait()
		})
		if objects > mostObjects || bytes > mostBytes {
			r.t.Errorf("a message of weight %d allocates %d objects of %d bytes, want at most %d of %d", weight, objects, bytes, mostObjects, mostBytes)
		}
	}
}
