package actors

import (
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

// figures are what a verdict rests on: fill and time parked of the mailboxes in
// percent, and busy workers of the pools.
type figures struct {
	tweets, users, enriched, dlq            float64
	tweetsParked, enrichedParked, dlqParked float64
	enrichersBusy, writersBusy              float64
	lag                                     int64
	budget                                  int
	moves, gate                             bool
	notReady                                string
}

func (f figures) report() *messages.Report {
	rate := 0.0
	if f.moves {
		rate = 1000
	}
	box := func(name string, fill, parked float64) messages.MailboxReport {
		return messages.MailboxReport{Name: name, FillMeanPercent: fill, ParkedPercent: parked, InPerSecond: rate, OutPerSecond: rate}
	}
	var notReady []string
	if f.notReady != "" {
		notReady = append(notReady, f.notReady)
	}
	return &messages.Report{
		NotReady:  notReady,
		Mailboxes: []messages.MailboxReport{box("tweets", f.tweets, f.tweetsParked), box("users", f.users, 0), box("enriched", f.enriched, f.enrichedParked), box("dlq", f.dlq, f.dlqParked)},
		Pools: []messages.PoolReport{
			{Name: "writers", Mailboxes: []string{"users", "enriched"}, Workers: 2, Busy: int(f.writersBusy), BusyMean: f.writersBusy, GateClosed: f.gate},
			{Name: "enrichers", Mailboxes: []string{"tweets"}, Workers: 3, BusyMean: f.enrichersBusy},
		},
		Topics: []messages.TopicReport{{Name: "tweets", Lag: f.lag}}, WaitingForBudget: f.budget,
	}
}

func TestVerdictNamesTheSlowStage(t *testing.T) {
	for name, test := range map[string]expected{
		"enrichers": {
			figures{tweets: 97, enriched: 3, tweetsParked: 88, enrichersBusy: 3, writersBusy: 0.4, lag: 5, moves: true},
			"enrichers are the bottleneck: tweets 97 % full, senders parked 88 % of the time, enriched 3 %, 3 of 3 enrichers busy",
		},
		"writers, by parked senders": {
			figures{tweets: 99, enriched: 98, users: 40, tweetsParked: 90, enrichedParked: 95, enrichersBusy: 3, writersBusy: 2, moves: true},
			"writers are the bottleneck: users 40 %, enriched 98 % full, senders parked 95 % of the time, 2 of 2 writers busy",
		},
		"writers, by busy workers alone": {
			figures{tweets: 1, enriched: 60, enrichersBusy: 0.2, writersBusy: 1.9, moves: true},
			"writers are the bottleneck: users 0 %, enriched 60 %, 2 of 2 writers busy",
		},
		"half full is no bottleneck": {
			figures{tweets: 1, enriched: 50, enrichersBusy: 0.5, writersBusy: 0.9, moves: true},
			"no bottleneck: all that comes is written, tweets 1 %, users 0 %, enriched 50 %",
		},
		"Elasticsearch away": {
			figures{tweets: 100, enriched: 100, tweetsParked: 100, enrichedParked: 100, enrichersBusy: 3, gate: true},
			"Elasticsearch takes nothing now, the writers wait: users 0 %, enriched 100 % full, senders parked 100 % of the time, 0 of 2 writers busy",
		},
		"DLQ": {
			figures{tweets: 100, tweetsParked: 100, enrichersBusy: 3, dlq: 100, dlqParked: 99, moves: true},
			"the DLQ is the bottleneck: dlq 100 % full, senders parked 99 % of the time",
		},
		"budget": {
			figures{tweets: 40, enriched: 20, budget: 4, moves: true, lag: 10},
			"in_flight_limit is the bottleneck: 4 claims wait for it, tweets 40 %, users 0 %, enriched 20 %",
		},
		"Kafka": {
			figures{tweets: 2, enriched: 1, moves: true, lag: 1000, enrichersBusy: 1, writersBusy: 1},
			"Kafka is the bottleneck: 1000 records behind, tweets 2 %, users 0 %, enriched 1 %",
		},
		"a bulk hangs": {
			figures{enriched: 1, writersBusy: 1, lag: 20},
			"Elasticsearch has not answered yet: users 0 %, enriched 1 %, 1 of 2 writers busy",
		},
		"not ready": {figures{notReady: "kafka: connection refused"}, "not ready: kafka: connection refused"},
		"idle":      {figures{}, "idle: nothing comes, 0 records behind, tweets 0 %, users 0 %, enriched 0 %"},
	} {
		t.Run(name, test.run)
	}
}

// TestVerdictAtItsThresholds has figures just so high, and readiness that agrees
// with them or not.
func TestVerdictAtItsThresholds(t *testing.T) {
	for name, test := range map[string]expected{
		"not ready and behind": {
			figures{notReady: "kafka: connection refused", moves: true, lag: 3},
			"not ready: kafka: connection refused; 3 records behind",
		},
		"not ready, but all is read": {
			figures{notReady: "kafka: connection refused", moves: true},
			"no bottleneck: all that comes is written, tweets 0 %, users 0 %, enriched 0 %",
		},
		"DLQ, parked for just so long": {
			figures{dlq: 20, dlqParked: 10, moves: true},
			"the DLQ is the bottleneck: dlq 20 % full, senders parked 10 % of the time",
		},
		"writers, parked for just so long": {
			figures{enriched: 20, enrichedParked: 10, moves: true},
			"writers are the bottleneck: users 0 %, enriched 20 % full, senders parked 10 % of the time, 0 of 2 writers busy",
		},
		"writers, just so busy": {
			figures{writersBusy: 1.8, moves: true},
			"writers are the bottleneck: users 0 %, enriched 0 %, 2 of 2 writers busy",
		},
		"parked for half a percent, which is not worth a word": {
			figures{tweetsParked: 0.5, enrichersBusy: 3, moves: true},
			"enrichers are the bottleneck: tweets 0 %, enriched 0 %, 3 of 3 enrichers busy",
		},
		"parked for hardly more": {
			figures{tweetsParked: 0.6, enrichersBusy: 3, moves: true},
			"enrichers are the bottleneck: tweets 0 % full, senders parked 1 % of the time, enriched 0 %, 3 of 3 enrichers busy",
		},
	} {
		t.Run(name, test.run)
	}
}

// expected is a verdict.
type expected struct {
	figures figures
	want    string
}

func (e expected) run(t *testing.T) {
	if got := verdict(e.figures.report()); got != e.want {
		t.Errorf("verdict is\n%s\nwant\n%s", got, e.want)
	}
}

// TestVerdictOfOneSide has records only come in, or only go out: something moves.
func TestVerdictOfOneSide(t *testing.T) {
	for _, m := range []messages.MailboxReport{{Name: "tweets", InPerSecond: 1}, {Name: "tweets", OutPerSecond: 1}} {
		r := &messages.Report{Mailboxes: []messages.MailboxReport{m}}
		if got, want := verdict(r), "no bottleneck: all that comes is written, tweets 0 %"; got != want {
			t.Errorf("verdict of %+v is\n%s\nwant\n%s", m, got, want)
		}
	}
}
