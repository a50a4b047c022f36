package supervision

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

const stallTimeout = time.Minute

// TestStallIsNamedAndHeals holds an actor up in the middle of a message for less
// than twice the time-out.
func TestStallIsNamedAndHeals(t *testing.T) {
	for name, jam := range map[string]func(s *Settings, tweets *partition) (release func()){
		"pipeline/enrichers/enricher-": func(s *Settings, _ *partition) func() {
			jammed := make(chan struct{})
			s.Locator = locate(func(address []byte) []byte {
				<-jammed
				return nowhere(address)
			})
			return func() { close(jammed) }
		},
		"pipeline/consumers/tweets-0#1": func(_ *Settings, tweets *partition) func() {
			jammed := make(chan struct{})
			tweets.onMark = func(int64) { <-jammed }
			return func() { close(jammed) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tweets := newPartition("tweets", 0)
				s := settings(t)
				s.StallTimeout, s.Enrichers = stallTimeout, 1
				release := jam(&s, tweets)
				show := open(t, s, tweets)
				tweets.send(100)
				show.pass(stallTimeout - time.Second)
				show.wantNotReady()
				show.pass(3 * time.Second)
				show.wantNotReady("actor "+name, ": stalled for 1m")
				show.wantLog(`msg="actor `+name, 1)
				release()
				show.pass(2 * time.Second)
				show.wantNotReady()
				show.wantLog("moves again", 1)
				show.drain()
				show.wantEnd(nil)
				show.wantBooks(100)
			})
		})
	}
}

// TestStallEndsTheRun has a worker that heeds nothing: Run names it and returns,
// though it is still stuck.
func TestStallEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		tweets := newPartition("tweets", 0)
		s := settings(t)
		s.StallTimeout = stallTimeout
		s.Locator = locate(func(address []byte) []byte {
			<-stuck
			return nowhere(address)
		})
		show := open(t, s, tweets)
		tweets.send(100)
		start := time.Now()
		err := <-show.ended
		if err == nil || !strings.HasPrefix(err.Error(), "actor pipeline/enrichers/enricher-") || !strings.Contains(err.Error(), ": stalled for 2m") {
			t.Errorf("Run() = %v, want the worker with its age", err)
		}
		if took := time.Since(start); took > 2*stallTimeout+2*time.Second+stopPatience {
			t.Errorf("Run() returned after %v, want soon after twice the time-out", took)
		}
		close(stuck)
		show.pass(time.Second)
		show.wantLog("an actor does not return from its message", 1)
	})
}

// TestLostRecordsStall takes records out of a mailbox and settles them nowhere.
// Others of their partition still flow.
func TestLostRecordsStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := newPartition("users", 0)
		s := settings(t)
		s.StallTimeout = stallTimeout
		p := New(s)
		show := run(t, p, false, users)
		users.send(10)
		synctest.Wait()
		var lost []any
		p.tree.writers.queue.Sweep(func(any) bool { return true }, func(m any) { lost = append(lost, m) })
		p.StartWriters()
		users.sendFrom(10, 10)
		show.pass(stallTimeout)
		show.wantNotReady()
		show.pass(5 * time.Second)
		show.wantNotReady("actor pipeline/consumers/users-0#1: stalled for 1m", ": 10 records in flight are in no mailbox, worker or DLQ, the first at offset 0")
		for _, found := range lost {
			if err := p.tree.topics["users"].Lane.Post(found); err != nil {
				t.Fatal(err)
			}
		}
		show.pass(2 * time.Second)
		show.wantNotReady()
		show.drain()
		show.wantEnd(nil)
		show.wantBooks(20)
	})
}

// TestLostRecordsEndTheRun never finds them again.
func TestLostRecordsEndTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := newPartition("users", 0)
		s := settings(t)
		s.StallTimeout = stallTimeout
		p := New(s)
		show := run(t, p, false, users)
		users.send(10)
		synctest.Wait()
		p.tree.writers.queue.Sweep(func(any) bool { return true }, func(any) {})
		if err := <-show.ended; err == nil || !strings.HasPrefix(err.Error(), "actor pipeline/consumers/users-0#1: stalled for 2m") {
			t.Errorf("Run() = %v, want the partition consumer with its age", err)
		}
	})
}

// sinks are ways in which a pipeline may wait for what is before and behind it.
func sinks() map[string]func(s *Settings, tweets, users *partition) {
	return map[string]func(s *Settings, tweets, users *partition){
		"idle topics": func(*Settings, *partition, *partition) {},
		"markers of transactions at the end": func(_ *Settings, tweets, _ *partition) {
			tweets.high = func() int64 { return 1000 }
			tweets.send(10)
		},
		"a request that takes five minutes": func(s *Settings, tweets, users *partition) {
			s.Bulkers = func() actors.Bulker {
				return send(func(ctx context.Context, _ []*messages.DocumentBatch) (messages.BulkAnswer, error) {
					return messages.BulkAnswer{}, sleep(ctx, 5*time.Minute)
				})
			}
			tweets.send(500)
			users.send(500)
		},
		"a sink that is away": func(s *Settings, tweets, users *partition) {
			s.Bulkers = always(messages.BulkAnswer{Verdict: messages.BulkLater, Reason: "503"})
			small(s, 10)
			flood(tweets)
			flood(users)
		},
		"a full pipeline with parked senders": func(s *Settings, tweets, users *partition) {
			s.Bulkers = func() actors.Bulker { return send(hang) }
			small(s, 10)
			flood(tweets)
			flood(users)
		},
		"in_flight_limit": func(s *Settings, tweets, users *partition) {
			s.Bulkers = func() actors.Bulker { return send(hang) }
			s.InFlightBytes = 20_000
			flood(tweets)
			flood(users)
		},
	}
}

// refusals are ways in which records may wait that were refused.
func refusals() map[string]func(s *Settings, tweets, users *partition) {
	return map[string]func(s *Settings, tweets, users *partition){
		"a blocked index": func(s *Settings, tweets, users *partition) {
			s.Bulkers = eachItem(func(topic string, _ int64) messages.ItemVerdict {
				if topic == "users" {
					return messages.ItemBlocked
				}
				return messages.ItemIndexed
			})
			tweets.send(500)
			users.send(500)
		},
		"single documents that are delayed": func(s *Settings, tweets, users *partition) {
			s.Backoff = actors.Backoff{Initial: 20 * time.Minute, Max: time.Hour}
			s.Bulkers = eachItem(func(_ string, offset int64) messages.ItemVerdict {
				if offset%7 == 0 {
					return messages.ItemLater
				}
				return messages.ItemIndexed
			})
			tweets.send(500)
			users.send(500)
		},
		"a DLQ that is down, and all that is parked before it": func(s *Settings, tweets, users *partition) {
			s.DLQ = store(func(ctx context.Context, _ *messages.DeadLetters) error { return sleep(ctx, time.Hour) })
			s.DLQCapacity = 1
			s.Bulkers = eachItem(func(string, int64) messages.ItemVerdict { return messages.ItemRefused })
			small(s, 10)
			flood(tweets)
			flood(users)
		},
		"enrichers parked before the DLQ": func(s *Settings, tweets, _ *partition) {
			s.DLQ = store(func(ctx context.Context, _ *messages.DeadLetters) error { return sleep(ctx, time.Hour) })
			s.DLQCapacity = 1
			small(s, 10)
			floodWith(tweets, "no JSON %q")
		},
	}
}

// TestWaitingIsNoStall has the pipeline wait for ten minutes in each way.
func TestWaitingIsNoStall(t *testing.T) {
	all := sinks()
	maps.Copy(all, refusals())
	for name, wait := range all {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tweets, users := newPartition("tweets", 0), newPartition("users", 0)
				s := settings(t)
				s.StallTimeout = stallTimeout
				wait(&s, tweets, users)
				show := open(t, s, tweets, users)
				show.stays(10 * time.Minute)
			})
		})
	}
}

// TestWritersThatHaveNotBegunAreNoStall has the template request unanswered.
func TestWritersThatHaveNotBegunAreNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tweets, users := newPartition("tweets", 0), newPartition("users", 0)
		s := settings(t)
		s.StallTimeout = stallTimeout
		small(&s, 10)
		flood(tweets)
		flood(users)
		run(t, New(s), false, tweets, users).stays(10 * time.Minute)
	})
}

// TestPausedPartitionIsNoStall has a sink that takes nothing, so that the
// partition is paused at the broker.
func TestPausedPartitionIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tweets := newPartition("tweets", 0)
		s := settings(t)
		s.StallTimeout = stallTimeout
		s.Bulkers = func() actors.Bulker { return send(hang) }
		small(&s, 1)
		show := open(t, s, tweets)
		flood(tweets)
		show.pass(time.Second) // longer than a claim is patient
		if !tweets.paused.Load() {
			t.Error("the partition is not paused")
		}
		show.stays(10 * time.Minute)
	})
}

var errOver = errors.New("over")

// stays wants nothing to be called stalled for that long, and ends the run.
func (s *show) stays(d time.Duration) {
	s.Helper()
	for range int(d / (10 * time.Second)) {
		s.pass(10 * time.Second)
		for _, reason := range s.report().NotReady {
			if strings.Contains(reason, "stalled") {
				s.Fatalf("not ready: %s", reason)
			}
		}
	}
	s.wantLog("stalled", 0)
	s.Abort(errOver)
	s.wantEnd(errOver)
}
