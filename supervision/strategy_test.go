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
