package supervision

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors"
)

// The restart budget: so many crashes within the window, each followed by a wait
// that doubles.
const (
	restartLimit   = 10
	restartWindow  = time.Minute
	restartInitial = 100 * time.Millisecond
	restartMax     = 10 * time.Second
)

// strategy supervises the children of one actor. It is used by that actor only.
type strategy struct {
	*Runner
	tally    *tally
	log      *slog.Logger
	together bool            // the children share one budget: they are workers of a pool
	resumed  map[string]bool // names of children that go on as they are, because a restart would stop theirs
	crashes  map[string][]crashed
}

// crashed is one crash of a child.
type crashed struct {
	at     time.Time
	reason error
}

// HandleFailure ends the run where the failure is fatal or the budget is spent,
// and has the child go on after a while otherwise. What it had in its hands comes
// again.
func (s *strategy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, child *actor.PID, _ *actor.RestartStatistics, reason, message any) {
	err := asError(reason)
	if decide(reason) == fatal {
		s.Abort(fmt.Errorf("actor %s: %w", child.Id, err))
		return
	}
	recent := s.note(child, err)
	if len(recent) > restartLimit {
		s.Abort(fmt.Errorf("actor %s: gave up after %d crashes in %v: %w", child.Id, len(recent), restartWindow, reasons(recent)))
		return
	}
	wait := backoff(len(recent))
	_, starting := message.(*actor.Started) // a resumed actor would not hear it again
	time.AfterFunc(wait, func() {           // before the log: whatever that does, the child goes on
		switch {
		case s.run.Err() != nil:
		case s.resumed[nameOf(child)] && !starting:
			parent.ResumeChildren(child)
		default:
			parent.RestartChildren(child) // dropped by its mailbox if it is stopping
		}
	})
	s.tally.restarted(child)
	s.log.Error("actor crashed", "actor", child.Id, "reason", err, "goes_on_in", wait.String(), "stack", stackOf(reason))
}

// note adds a crash and returns those of the window.
func (s *strategy) note(child *actor.PID, reason error) []crashed {
	key := child.Id
	if s.together {
		key = ""
	}
	now := time.Now()
	recent := slices.DeleteFunc(s.crashes[key], func(c crashed) bool { return now.Sub(c.at) > restartWindow })
	recent = append(recent, crashed{now, reason})
	s.crashes[key] = recent
	return recent
}

// backoff is the wait after that many crashes, from 1, with jitter.
func backoff(crashes int) time.Duration {
	return actors.Backoff{Initial: restartInitial, Max: restartMax}.Wait(crashes)
}

// reasons names all the panics, each once.
func reasons(all []crashed) error {
	var out []error
	for _, c := range all {
		if !slices.ContainsFunc(out, func(e error) bool { return e.Error() == c.reason.Error() }) {
			out = append(out, c.reason)
		}
	}
	return errors.Join(out...)
}

func asError(reason any) error {
	if err, ok := reason.(error); ok {
		return err
	}
	return fmt.Errorf("panic: %v", reason)
}

func stackOf(reason any) string {
	var c *actors.Crash
	if err, ok := reason.(error); ok && errors.As(err, &c) {
		return c.Stack
	}
	return ""
}

// guardian supervises the root, which nobody restarts.
type guardian struct{ *Runner }

// HandleFailure ends the run.
func (g *guardian) HandleFailure(_ *actor.ActorSystem, _ actor.Supervisor, child *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	g.Abort(fmt.Errorf("actor %s: %w", child.Id, asError(reason)))
}
