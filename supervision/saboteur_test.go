package supervision

import (
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// deed is a panic in an actor: before or after it handles a kind of message.
type deed struct {
	actor   string // its path without numbers
	message string // type
	after   bool
}

func (d deed) String() string {
	when := "before"
	if d.after {
		when = "after"
	}
	return fmt.Sprintf("%s %s %s", d.actor, when, d.message)
}

// saboteur stands beside every actor of a pipeline and crashes it as planned. It
// also writes down what they hear.
type saboteur struct {
	mu    sync.Mutex // guards all below
	plan  map[deed]int
	done  []deed
	heard map[deed]struct{}
}

// sabotage has actors of p crash, each deed as often as it is named.
func sabotage(p *Pipeline, deeds ...deed) *saboteur {
	s := &saboteur{plan: map[deed]int{}, heard: map[deed]struct{}{}}
	s.then(deeds...)
	p.system.Root.WithSpawnMiddleware(s.spawn)
	return s
}

// then adds to the plan.
func (s *saboteur) then(deeds ...deed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range deeds {
		s.plan[d]++
	}
}

// spawn puts s between each actor that is spawned, by whomever, and its messages.
func (s *saboteur) spawn(actor.SpawnFunc) actor.SpawnFunc {
	return func(system *actor.ActorSystem, id string, props *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
		beside := []actor.PropsOption{actor.WithReceiverMiddleware(s.receive), actor.WithSpawnMiddleware(s.spawn)}
		return actor.DefaultSpawner(system, id, props.Clone(beside...), parent)
	}
}

func (s *saboteur) receive(next actor.ReceiverFunc) actor.ReceiverFunc {
	return func(c actor.ReceiverContext, e *actor.MessageEnvelope) {
		d := deed{actor: role(c.Self()), message: fmt.Sprintf("%T", e.Message)}
		s.strike(d)
		next(c, e)
		d.after = true
		s.strike(d)
	}
}

func (s *saboteur) strike(d deed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard[d] = struct{}{}
	if s.plan[d] > 0 {
		s.plan[d]--
		s.done = append(s.done, d)
		panic("sabotage: " + d.String())
	}
}

// opportunities are all deeds that there was a time for.
func (s *saboteur) opportunities() (all []deed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d := range s.heard {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b deed) int { return slices.Compare([]byte(a.String()), []byte(b.String())) })
	return all
}

func (s *saboteur) strikes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.done)
}

var numbers = regexp.MustCompile(`[-#]\d+`)

// role is the path of an actor without numbers.
func role(pid *actor.PID) string { return numbers.ReplaceAllString(pid.Id, "") }
