package testkit

import (
	"strings"
	"sync"
	"testing"
)

// report writes to a test from the goroutines of actors. One that outlives its
// test writes to nobody: testing panics on such a line.
type report struct {
	mu sync.Mutex // guards t
	t  testing.TB // nil once the test is over
}

// Write takes one line of the system's log.
func (r *report) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.t != nil {
		r.t.Log(strings.TrimSpace(string(line)))
	}
	return len(line), nil
}

// errorf fails the test and lets the caller go on.
func (r *report) errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.t != nil {
		r.t.Errorf(format, args...)
	}
}

func (r *report) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.t = nil
}
