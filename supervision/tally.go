package supervision

import (
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

// tally counts restarts, and messages that found no receiver.
type tally struct {
	log *slog.Logger

	mu          sync.Mutex // guards all below
	restarts    map[string]int64
	deadLetters int64
}

func newTally(log *slog.Logger) *tally { return &tally{log: log, restarts: map[string]int64{}} }

// restarted counts a restart. Partition consumers count by partition, not by
// claim, so that the names are a closed set.
func (t *tally) restarted(pid *actor.PID) {
	path, _, _ := strings.Cut(pid.Id, "#")
	t.mu.Lock()
	defer t.mu.Unlock()
	t.restarts[path]++
}

// observe counts dead letters of user messages and logs unhandled ones. It is
// called by whoever publishes on the event stream.
func (t *tally) observe(event any) {
	switch e := event.(type) {
	case *actor.DeadLetterEvent:
		switch e.Message.(type) {
		case actor.SystemMessage, actor.MailboxMessage, actor.AutoReceiveMessage, *actor.DeadLetterResponse:
		case *messages.Condition: // said at the end of the run, when nobody listens any more
		default:
			t.mu.Lock()
			t.deadLetters++
			t.mu.Unlock()
		}
	case *actors.Unhandled:
		t.log.Error("message without a handler: this is a bug", "actor", e.Receiver.Id, "message", e.Message)
	}
}

func (t *tally) countDeadLetters() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.deadLetters
}

func (t *tally) readRestarts() []messages.ActorReport {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]messages.ActorReport, 0, len(t.restarts))
	for path, n := range t.restarts {
		out = append(out, messages.ActorReport{Path: path, Restarts: n})
	}
	slices.SortFunc(out, func(a, b messages.ActorReport) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// nameOf is the last part of a path.
func nameOf(pid *actor.PID) string { return pid.Id[strings.LastIndexByte(pid.Id, '/')+1:] }
