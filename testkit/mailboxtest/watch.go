package mailboxtest

import (
	"bytes"
	"runtime"
	"runtime/metrics"
	"strings"
)

const (
	// parkedLooks in a row that find a goroutine waiting say that it is parked:
	// one could have met a lock that is about to be free.
	parkedLooks = 3
	// spinningLooks in a row that find a goroutine running, about to run, or
	// asleep are needed to say that it spins,
	spinningLooks = 20
	// and meanwhile as many goroutines must have been started as the scheduler,
	// which counts one in eight, needs to serve everybody several times over.
	spinningStarts = 200
)

// watch tells from the states that the scheduler gives for a goroutine whether
// it is parked or spins. A state is a fact about this goroutine, where the
// processor time of the process is everybody's.
type watch struct {
	waiting, busy int // looks in a row
	asleep        int // looks
}

// see takes a look's state, and how many goroutines were started since the first.
func (w *watch) see(now string, started uint64) state {
	if isWaiting(now) {
		w.waiting, w.busy = w.waiting+1, 0
	} else {
		w.waiting, w.busy = 0, w.busy+1
	}
	if now == "sleep" {
		w.asleep++
	}
	switch {
	case w.waiting >= parkedLooks:
		return parked
	case w.busy >= spinningLooks && (w.asleep >= spinningLooks/2 || started >= spinningStarts):
		return spinning
	}
	return underWay
}

// isWaiting is true for a goroutine that another one has to wake.
func isWaiting(state string) bool {
	for _, prefix := range []string{"chan ", "select", "sync.", "semacquire"} {
		if strings.HasPrefix(state, prefix) {
			return true
		}
	}
	return false
}

// starts is how often a goroutine has begun to run, as the scheduler counts.
func starts() (n uint64) {
	sample := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		return 0
	}
	for _, count := range sample[0].Value.Float64Histogram().Counts {
		n += count
	}
	return n
}

// ownName is how a dump of all stacks begins the caller's.
func ownName() []byte {
	buf := make([]byte, 64)
	buf = buf[:runtime.Stack(buf, false)]
	return buf[:bytes.IndexByte(buf, '[')+1]
}

// allStacks is a dump of the stacks of all goroutines.
func allStacks() []byte {
	for size := 1 << 16; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size {
			return buf[:n]
		}
	}
}

// stateIn is the state that a dump gives for a goroutine, such as "select" or
// "running"; "" once it has ended.
func stateIn(stacks, goroutine []byte) string {
	_, rest, _ := bytes.Cut(stacks, goroutine)
	state, _, _ := bytes.Cut(rest, []byte("]"))
	state, _, _ = bytes.Cut(state, []byte(","))
	return string(state)
}
