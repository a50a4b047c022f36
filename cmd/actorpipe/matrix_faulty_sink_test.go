package main

import (
	"fmt"
	"hash/maphash"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// The load of TestMatrixFaultySink: some 160 bulks, each of which takes the sink
// a fifth of a second, so that the sink is what limits it with the race detector
// too. It is long enough that the last back-off, which takes a
// second or two however long the load is, does not make the difference.
const (
	faultyRecords   = 80_000
	faultyDelay     = 10 * time.Millisecond // of each bulk
	faultyItemDelay = 400 * time.Microsecond
	faultyRatio     = 0.8             // of the throughput without faults
	faultyTime      = 3 * time.Minute // bounds the load
)

// TestMatrixFaultySink moves a load into a sink that refuses 1 % of the documents
// with 400, throttles 10 % of the items with 429 and cuts 1 % of its answers, and
// at the same time as much into one without faults. All is accounted for, and the
// faults cost little more than that what was throttled takes its time twice.
func TestMatrixFaultySink(t *testing.T) {
	var healthy, faulty pace
	t.Run("loads", func(t *testing.T) {
		t.Run("healthy", func(t *testing.T) {
			t.Parallel()
			healthy = throughput(t, sandbox.Faults{})
		})
		t.Run("faulty", func(t *testing.T) {
			t.Parallel()
			faulty = throughput(t, faults())
		})
	})
	ratio := faulty.whole / healthy.whole
	t.Logf("%.0f records a second, %.0f with faults: %.2f of it; %.2f while there is load", healthy.whole, faulty.whole, ratio, faulty.loaded/healthy.loaded)
	if !(ratio >= faultyRatio) {
		t.Errorf("%.2f of the throughput without faults, want %.2f", ratio, faultyRatio)
	}
}

// pace is records a second, from the first bulk request on.
type pace struct {
	loaded float64 // until 95 % of the records have an outcome
	whole  float64 // until all have
}

// faults are those of the sink; a document that is refused once is always refused.
func faults() sandbox.Faults {
	seed := maphash.MakeSeed()
	var items, answers atomic.Int64
	return sandbox.Faults{
		Item: func(_, id, _ string) sandbox.Refusal {
			switch {
			case maphash.String(seed, id)%100 == 0:
				return refusal(400, "document_parsing_exception")
			case items.Add(1)%10 == 0:
				return refusal(429, "es_rejected_execution_exception")
			}
			return sandbox.Refusal{}
		},
		Torn: func() bool { return answers.Add(1)%100 == 50 },
	}
}

// throughput moves a load into a sink with these faults, accounts for all of it,
// and returns the records a second.
func throughput(t *testing.T, f sandbox.Faults) (r pace) {
	t.Helper()
	s := newScene(t, map[string]int32{"tweets": 8}, `kafka {
  topic "tweets" {}
}
elasticsearch {
  bulk { max_bytes = "256KiB" }
}
`)
	s.must(sandbox.Fill(t.Context(), sandbox.FillSettings{
		Brokers: s.broker.Addrs(), Generator: sandbox.NewGenerator(demoSeed, 1000), Tweets: sandbox.FillTopic{Topic: "tweets", Count: faultyRecords},
	}))
	f.Delay, f.ItemDelay = faultyDelay, faultyItemDelay
	s.sink.SetFaults(f)
	p := s.start()
	soon(t, "the first request", func() bool { return s.sink.Requests() > 0 })
	start := time.Now()
	var b messages.Books
	rate := func(n int64) float64 {
		await(t, fmt.Sprintf("%d records settled", n), faultyTime, func() bool { b = p.books("tweets"); return b.Settled() >= n })
		return float64(b.Settled()) / time.Since(start).Seconds()
	}
	r.loaded, r.whole = rate(faultyRecords*95/100), rate(faultyRecords)
	t.Logf("all settled after %v, in %d requests: %+v", time.Since(start), s.sink.Requests(), b)
	p.awaitReady("")
	p.stop(0)
	entries := len(p.entries())
	if b.Consumed != faultyRecords || b.Indexed+b.Duplicate+b.DeadLettered != faultyRecords || int(b.DeadLettered) != entries {
		t.Errorf("books %+v, %d entries in the DLQ, want %d records accounted for", b, entries, faultyRecords)
	}
	if n := s.sink.Count("tweets"); n+entries != faultyRecords {
		t.Errorf("%d documents and %d entries in the DLQ, want %d together", n, entries, faultyRecords)
	}
	return r
}
