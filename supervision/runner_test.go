package supervision

import (
	"context"
	"errors"
	"strings"
	"testing"
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

func TestRunnerNamesAPanic(t *testing.T) {
	r := NewRunner()
	r.Go("watcher", func(context.Context) error { panic("boom") })
	<-r.Context().Done()
	if err := r.End(); err == nil || !strings.HasPrefix(err.Error(), "watcher: panic: boom\n") || !strings.Contains(err.Error(), "runner_test.go") {
		t.Errorf("End() = %v, want the panic with its stack", err)
	}
}
