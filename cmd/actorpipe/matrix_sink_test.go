package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// blocking refuses every document of an index as a block does.
func blocking(index string) func(string, string, string) sandbox.Refusal {
	return func(i, _, _ string) sandbox.Refusal {
		if i == index {
			return refusal(403, "cluster_block_exception")
		}
		return sandbox.Refusal{}
	}
}

// TestMatrixOneIndexBlocked moves a load of users and tweets twice, the second
// time with the index of the users blocked: the tweets are as fast, and all of
// them are in before the block is lifted.
func TestMatrixOneIndexBlocked(t *testing.T) {
	const tweets, users = 20_000, 2_000
	s := newScene(t, map[string]int32{"tweets": 2, "users": 1}, `kafka {
  topic "tweets" {}
  topic "users" {}
}
elasticsearch {
  bulk { max_bytes = "16KiB" }
}
`)
	const delay = 5 * time.Millisecond // a bulk takes as long with a block and without
	load := func(faults sandbox.Faults, then func()) time.Duration {
		faults.Delay = delay
		s.sink.SetFaults(faults)
		s.produce("users", 0, plain(users)...)
		then()
		start := time.Now()
		s.produce("tweets", 0, plain(tweets/2)...)
		s.produce("tweets", 1, plain(tweets/2)...)
		want := s.next["tweets-0"] + s.next["tweets-1"]
		soon(t, "all tweets", func() bool { return int64(s.sink.Count("tweets")) == want })
		return time.Since(start)
	}
	p := s.start()
	p.awaitReady("")
	unblocked := load(sandbox.Faults{}, func() {})
	p.awaitSettled("users", users)
	blocked := load(sandbox.Faults{Item: blocking("users")}, func() { p.awaitReady("index users: cluster_block_exception") })
	ratio := unblocked.Seconds() / blocked.Seconds()
	t.Logf("%d tweets took %v, with users blocked %v: %.2f of the speed", tweets, unblocked, blocked, ratio)
	if ratio < 0.5 {
		t.Errorf("with users blocked tweets had %.2f of their speed, want at least 0.5", ratio)
	}
	if n := s.sink.Count("users"); n != users {
		t.Errorf("%d users while their index is blocked, want the first %d", n, users)
	}
	p.awaitReady("index users: ")
	s.sink.SetFaults(sandbox.Faults{})
	if b := p.awaitSettled("users", 2*users); b.Indexed != 2*users {
		t.Errorf("books of users %+v", b)
	}
	if b := p.awaitSettled("tweets", 2*tweets); b.Indexed != 2*tweets {
		t.Errorf("books of tweets %+v", b)
	}
	p.awaitReady("")
	p.stop(0)
	s.wantCommitted()
}

// TestMatrixOneOfTwoEnrichedTopicsBlocked has two topics that share a mailbox of
// the writers, and a memory that one of them could fill: with the index of the
// one blocked, the other goes on to its end.
func TestMatrixOneOfTwoEnrichedTopicsBlocked(t *testing.T) {
	const records = 5_000
	database := t.TempDir() + "/City.mmdb"
	s := newScene(t, map[string]int32{"left": 1, "right": 1}, fmt.Sprintf(`kafka {
  topic "left" { address = "RemoteAddress" }
  topic "right" { address = "RemoteAddress" }
}
geoip { database = %q }
mailbox "enriched" { capacity = 500 }
in_flight_limit = "2MiB"
`, database)+quick)
	s.must(sandbox.WriteDatabase(database))
	s.sink.SetFaults(sandbox.Faults{Item: blocking("left")})
	s.produce("left", 0, plain(records)...)
	p := s.start()
	p.awaitReady("index left: cluster_block_exception")
	s.produce("right", 0, plain(records)...)
	if b := p.awaitSettled("right", records); b.Indexed != records {
		t.Errorf("books of right %+v", b)
	}
	p.awaitReady("index left: ")
	if b := p.books("left"); b.Settled() != 0 || b.InFlight == 0 || b.InFlight == records {
		t.Errorf("books of left %+v, want some in flight, and the rest not read", b)
	}
	s.sink.SetFaults(sandbox.Faults{})
	if b := p.awaitSettled("left", records); b.Indexed != records {
		t.Errorf("books of left %+v", b)
	}
	p.awaitReady("")
	p.stop(0)
	s.wantCommitted()
}

// TestMatrixSlowSink has a sink that answers nothing for the time being: the
// mailboxes fill to their capacity and less than a batch beyond, and who waits
// takes no CPU.
func TestMatrixSlowSink(t *testing.T) {
	const records, capacity, batch, bound = 20_000, 1000, 512, 2 * time.Second
	database := t.TempDir() + "/City.mmdb"
	s := newScene(t, map[string]int32{"tweets": 4, "users": 2}, fmt.Sprintf(`kafka {
  fetch_memory = "1MiB"
  topic "tweets" { address = "RemoteAddress" }
  topic "users" {}
}
geoip { database = %q }
elasticsearch { template = false }
mailbox "tweets" { capacity = %d }
mailbox "users" { capacity = %[2]d }
mailbox "enriched" { capacity = %[2]d }
`, database, capacity))
	s.must(sandbox.WriteDatabase(database))
	s.sink.SetFaults(sandbox.Faults{Delay: time.Hour})
	for partition := range int32(4) {
		s.produce("tweets", partition, plain(records/4)...)
		s.produce("users", partition/2, plain(records/4)...)
	}
	p := s.start()
	soon(t, "full mailboxes", func() bool {
		r := p.report()
		return r != nil && !slices.ContainsFunc(r.Mailboxes, func(m messages.MailboxReport) bool { return m.Name != "dlq" && m.Depth < capacity })
	})
	p.awaitStandstill()
	before, since := p.cpu(), time.Now()
	await(t, "some time to pass", time.Minute, func() bool { return time.Since(since) > bound })
	spent := p.cpu() - before
	t.Logf("%v of CPU in %v of waiting", spent, time.Since(since))
	if spent > bound/10 && !raceDetector(t) || spent > bound/4 {
		t.Errorf("waiting took %v of CPU in %v", spent, bound)
	}
	r := p.report()
	for _, m := range r.Mailboxes {
		t.Logf("mailbox %s: %d of %d, highest %.1f %%, %d senders parked", m.Name, m.Depth, m.Capacity, m.FillHighestPercent, m.ParkedSenders)
		if m.Name != "dlq" && (m.Depth < capacity || m.Depth >= capacity+batch || m.FillHighestPercent >= 100*(capacity+batch)/capacity || m.ParkedSenders == 0) {
			t.Errorf("mailbox %+v, want it full, and less than a batch beyond", m)
		}
	}
	s.sink.SetFaults(sandbox.Faults{})
	s.must(s.sink.Close()) // cuts the requests that hang
	s.sink = s.again()
	for _, topic := range []string{"tweets", "users"} {
		if b := p.awaitSettled(topic, records); b != (messages.Books{Consumed: records, Indexed: records}) {
			t.Errorf("books of %s %+v", topic, b)
		}
	}
	p.stop(0)
	s.wantCommitted()
}

// again is a sink where the last one was.
func (s *scene) again() *sandbox.Sink {
	s.t.Helper()
	sink, err := sandbox.StartSink(sandbox.SinkSettings{Listen: strings.TrimPrefix(s.sink.URL(), "http://")})
	s.must(err)
	return sink
}

// awaitStandstill waits until nothing more is consumed.
func (p *actorProcess) awaitStandstill() {
	p.t.Helper()
	last, since := -1, time.Now()
	soon(p.t, "consumption to stand still", func() bool {
		if n := consumed(p.report()); n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) > time.Second
	})
}

// cpu is what the process has used so far, as Linux counts it.
func (p *actorProcess) cpu() time.Duration {
	p.t.Helper()
	stat, err := p.proc().Stat()
	if err != nil {
		p.t.Fatal(err)
	}
	return time.Duration(stat.CPUTime() * float64(time.Second))
}
