package supervision

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// errEnded is the cause of a run's end that nobody failed.
var errEnded = errors.New("the run has ended")

// Runner is the errgroup of a run: actors and functions end it together.
type Runner struct {
	run   context.Context
	end   context.CancelCauseFunc
	group sync.WaitGroup
	first sync.Once
	err   error // the first fatal one; guarded by first
}

// NewRunner begins a run, which ends by Abort, by an error of what Go started,
// or by End. It is no child of any context.
func NewRunner() *Runner {
	r := &Runner{}
	r.run, r.end = context.WithCancelCause(context.Background())
	return r
}

// Context is the run's: done when the run is over, for whatever reason.
func (r *Runner) Context() context.Context { return r.run }

// Abort ends the run at once with err. The first error wins.
func (r *Runner) Abort(err error) {
	r.first.Do(func() { r.err = err })
	r.end(err)
}

// Go runs f until the run is over. Its error, or its panic, ends the run under
// that name. Owned by End.
func (r *Runner) Go(name string, f func(run context.Context) error) {
	r.group.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				r.Abort(fmt.Errorf("%s: panic: %v\n%s", name, p, debug.Stack()))
			}
		}()
		if err := f(r.run); err != nil {
			r.Abort(fmt.Errorf("%s: %w", name, err))
		}
	})
}

// End ends the run, waits for all that Go started, but not for what is stuck,
// and returns the first error.
func (r *Runner) End() error {
	r.end(errEnded)
	over := make(chan struct{})
	go func() { // ends with the last that Go started
		r.group.Wait()
		close(over)
	}()
	patience := time.NewTimer(stopPatience)
	defer patience.Stop()
	select {
	case <-over:
	case <-patience.C:
	}
	r.first.Do(func() {})
	return r.err
}
