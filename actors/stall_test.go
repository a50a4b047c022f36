package actors

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// deaf is a dispatcher that can lose what it is given to run, as a lost wake-up
// would.
type deaf struct {
	mu   sync.Mutex // guards all below
	lose bool
	lost []func()
}

func (d *deaf) Schedule(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lose {
		d.lost = append(d.lost, f)
		return
	}
	go f()
}

func (d *deaf) Throughput() int { return 300 }

// fall has it lose everything from now on.
func (d *deaf) fall() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lose = true
}

// heal has it run what was lost.
func (d *deaf) heal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lose = false
	for _, f := range d.lost {
		go f()
	}
	d.lost = nil
}

// ward is a pool of one worker that may go deaf, and the stalls of it.
type ward struct {
	*watched
	worker *deaf
	queue  *mailbox.Queue
	fatal  chan error
}

// newWard has the worker do this with each unit.
func newWard(t *testing.T, timeout time.Duration, work func(u *mailbox.Unit)) *ward {
	t.Helper()
	w := &ward{watched: &watched{system: testkit.NewSystem(t), books: NewBooks([]string{"tweets"})}, worker: &deaf{}, fatal: make(chan error, 1000)}
	w.asker = testkit.NewProbe(t, w.system)
	w.queue = mailbox.NewQueue(mailbox.Settings{Context: t.Context(), Backoff: func(int) time.Duration { return time.Second }})
	w.lane = w.queue.AddLane("tweets", 100)
	props := actor.PropsFromFunc(func(c actor.Context) {
		if u, ok := c.Message().(*mailbox.Unit); ok {
			work(u)
		}
	}, actor.WithDispatcher(w.worker))
	pool := mailbox.NewPool(mailbox.PoolSettings{Name: "enricher", Size: 1, Queue: w.queue, Worker: props})
	testkit.SpawnNamed(t, w.system, pool.Props(), "enrichers")
	control := mailbox.NewQueue(mailbox.Settings{Context: t.Context()})
	w.monitor = testkit.SpawnNamed(t, w.system, MonitorProps(MonitorSettings{
		Interval: time.Minute, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		Stalls: StallSettings{Timeout: timeout, Data: []QueueGauge{{Actor: "enrichers", Queue: w.queue}}, Fatal: func(err error) { w.fatal <- err }},
		Gauges: Gauges{Books: w.books, Restarts: func() []messages.ActorReport { return nil }, DeadLetters: func() int64 { return 0 }},
	}, nil, actor.WithMailbox(func() actor.Mailbox { return mailbox.New(control) })), "monitor")
	synctest.Wait()
	return w
}

func (w *ward) post(t *testing.T, message any) {
	t.Helper()
	if _, err := w.lane.Offer(message); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// wantStall wants one reason with that text, or none.
func (w *ward) wantStall(t *testing.T, want string) {
	t.Helper()
	if got := strings.Join(w.report().NotReady, "; "); got != want {
		t.Errorf("not ready for %q, want %q", got, want)
	}
}

// TestMailboxThatNobodyServesStalls loses the wake-up of the only worker.
func TestMailboxThatNobodyServesStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, time.Minute, func(*mailbox.Unit) {})
		w.worker.fall()
		w.post(t, heavy(7))
		pass(59 * time.Second)
		w.wantStall(t, "")
		pass(2 * time.Second)
		w.wantStall(t, "actor enrichers: stalled for 1m0s: mailbox tweets does not move: 7 records wait, and nobody takes them")
		w.worker.heal()
		pass(time.Second)
		w.wantStall(t, "")
		if log := w.log.String(); strings.Count(log, "stalled for 1m0s") != 1 || strings.Count(log, "moves again") != 1 {
			t.Errorf("the log has not one line for each change:\n%s", log)
		}
		if len(w.fatal) > 0 {
			t.Errorf("the run was ended: %v", <-w.fatal)
		}
	})
}

// TestWhatCameBackStalls loses the wake-up for a unit that is due after its gate.
func TestWhatCameBackStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, time.Minute, func(u *mailbox.Unit) { u.Hold(u.Messages()...) })
		w.post(t, heavy(7))
		w.worker.fall()
		pass(63 * time.Second)
		w.wantStall(t, "actor enrichers: stalled for 1m2s: records that came back to it are due, and nobody takes them")
		pass(time.Minute)
		if len(w.fatal) == 0 {
			t.Fatal("the run goes on, want it ended")
		}
		if err := <-w.fatal; err.Error() != "actor enrichers: stalled for 2m0s: records that came back to it are due, and nobody takes them" {
			t.Errorf("the run was ended with %v", err)
		}
		w.worker.heal()
	})
}

// TestUnitInHandsStalls has a worker wait for something outside for a long time,
// which is none, and then work for too long.
func TestUnitInHandsStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, time.Minute, func(u *mailbox.Unit) {
			u.Wait(func() { <-time.After(time.Hour) })
			<-time.After(90 * time.Second)
			u.Wait(func() { <-time.After(time.Hour) })
		})
		w.post(t, heavy(7))
		pass(time.Hour + 59*time.Second)
		w.wantStall(t, "")
		pass(2 * time.Second)
		w.wantStall(t, "actor enrichers/enricher-1: stalled for 1m1s: 7 records are in its hands")
		pass(30 * time.Minute) // it waits again
		w.wantStall(t, "")
		if len(w.fatal) > 0 {
			t.Errorf("the run was ended: %v", <-w.fatal)
		}
		pass(time.Hour)
	})
}

// TestStallTimeoutOfNothingLooksForNothing has a worker stuck.
func TestStallTimeoutOfNothingLooksForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, 0, func(*mailbox.Unit) { <-time.After(time.Hour) })
		w.post(t, heavy(7))
		pass(50 * time.Minute)
		w.wantStall(t, "")
		pass(time.Hour)
	})
}

// claimed opens a claim with a partition consumer that has nothing to do, and
// enters records.
func (w *ward) claimed(t *testing.T, offsets ...int64) *holding {
	t.Helper()
	q := mailbox.NewQueue(mailbox.Settings{Context: t.Context()})
	h := &holding{
		claim: &messages.Claim{Topic: "tweets", Number: 1, HighWater: func() int64 { return 0 }}, queue: q,
		tracker: NewTracker(PlainPrice), budget: NewBudget(1 << 20), books: w.books, mark: func(int64) {},
	}
	h.claim.Consumer = testkit.SpawnNamed(t, w.system, consumerProps(h, q), "tweets-0#1")
	w.books.open(h)
	h.tracker.Enter(records(offsets...))
	synctest.Wait()
	return h
}

// TestRecordsThatNobodyHasStall settles what is before them, so that only then
// they are what the claim waits for.
func TestRecordsThatNobodyHasStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, time.Minute, func(u *mailbox.Unit) { u.Wait(func() { <-time.After(10 * time.Minute) }) })
		h := w.claimed(t, 3, 4, 5, 9)
		w.post(t, &messages.RecordBatch{Claim: h.claim, Records: records(3, 4)}) // in hands
		w.post(t, &messages.RecordBatch{Claim: h.claim, Records: records(5)})    // in the lane
		pass(time.Minute + 6*time.Second)                                        // looked twice
		w.wantStall(t, "")
		pass(time.Minute)
		w.wantStall(t, "actor tweets-0#1: stalled for 1m5s: 1 records in flight are in no mailbox, worker or DLQ, the first at offset 9")
		h.tracker.Settle(messages.Range{From: 3, To: 10})
		pass(time.Second)
		w.wantStall(t, "")
		pass(time.Hour)
	})
}

// TestSettledUnderWayIsNoStall has the partition consumer hold what would settle
// them: then it is the one that is named.
func TestSettledUnderWayIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, time.Minute, func(*mailbox.Unit) {})
		jammed := make(chan struct{})
		h := w.claimed(t, 3, 4)
		h.mark = func(int64) { <-jammed }
		for o := int64(3); o < 5; o++ {
			w.system.Root.Send(h.claim.Consumer, &messages.Settled{Ranges: []messages.Range{{From: o, To: o + 1}}})
		}
		pass(100 * time.Second)
		w.wantStall(t, "actor tweets-0#1: stalled for 1m40s: a message is in its hands")
		close(jammed)
		pass(time.Second)
		w.wantStall(t, "")
	})
}

// TestStallsOutliveTheMonitor crashes it between the naming of a stall and its
// end.
func TestStallsOutliveTheMonitor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, time.Minute, func(*mailbox.Unit) {})
		w.worker.fall()
		w.post(t, heavy(7))
		pass(90 * time.Second)
		crash := true
		claim := &messages.Claim{Topic: "tweets", HighWater: func() int64 {
			if crash {
				crash = false
				panic("no high water")
			}
			return 0
		}}
		h := &holding{claim: claim, tracker: NewTracker(PlainPrice)}
		w.books.open(h)
		h.tracker.Enter(records(1))
		h.tracker.Settle(messages.Range{From: 1, To: 2})
		pass(33 * time.Second)
		if crash {
			t.Error("the monitor did not crash")
		}
		if len(w.fatal) == 0 {
			t.Error("the run goes on, want it ended two minutes after the first look")
		}
		w.worker.heal()
	})
}
