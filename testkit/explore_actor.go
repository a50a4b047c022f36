package testkit

import (
	"math/rand/v2"
	"strconv"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// Props are p for actors of the schedule, as all that these spawn are: each message
// that one takes is a step, by the name of its PID. They are given to Spawn as any
// props are; a SpawnFunc in p is replaced. Between two messages of a mailbox that hands out several in a
// run, such as protoactor-go's own, a system message may be handled without a step
// of its own, unless the mailbox calls Yield of its dispatcher before each.
func (x *Exploration) Props(p *actor.Props) *actor.Props {
	return p.Clone(actor.WithSpawnFunc(x.spawn))
}

// Spawn starts an actor of p, which is given its [Exploration.Props], by a name that no
// other has: the steps show it. It is called by the test and the goroutines of
// [Exploration.Go].
func (x *Exploration) Spawn(name string, p *actor.Props) *actor.PID {
	pid, err := x.system.Root.SpawnNamed(x.Props(p), name)
	if err != nil {
		x.Fatalf("spawn actor %q: %v", name, err)
	}
	return pid
}

func (x *Exploration) spawn(system *actor.ActorSystem, id string, p *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
	t := &turns{x: x, name: id}
	p = p.Clone(actor.WithSpawnFunc(nil), actor.WithSpawnMiddleware(x.adopt), actor.WithDispatcher(t), actor.WithReceiverMiddleware(t.middleware))
	pid, err := actor.DefaultSpawner(system, id, p, parent)
	if err == nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.spawned = append(x.spawned, pid)
	}
	return pid, err
}

// adopt makes what an actor spawns one of the schedule.
func (x *Exploration) adopt(next actor.SpawnFunc) actor.SpawnFunc {
	return func(system *actor.ActorSystem, id string, p *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
		return next(system, id, x.Props(p), parent)
	}
}

// turns is the dispatcher of one actor: it does not run before its turn.
type turns struct {
	x     *Exploration
	name  string
	given bool // the actor may take a message; its goroutine's own
}

// Schedule is called by a mailbox that has something to do.
func (t *turns) Schedule(run func()) {
	t.x.add(&step{name: t.name, run: func() {
		t.given = true
		run()
	}})
}

// Throughput has a mailbox call Yield, if it knows it, between all messages.
func (t *turns) Throughput() int { return 0 }

// Yield is called by a mailbox before it takes another message.
func (t *turns) Yield() {
	t.x.Step(t.name)
	t.given = true
}

// middleware has a turn for each message of a mailbox that does not call Yield.
func (t *turns) middleware(next actor.ReceiverFunc) actor.ReceiverFunc {
	return func(c actor.ReceiverContext, env *actor.MessageEnvelope) {
		if isUserMessage(env.Message) {
			if !t.given {
				t.x.Step(t.name)
			}
			t.given = false
		}
		t.x.Logf("%s takes %T", t.name, env.Message)
		defer t.notePanic(env.Message)
		next(c, env)
	}
}

// notePanic is deferred: the panic goes on, to the actor's supervisor.
func (t *turns) notePanic(message any) {
	if *seedFlag == 0 {
		return
	}
	if reason := recover(); reason != nil {
		t.x.Logf("%s panics on %T: %v", t.name, message, reason)
		panic(reason)
	}
}

// Scheduler answers, by the seed, who goes first wherever several could: the
// Scheduler of a mailbox of package mailbox, and its Parker. Names are to differ.
func (x *Exploration) Scheduler(name string) *Scheduler {
	return &Scheduler{x: x, name: name, dice: stream(x.seed, name)}
}

// Scheduler is made by [Exploration.Scheduler].
type Scheduler struct {
	x    *Exploration
	name string

	mu     sync.Mutex // guards all below
	dice   *rand.Rand
	parked int // senders so far
}

// Sender chooses among n parked senders of a lane.
func (s *Scheduler) Sender(_ string, n int) int { return s.choose(n) }

// Worker chooses among n idle workers.
func (s *Scheduler) Worker(n int) int { return s.choose(n) }

// Parked is called by a sender that is parked before a lane; it calls the result
// before it goes on.
func (s *Scheduler) Parked(lane string) (resume func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parked++
	name := s.name + " sender " + strconv.Itoa(s.parked) + " of " + lane
	return func() { s.x.Step(name) }
}

func (s *Scheduler) choose(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dice.IntN(n)
}
