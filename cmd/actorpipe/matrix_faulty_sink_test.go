package main

import (
	"hash/maphash"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// The load of TestMatrixFaultySink: some 80 bulks, each of which takes the sink
// a tenth of a second.
const (
	faultyRecords   = 40_000
	faultyDelay     = 5 * time.Millisecond // of each bulk
	faultyItemDelay = 200 * time.Microsecond
	faultyRatio     = 0.8 // of the throughput without faults
)

// TestMatrixFaultySink moves a load into a sink that refuses 1 % of the documents
// with 400, throttles 10 % of the items with 429 and cuts 1 % of its answers, and
// at the same time as much into one without faults. All is accounted for, and the
// faults cost little more than that what was throttled takes its time twice.
func TestMatrixFaultySink(t *testing.T) {
	var healthy, faulty float64
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
	t.Logf("%.0f records a second, %.0f with faults: %.2f of it", healthy, faulty, faulty/healthy)
	if faulty < faultyRatio*healthy {
		t.Errorf("%.2f of the throughput without faults, want %.2f", faulty/healthy, faultyRatio)
	}
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
// and returns the records a second, from the first bulk request until 95 % have
// an outcome: the last ones wait for their back-off, however long the load is.
func throughput(t *testing.T, f sandbox.Faults) float64 {
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
	const most = faultyRecords * 95 / 100
	start := time.Now()
	b := p.awaitSettled("tweets", most)
	perSecond := float64(b.Settled()) / time.Since(start).Seconds()
	b = p.awaitSettled("tweets", faultyRecords)
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
	return perSecond
}
