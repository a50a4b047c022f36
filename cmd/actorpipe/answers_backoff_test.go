package main

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// arrivals are when bulk requests came.
type arrivals struct {
	mu sync.Mutex // guards at
	at []time.Time
}

func (a *arrivals) times() []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]time.Time(nil), a.at...)
}

// before notes the time of each bulk request that next then answers.
func (a *arrivals) before(next sandbox.Intercept) sandbox.Intercept {
	return func(w http.ResponseWriter, r *http.Request) bool {
		a.mu.Lock()
		a.at = append(a.at, time.Now())
		a.mu.Unlock()
		return next(w, r)
	}
}

// perSecond is the rate of requests over the times, of which there are some.
func perSecond(at []time.Time) float64 {
	return float64(len(at)-1) / at[len(at)-1].Sub(at[0]).Seconds()
}

// TestBackoffIsSharedByAllWriters has four writers under load, and then a sink
// that answers 429 to every bulk: after the requests that were under way there is
// one at a time, each after a longer wait.
func TestBackoffIsSharedByAllWriters(t *testing.T) {
	const records = 20_000
	s := newScene(t, map[string]int32{"users": 4}, `kafka {
  topic "users" {}
}
elasticsearch {
  workers = 4
  bulk { max_bytes = "4KiB" }
}
`)
	const delay = 5 * time.Millisecond
	var healthy, throttled arrivals
	s.sink.SetFaults(sandbox.Faults{Delay: delay, Intercept: healthy.before(sandbox.Pass)})
	for partition := range int32(4) {
		s.produce("users", partition, plain(records/4)...)
	}
	p := s.start()
	soon(t, "a load", func() bool { return len(healthy.times()) > 40 })
	s.sink.SetFaults(sandbox.Faults{Intercept: throttled.before(unavailable(http.StatusTooManyRequests).Intercept)})
	const burst = 4 // one for each writer, at most
	soon(t, "probes", func() bool { return len(throttled.times()) >= burst+4 })
	p.awaitReady("429 Too Many Requests")
	at := throttled.times()
	least := 100 * time.Millisecond // half of what the second probe waits for
	for i := burst + 1; i < burst+4; i++ {
		if wait := at[i].Sub(at[i-1]); wait < least {
			t.Errorf("request %d came %v after the one before, want %v or more", i+1, wait, least)
		}
		least *= 2
	}
	full, slow := perSecond(healthy.times()), perSecond(at)
	t.Logf("%.0f requests a second to the healthy sink, %.1f to the throttled one", full, slow)
	if slow > full/4 {
		t.Errorf("%.1f requests a second to a throttled sink, %.1f before", slow, full)
	}
	s.sink.SetFaults(sandbox.Faults{})
	if b := p.awaitSettled("users", records); b.Indexed != records {
		t.Errorf("books %+v, want all indexed", b)
	}
	p.awaitReady("")
	p.stop(0)
	s.wantCommitted()
	if n := s.sink.Count("users"); n != records {
		t.Errorf("%d documents, want %d", n, records)
	}
}
