package mailbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestLaneAdmitsWhileBelowCapacity(t *testing.T) {
	for _, c := range []struct{ weight, capacity, depth int }{
		{1, 10, 10}, {1, 1, 1}, {0, 5, 5}, {4, 10, 12}, {10, 10, 10}, {512, 1000, 1024}, {30, 10, 30},
	} {
		l := NewQueue(Settings{}).AddLane("in", c.capacity)
		for {
			if ticket, _ := l.Offer(&load{weight: c.weight}); ticket != nil {
				break
			}
		}
		if s := l.Stats(); s.Depth != int64(c.depth) || s.HighWater != s.Depth || s.Parked != 1 {
			t.Errorf("weight %d, capacity %d: %+v, want a depth of %d", c.weight, c.capacity, s, c.depth)
		}
	}
}

func TestLaneServesParkedSendersInOrder(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 2)
		for i := range 5 {
			go func() {
				if err := l.Post(one(i)); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		ticket, err := l.Offer(one(5))
		if ticket == nil || err != nil {
			t.Fatal(ticket, err)
		}
		if s := l.Stats(); s.Depth != 2 || s.Parked != 4 {
			t.Errorf("%+v", s)
		}
		_, parent := r.single(q, restart(), func(msg any) { r.note("%v", msg) })
		r.happened("0@0s", "1@0s", "2@0s", "3@0s", "4@0s", "5@0s")
		if err := <-ticket.Done(); err != nil {
			t.Error(err)
		}
		r.stop(parent)
		r.died()
	})
}

// TestParkedSendersUseNoProcessor has 64 senders parked for a minute: were one of
// them to look again now and then, that would take its time.
func TestParkedSendersUseNoProcessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := NewQueue(Settings{Context: ctx}).AddLane("in", 1)
		if err := l.Post(one(0)); err != nil {
			t.Fatal(err)
		}
		errs := make(chan error, 64)
		for range 64 {
			go func() { errs <- l.Post(one(1)) }()
		}
		synctest.Wait() // returns only once nobody runs
		before := processorTime(t)
		pass(time.Minute)
		if used := processorTime(t) - before; used > 50*time.Millisecond {
			t.Errorf("64 parked senders used %v of the processor in a minute", used)
		}
		if s := l.Stats(); s.Parked != 64 {
			t.Errorf("%d are parked, want 64", s.Parked)
		}
		cancel()
		for range 64 {
			if err := <-errs; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		if s := l.Stats(); s.Parked != 0 || s.Depth != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestEndOfRunMakesParkedPostsDeadLetters(t *testing.T) {
	bubble(t, func(r *rig) {
		cause := errors.New("the run is over")
		ctx, cancel := context.WithCancelCause(r.t.Context())
		q := NewQueue(Settings{Context: ctx})
		l := q.AddLane("in", 1)
		block := make(chan struct{})
		pid, parent := r.single(q, restart(), func(any) { <-block })
		for i := range 4 { // one in hands, one stored, two parked
			go r.system.Root.Send(pid, one(i))
			synctest.Wait()
		}
		errs := make(chan error, 1)
		go func() { errs <- l.Post(one(4)) }()
		synctest.Wait()
		cancel(cause)
		if err := <-errs; !errors.Is(err, cause) {
			t.Error(err)
		}
		synctest.Wait()
		r.mu.Lock()
		if len(r.dead) != 3 {
			t.Error(r.dead)
		}
		r.dead = nil
		r.mu.Unlock()
		close(block)
		r.stop(parent)
	})
}

func TestTicketWithdraw(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 1)
		r.post(l, one(0))
		first, _ := l.Offer(one(1))
		second, _ := l.Offer(one(2))
		if !first.Withdraw() || first.Withdraw() {
			t.Error("a parked ticket is withdrawn once")
		}
		_, parent := r.single(q, restart(), func(msg any) { r.note("%v", msg) })
		r.happened("0@0s", "2@0s")
		if second.Withdraw() {
			t.Error("what is stored cannot be withdrawn")
		}
		if err := <-second.Done(); err != nil {
			t.Error(err)
		}
		select {
		case err := <-first.Done():
			t.Error("a withdrawn ticket is silent, got", err)
		default:
		}
		r.stop(parent)
		if _, err := l.Offer(one(3)); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		r.died()
		if err := l.Post(one(3)); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		r.died(one(3))
	})
}

// Whoever wins the race, a message is either taken back or handled.
func TestTicketWithdrawRaces(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 1)
		var handled, stored, withdrawn atomic.Int64
		_, parent := r.single(q, restart(), func(any) { handled.Add(1) })
		done := make(chan struct{})
		for range 4 {
			go func() {
				for range 500 {
					switch ticket, _ := l.Offer(one(0)); {
					case ticket == nil:
						stored.Add(1)
					case ticket.Withdraw():
						withdrawn.Add(1)
					case <-ticket.Done() == nil:
						stored.Add(1)
					}
				}
				done <- struct{}{}
			}()
		}
		for range 4 {
			<-done
		}
		synctest.Wait()
		if handled.Load() != stored.Load() || stored.Load()+withdrawn.Load() != 2000 {
			t.Errorf("handled %d, stored %d, withdrawn %d", handled.Load(), stored.Load(), withdrawn.Load())
		}
		r.stop(parent)
	})
}

func TestTerminationAnswersTickets(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 1)
		block := make(chan struct{})
		pid, parent := r.single(q, restart(), func(any) { <-block })
		r.post(l, one(0))
		synctest.Wait()
		r.post(l, one(1))
		ticket, _ := l.Offer(one(2))
		r.system.Root.Stop(pid)
		close(block)
		if err := <-ticket.Done(); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		synctest.Wait()
		r.died(one(1))
		r.stop(parent)
	})
}

// last lets the youngest go first.
type last struct{}

func (last) Sender(_ string, n int) int { return n - 1 }
func (last) Worker(int) int             { return 7 } // no such worker: counts as 0

func TestSchedulerChoosesWhoGoesFirst(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{Scheduler: last{}})
		l := q.AddLane("in", 1)
		for i := range 4 {
			_, _ = l.Offer(one(i))
		}
		_, pid := r.pool(1, q, restart(), func(u *Unit) { r.note("%v", u.Messages()) })
		r.happened("[0]@0s", "[3]@0s", "[2]@0s", "[1]@0s")
		r.stop(pid)
	})
}

func TestSchedulerAnswersOutsideOfTheLineCountAsItsHead(t *testing.T) {
	for _, c := range []struct{ i, n, want int }{{-1, 3, 0}, {0, 3, 0}, {1, 3, 1}, {2, 3, 2}, {3, 3, 0}, {4, 3, 0}} {
		if got := within(c.i, c.n); got != c.want {
			t.Errorf("%d of %d counts as %d, want %d", c.i, c.n, got, c.want)
		}
	}
}

func TestLaneStats(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 10)
		r.post(l, &load{weight: 10})
		pass(2 * time.Second)
		ticket, _ := l.Offer(&load{weight: 5})
		pass(3 * time.Second)
		want := Stats{Depth: 10, Capacity: 10, Parked: 1, HighWater: 10, In: 10, ParkedTime: 3 * time.Second, DepthTime: 50}
		if s := l.Stats(); s != want {
			t.Errorf("%+v, want %+v", s, want)
		}
		_, parent := r.single(q, restart(), func(any) { <-time.After(time.Second) })
		if err := <-ticket.Done(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		l.ResetHighWater()
		want = Stats{Depth: 5, Capacity: 10, HighWater: 5, In: 15, Out: 10, ParkedTime: 3 * time.Second, DepthTime: 50}
		if s := l.Stats(); s != want {
			t.Errorf("%+v, want %+v", s, want)
		}
		if h := q.InHand(); len(h) != 1 || h[0].Weight != 10 {
			t.Errorf("%+v", h)
		}
		pass(3 * time.Second)
		want = Stats{Capacity: 10, HighWater: 5, In: 15, Out: 15, ParkedTime: 3 * time.Second, DepthTime: 55}
		if s := l.Stats(); s != want || len(q.InHand()) != 0 {
			t.Errorf("%+v, want %+v; in hand %v", s, want, q.InHand())
		}
		r.stop(parent)
	})
}

// TestSweepEndsTheTimeInTheLane sweeps a weight of 4 after two seconds, and 3 more
// after one.
func TestSweepEndsTheTimeInTheLane(t *testing.T) {
	bubble(t, func(*rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 10)
		for _, weight := range []int{4, 3} {
			if _, err := l.Offer(&load{weight: weight}); err != nil {
				t.Fatal(err)
			}
			pass(time.Second)
		}
		q.Sweep(func(any) bool { return true }, func(any) {})
		pass(time.Second)
		if want := (Stats{Capacity: 10, HighWater: 7, In: 7, Out: 7, DepthTime: 11}); l.Stats() != want {
			t.Errorf("%+v, want %+v", l.Stats(), want)
		}
	})
}

// TestEnvelopesWeighWhatIsInThem asks an actor, so that the message comes with its
// sender.
func TestEnvelopesWeighWhatIsInThem(t *testing.T) {
	bubble(t, func(r *rig) {
		q := NewQueue(Settings{})
		l := q.AddLane("in", 10)
		busy := make(chan struct{})
		pid, parent := r.single(q, restart(), func(any) { <-busy })
		r.post(l, one(1))
		synctest.Wait()
		r.system.Root.RequestWithCustomSender(pid, &load{id: 2, weight: 3}, parent)
		if s := l.Stats(); s.Depth != 3 {
			t.Errorf("a depth of %d, want 3", s.Depth)
		}
		close(busy)
		synctest.Wait()
		r.stop(parent)
	})
}

func TestAddLaneRefusesNoCapacity(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); got != "lane in: a capacity of 0 admits nothing: it must be at least 1" {
			t.Error(got)
		}
	}()
	NewQueue(Settings{}).AddLane("in", 0)
}
