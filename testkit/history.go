package testkit

import (
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// historyLength is how many messages a failure shows.
const historyLength = 10

// history is the last messages that actors and probes of a system were given, and
// those that found nobody.
type history struct {
	since time.Time

	mu   sync.Mutex // guards what follows
	ring [historyLength]letter
	n    int // that ever came
}

func (h *history) add(l letter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring[h.n%historyLength] = l
	h.n++
}

// last is oldest first.
func (h *history) last() []letter {
	h.mu.Lock()
	defer h.mu.Unlock()
	var letters []letter
	for i := max(0, h.n-historyLength); i < h.n; i++ {
		letters = append(letters, h.ring[i%historyLength])
	}
	return letters
}

// String is lines for the end of a failure: when, from whom, to whom, what.
func (h *history) String() string {
	letters := h.last()
	if len(letters) == 0 {
		return "\nlast messages of the system: none"
	}
	var b strings.Builder
	b.WriteString("\nlast messages of the system:")
	for _, l := range letters {
		from, to := "?", name(l.to)
		if l.sender != nil {
			from = name(l.sender)
		}
		if l.dead {
			to += " (dead letter)"
		}
		fmt.Fprintf(&b, "\n  %6v  %s -> %s: %s", l.at.Sub(h.since).Round(time.Millisecond), from, to, show(l.message))
	}
	return b.String()
}

// fatalf ends the test, and adds the last messages of the system.
func (s *System) fatalf(t testing.TB, format string, args ...any) {
	t.Helper()
	t.Fatalf("%s%v", fmt.Sprintf(format, args...), s.history)
}

// spawn observes an actor that is spawned outside of any actor. What protoactor
// would do next forgets the guardian of the props.
func (s *System) spawn(actor.SpawnFunc) actor.SpawnFunc {
	return func(_ *actor.ActorSystem, id string, props *actor.Props, parent actor.SpawnerContext) (pid *actor.PID, err error) {
		root, _ := parent.(*actor.RootContext)
		plain := root.Copy().WithSpawnMiddleware()
		props = s.observed(props, id)
		pprof.Do(context.Background(), s.labels(id), func(context.Context) { pid, err = plain.SpawnNamed(props, id) })
		return pid, err
	}
}

// adopt observes what an actor spawns.
func (s *System) adopt(next actor.SpawnFunc) actor.SpawnFunc {
	return func(system *actor.ActorSystem, id string, props *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
		return next(system, id, s.observed(props, id), parent)
	}
}

// observed is props of which the actor's messages go into the history, and the
// actor's goroutines bear its name: see labels.
func (s *System) observed(props *actor.Props, id string) *actor.Props {
	nobodys := context.Background()
	own := pprof.WithLabels(nobodys, s.labels(id))
	receive := func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(c actor.ReceiverContext, env *actor.MessageEnvelope) {
			if isUserMessage(env.Message) {
				s.history.add(letter{message: env.Message, sender: env.Sender, to: c.Self(), at: time.Now()})
			}
			pprof.SetGoroutineLabels(own)
			defer pprof.SetGoroutineLabels(nobodys)
			next(c, env)
		}
	}
	return props.Clone(actor.WithReceiverMiddleware(receive), actor.WithSpawnMiddleware(s.adopt))
}
