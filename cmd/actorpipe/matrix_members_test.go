package main

import (
	"maps"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// longestStall is how long no partition may be without progress.
const longestStall = 10 * time.Second

// traffic writes into every partition of a topic until it is ended.
type traffic struct {
	scene *scene
	end   chan struct{}
	done  chan error
	sent  [][]written
}

// startTraffic writes a few records every 50 ms. Nobody else may write meanwhile.
func (s *scene) startTraffic(topic string, partitions int32) *traffic {
	c := &traffic{scene: s, end: make(chan struct{}), done: make(chan error, 1)}
	go func() { c.done <- c.run(topic, partitions) }() // owned by stop
	return c
}

func (c *traffic) run(topic string, partitions int32) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		for partition := range partitions {
			records, err := c.scene.write(topic, partition, plain(20))
			if err != nil {
				return err
			}
			c.sent = append(c.sent, records)
		}
		select {
		case <-tick.C:
		case <-c.end:
			return nil
		}
	}
}

// stop ends it and returns what was written.
func (c *traffic) stop() [][]written {
	c.scene.t.Helper()
	close(c.end)
	c.scene.must(<-c.done)
	return c.sent
}

// progress watches the offsets that a group commits.
type progress struct {
	scene   *scene
	topic   string
	at      map[int32]int64
	since   map[int32]time.Time
	longest time.Duration // that a partition did not move
}

func (s *scene) watchProgress(topic string, partitions int32) *progress {
	w := &progress{scene: s, topic: topic, at: map[int32]int64{}, since: map[int32]time.Time{}}
	for p := range partitions {
		w.since[p] = time.Now()
	}
	return w
}

// look notes what has moved since the last look.
func (w *progress) look() {
	commits := w.scene.broker.Cluster().GroupInfo(w.scene.group).Commits[w.topic]
	for partition, since := range w.since {
		w.longest = max(w.longest, time.Since(since))
		if c, found := commits[partition]; found && c.Offset > w.at[partition] {
			w.at[partition], w.since[partition] = c.Offset, time.Now()
		}
	}
}

// until waits as soon does, and looks meanwhile.
func (w *progress) until(what string, done func() bool) {
	w.scene.t.Helper()
	soon(w.scene.t, what, func() bool {
		w.look()
		return done()
	})
}

// holds says whether a process has so many partitions, and writes.
func (p *actorProcess) holds(partitions int) bool {
	r := p.report()
	return r != nil && len(r.Partitions) == partitions
}

// TestMatrixSecondMember has a second process join under load and leave again,
// and a third one that is killed: nothing is lost or there twice, and no partition
// is without progress for long. As that is wall time, it has the processors for
// itself: it is not parallel to others.
func TestMatrixSecondMember(t *testing.T) {
	const partitions = 6
	s := newScene(t, map[string]int32{"users": partitions}, oneTopic+quick)
	s.sink.SetFaults(sandbox.Faults{Delay: 20 * time.Millisecond})
	load := s.startTraffic("users", partitions)
	first := s.start()
	first.awaitReady("")
	w := s.watchProgress("users", partitions)
	second := s.start()
	w.until("the second member to join", func() bool { return second.holds(partitions/2) && settled(second.report()) > 200 })
	second.stop(0)
	w.until("all partitions back", func() bool { return first.holds(partitions) })
	third := s.start()
	w.until("the third member to join", func() bool { return third.holds(partitions/2) && settled(third.report()) > 200 })
	third.kill()
	killed := time.Now()
	w.until("all partitions back", func() bool { return first.holds(partitions) })
	t.Logf("the partitions of the killed member were back after %v", time.Since(killed))
	moved := maps.Clone(w.at)
	w.until("progress of all", func() bool {
		for partition := range w.since {
			if w.at[partition] == moved[partition] {
				return false
			}
		}
		return true
	})
	sent := load.stop()
	all := sources(sent...)
	soon(t, "all documents", func() bool { return s.sink.Count("users") == len(all) })
	soon(t, "nothing in flight", func() bool { return caughtUp(first.report()) })
	first.stop(0)
	t.Logf("%d records; the longest stall of a partition was %v", len(all), w.longest)
	if w.longest > longestStall {
		t.Errorf("a partition was without progress for %v, want %v at most", w.longest, longestStall)
	}
	s.wantCommitted()
	s.wantDocuments(t, "users", all)
}

// TestMatrixPausedPartitionFlowsAgain has a partition revoked while it is paused
// at the broker, and claimed again by the same process: it flows.
func TestMatrixPausedPartitionFlowsAgain(t *testing.T) {
	t.Parallel()
	const records = 10_000 // of each partition: far more than the process takes in
	s := newScene(t, map[string]int32{"users": 2}, `kafka {
  topic "users" {}
  session_timeout = "2s"
  hand_over       = "1s"
  fetch_memory    = "64KiB"
}
mailbox "users" { capacity = 100 }
in_flight_limit = "1MiB"
`+quick, kfake.GroupMinSessionTimeout(time.Second))
	s.sink.SetFaults(unavailable(503))
	sent := sources(s.produce("users", 0, plain(records)...), s.produce("users", 1, plain(records)...))
	fetches := s.broker.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Observe: true, Count: -1})
	first := s.start()
	first.awaitReady("503 Service Unavailable")
	last, since := int64(-1), time.Now()
	soon(t, "both partitions paused: nothing is fetched", func() bool {
		if n := int64(fetches.Hits()); n != last {
			last, since = n, time.Now()
		}
		return last > 0 && time.Since(since) > 700*time.Millisecond
	})
	second := s.start()
	soon(t, "one partition to move", func() bool { return first.holds(1) && second.holds(1) })
	second.kill()
	soon(t, "it to come back", func() bool { return first.holds(2) })
	s.sink.SetFaults(sandbox.Faults{})
	soon(t, "all documents", func() bool { return s.sink.Count("users") == 2*records })
	soon(t, "nothing in flight", func() bool { return caughtUp(first.report()) })
	b := first.books("users")
	if want := (messages.Books{Consumed: 2*records + b.Returned, Indexed: 2 * records, Returned: b.Returned}); b != want {
		t.Errorf("books %+v, want %+v", b, want)
	}
	first.stop(0)
	s.wantCommitted()
	s.wantDocuments(t, "users", sent)
}
