package actors

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// watched is a monitor, what it reads, and its log.
type watched struct {
	system  *testkit.System
	asker   *testkit.Probe
	monitor *actor.PID
	lane    *mailbox.Lane
	books   *Books
	claim   *messages.Claim
	log     bytes.Buffer // read when the bubble is at rest
}

func watch(t *testing.T, waiting map[string]string) *watched {
	t.Helper()
	w := &watched{system: testkit.NewSystem(t), books: NewBooks([]string{"tweets"}), claim: &messages.Claim{Topic: "tweets", Partition: 2, HighWater: func() int64 { return 0 }}}
	w.asker = testkit.NewProbe(t, w.system)
	q := mailbox.NewQueue(mailbox.Settings{Context: t.Context()})
	w.lane = q.AddLane("tweets", 100)
	control := mailbox.NewQueue(mailbox.Settings{Context: t.Context()})
	pool := mailbox.NewPool(mailbox.PoolSettings{Name: "enricher", Queue: q, Worker: actor.PropsFromFunc(func(actor.Context) {})})
	w.monitor = testkit.SpawnNamed(t, w.system, MonitorProps(MonitorSettings{
		Interval: 10 * time.Second, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		Gauges: Gauges{
			Lanes: []*mailbox.Lane{w.lane}, Pools: []PoolGauge{{Name: "enrichers", Pool: pool, Queue: q}}, Books: w.books, Start: time.Now(),
			Restarts:    func() []messages.ActorReport { return []messages.ActorReport{{Path: "pipeline/dlq", Restarts: 2}} },
			DeadLetters: func() int64 { return 1 },
		},
	}, waiting, actor.WithMailbox(func() actor.Mailbox { return mailbox.New(control) })), "monitor")
	synctest.Wait()
	return w
}

func (w *watched) report() *messages.Report {
	w.asker.Request(w.monitor, &messages.ReportQuery{})
	return testkit.Expect[*messages.Report](w.asker)
}

func TestMonitorReportsMailboxes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, nil)
		tracker := NewTracker(PlainPrice)
		w.claim.HighWater = func() int64 { return 100 }
		w.books.open(&holding{claim: w.claim, tracker: tracker})
		tracker.Enter(records(0, 1, 2))
		tracker.Settle(messages.Range{From: 0, To: 1})
		ticket, err := w.lane.Offer(heavy(200)) // full for the second half of the time
		if ticket != nil || err != nil {
			t.Fatal(ticket, err)
		}
		pass(2 * time.Second)
		if _, err := w.lane.Offer(heavy(1)); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Second)
		r := w.report()
		want := messages.MailboxReport{
			Name: "tweets", Depth: 200, Capacity: 100, FillPercent: 200, FillMeanPercent: 200, FillHighestPercent: 200,
			ParkedSenders: 1, ParkedSeconds: 2, ParkedPercent: 50, InPerSecond: 50, OutPerSecond: 0,
		}
		if got := r.Mailboxes[0]; got != want {
			t.Errorf("the mailbox is %+v, want %+v", got, want)
		}
		if topic := r.Topics[0]; topic.Consumed != 3 || topic.Indexed != 1 || topic.InFlight != 2 || topic.Lag != 99 {
			t.Errorf("the topic is %+v", topic)
		}
		if p := r.Partitions[0]; p != (messages.PartitionReport{Topic: "tweets", Partition: 2, Lag: 99, InFlight: 2}) {
			t.Errorf("the partition is %+v", p)
		}
		if r.Restarts != 2 || r.DeadLetters != 1 || r.UptimeSeconds != 4 || !strings.HasPrefix(r.Verdict, "enrichers are the bottleneck") {
			t.Errorf("the report is %+v", r)
		}
		w.asker.Request(w.monitor, &messages.DepthQuery{})
		if got := testkit.Expect[*messages.DepthReport](w.asker); got.Mailboxes[0].Depth != 200 {
			t.Errorf("the depths are %+v", got)
		}
	})
}

// heavy is a message of that weight.
type heavy int

func (h heavy) Weight() int { return int(h) }

func TestMonitorLogsEachInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, nil)
		pass(35 * time.Second)
		if n := strings.Count(w.log.String(), "idle: nothing comes"); n != 3 {
			t.Errorf("%d reports in 35 s, want 3:\n%s", n, &w.log)
		}
	})
}

func TestMonitorKeepsConditions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, map[string]string{"assignment": "waiting"})
		say := func(name, reason string) {
			w.system.Root.Send(w.monitor, &messages.Condition{Name: name, Reason: reason})
		}
		say("assignment", "waiting")
		say("elasticsearch", "503")
		say("elasticsearch", "refused")
		if got := strings.Join(w.report().NotReady, "; "); got != "assignment: waiting; elasticsearch: refused" {
			t.Errorf("not ready for %q", got)
		}
		say("assignment", "")
		say("elasticsearch", "")
		say("elasticsearch", "")
		if got := w.report().NotReady; len(got) != 0 {
			t.Errorf("not ready for %q", got)
		}
		for line, n := range map[string]int{"elasticsearch: 503": 1, "refused": 0, "elasticsearch: well again": 1, "assignment: ready": 1, "waiting": 0} {
			if got := strings.Count(w.log.String(), line); got != n {
				t.Errorf("%q was logged %d times, want %d:\n%s", line, got, n, &w.log)
			}
		}
	})
}

// TestMonitorNoticesRefusals has more than 1,000 of 10,000 records refused.
func TestMonitorNoticesRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, nil)
		tracker := NewTracker(PlainPrice)
		w.books.open(&holding{claim: w.claim, tracker: tracker})
		next := int64(0)
		settle := func(n int64, o messages.Outcome) {
			for range n {
				tracker.Enter(records(next))
				tracker.Settle(messages.Range{From: next, To: next + 1, Outcome: o})
				next++
			}
			pass(time.Second) // the monitor looks once a second
		}
		settle(9000, messages.Indexed)
		settle(1000, messages.DeadLettered)
		if got := w.report().NotReady; len(got) != 0 {
			t.Errorf("not ready for %q after 1,000 of 10,000", got)
		}
		settle(500, messages.DeadLettered)
		if got := w.report().NotReady; len(got) != 1 || !strings.HasPrefix(got[0], "dlq: 1500 of the last ") {
			t.Errorf("not ready for %q, want the refusals", got)
		}
		for range 12 {
			settle(1000, messages.Indexed)
		}
		if got := w.report().NotReady; len(got) != 0 {
			t.Errorf("not ready for %q after 12,000 good ones", got)
		}
	})
}
