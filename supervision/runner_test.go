package supervision

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRunnerReturnsTheFirstError(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	r := NewRunner()
	r.Go("a", func(context.Context) error { return first })
	r.Go("b", func(run context.Context) error {
		<-run.Done()
		return second
	})
	<-r.Context().Done()
	err := r.End()
	if !errors.Is(err, first) || errors.Is(err, second) || err.Error() != "a: first" {
		t.Errorf("End() = %v, want a: first", err)
	}
	if cause := context.Cause(r.Context()); !errors.Is(cause, first) {
		t.Errorf("the run's cause is %v, want the first error", cause)
	}
}

func TestRunnerEndsByItself(t *testing.T) {
	r := NewRunner()
	r.Go("a", func(run context.Context) error {
		<-run.Done()
		return nil
	})
	if err := r.End(); err != nil {
		t.Errorf("End() = %v, want none", err)
	}
}

// TestRunnerWaitsForAllThatItStarted has a function take its time after the end.
func TestRunnerWaitsForAllThatItStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, over := NewRunner(), false
		r.Go("a", func(run context.Context) error {
			<-run.Done()
			<-time.After(stopPatience / 2)
			over = true
			return nil
		})
		if err := r.End(); err != nil || !over {
			t.Errorf("End() = %v before the function had ended, want it to wait", err)
		}
	})
}

// TestRunnerLeavesWhatIsStuck has a function heed no end, and fail late: that is
// no error of the run any more.
func TestRunnerLeavesWhatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, start := NewRunner(), time.Now()
		r.Go("a", func(context.Context) error {
			<-time.After(time.Hour)
			return errors.New("late")
		})
		if err := r.End(); err != nil {
			t.Errorf("End() = %v, want none", err)
		}
		if waited := time.Since(start); waited != stopPatience {
			t.Errorf("waited %v, want %v", waited, stopPatience)
		}
		<-time.After(2 * time.Hour)
		if err := r.End(); err != nil {
			t.Errorf("End() = %v after the late failure, want none", err)
		}
	})
}

func TestRunnerNamesAPanic(t *testing.T) {
	r := NewRunner()
	r.Go("watcher", func(context.Context) error { panic("boom") })
	<-r.Context().Done()
	if err := r.End(); err == nil || !strings.HasPrefix(err.Error(), "watcher: panic: boom\n") || !strings.Contains(err.Error(), "runner_test.go") {
		t.Errorf("End() = %v, want the panic with its stack", err)
	}
}
