package supervision

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors"
)

// parent is a supervisor that notes what it is told to do.
type parent struct {
	actor.Supervisor
	done chan string
}

func (p *parent) RestartChildren(pids ...*actor.PID) { p.done <- "restart " + pids[0].Id }
func (p *parent) ResumeChildren(pids ...*actor.PID)  { p.done <- "resume " + pids[0].Id }

func newStrategy() *strategy {
	log := slog.New(slog.DiscardHandler)
	return &strategy{Runner: NewRunner(), tally: newTally(log), log: log, resumed: map[string]bool{"writers": true}, crashes: map[string][]crashed{}}
}

func TestStrategyRestartsAndResumes(t *testing.T) {
	for child, want := range map[string]string{"pipeline/dlq": "restart pipeline/dlq", "pipeline/writers": "resume pipeline/writers"} {
		synctest.Test(t, func(t *testing.T) {
			s, p := newStrategy(), &parent{done: make(chan string, 1)}
			start := time.Now()
			s.HandleFailure(nil, p, actor.NewPID("", child), nil, "boom", nil)
			if got := <-p.done; got != want {
				t.Errorf("%s: %s, want %s", child, got, want)
			}
			if waited := time.Since(start); waited < restartInitial/2 || waited > restartInitial {
				t.Errorf("%s: waited %v, want the upper half of %v", child, waited, restartInitial)
			}
			if err := s.End(); err != nil {
				t.Errorf("the run ended with %v", err)
			}
		})
	}
}

func TestStrategyGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := newStrategy(), &parent{done: make(chan string, 100)}
		s.together = true
		for i := range restartLimit + 1 {
			child := actor.NewPID("", fmt.Sprintf("pipeline/writers/writer-%d", i%2+1))
			s.HandleFailure(nil, p, child, nil, fmt.Errorf("boom %d", i%3), nil)
		}
		err := s.End()
		if err == nil {
			t.Fatal("the run goes on, want it to give up")
		}
		for _, part := range []string{"actor pipeline/writers/writer-1: gave up after 11 crashes in 1m0s", "boom 0", "boom 1", "boom 2"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the error is %q, want %q in it", err, part)
			}
		}
	})
}

// TestStrategyCountsTheWholeWindow spends the budget with a crash that comes when
// the window of the others is just over, and not yet past.
func TestStrategyCountsTheWholeWindow(t *testing.T) {
	for late, spent := range map[time.Duration]bool{0: true, 1: false} {
		synctest.Test(t, func(t *testing.T) {
			s, p := newStrategy(), &parent{done: make(chan string, 100)}
			crash := func() { s.HandleFailure(nil, p, actor.NewPID("", "pipeline/dlq"), nil, "boom", nil) }
			for range restartLimit {
				crash()
			}
			<-time.After(restartWindow + late)
			crash()
			if err := s.End(); (err != nil) != spent {
				t.Errorf("%v after the window the run ended with %v", late, err)
			}
			<-time.After(restartMax)
		})
	}
}

// TestStrategyLogsTheStack wants each crash in the log, with where it was.
func TestStrategyLogsTheStack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, j := newStrategy(), &parent{done: make(chan string, 1)}, &journal{}
		s.log = slog.New(slog.NewTextHandler(j, nil))
		s.HandleFailure(nil, p, actor.NewPID("", "pipeline/dlq"), nil, &actors.Crash{Panic: "boom", Stack: "dlq.go:7"}, nil)
		<-p.done
		for _, part := range []string{"actor crashed", "actor=pipeline/dlq", "boom", "stack=dlq.go:7", "goes_on_in="} {
			if !strings.Contains(j.String(), part) {
				t.Errorf("the log is %q, want %q in it", j, part)
			}
		}
	})
}

func TestStrategyForgetsOldCrashes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := newStrategy(), &parent{done: make(chan string, 100)}
		for range 5 * restartLimit {
			s.HandleFailure(nil, p, actor.NewPID("", "pipeline/dlq"), nil, "boom", nil)
			<-time.After(restartWindow/restartLimit + time.Second)
		}
		if err := s.End(); err != nil {
			t.Errorf("the run ended with %v, want it to go on", err)
		}
	})
}

func TestStrategyEndsTheRunOnFatal(t *testing.T) {
	s, p := newStrategy(), &parent{done: make(chan string, 1)}
	cause := errors.New("401")
	s.HandleFailure(nil, p, actor.NewPID("", "pipeline/writers/writer-1"), nil, fmt.Errorf("wrapped: %w", &actors.Fatal{Err: cause}), nil)
	if err := s.End(); !errors.Is(err, cause) || err.Error() != "actor pipeline/writers/writer-1: wrapped: 401" {
		t.Errorf("the run ended with %v, want the cause and the path", err)
	}
	if len(p.done) != 0 {
		t.Errorf("the child was told %q", <-p.done)
	}
}
