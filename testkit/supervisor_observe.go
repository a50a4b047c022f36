package testkit

import (
	"reflect"

	"github.com/asynkron/protoactor-go/actor"
)

// observation is what a supervisor has seen of an actor.
type observation struct {
	fell     bool // its Receive panicked, and no failure was handled since
	parent   bool // it has spawned
	restarts int  // that it was told
}

// restart is the n-th of an actor, which has handled *actor.Started; 0: its start.
type restart struct {
	who string
	n   int
}

// redelivery is a message in flight that an actor was given once more.
type redelivery struct {
	message any
	to      *actor.PID
}

// Observe is for the props of an actor that [SpawnUnder] did not spawn, such as a
// parent whose children s supervises: it sees the actor, and all that this one
// spawns, as SpawnUnder does.
//
//	props.Configure(actor.WithSupervisor(boss), boss.Observe())
func (s *Supervisor) Observe() actor.PropsOption {
	return func(p *actor.Props) {
		actor.WithReceiverMiddleware(s.middleware)(p)
		actor.WithSpawnMiddleware(s.adopt)(p)
	}
}

// adopt observes what an observed actor spawns.
func (s *Supervisor) adopt(next actor.SpawnFunc) actor.SpawnFunc {
	return func(system *actor.ActorSystem, id string, p *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
		o := s.observe(parent.Self())
		s.mu.Lock()
		o.parent = true
		s.mu.Unlock()
		return next(system, id, p.Clone(s.Observe()), parent)
	}
}

func (s *Supervisor) middleware(next actor.ReceiverFunc) actor.ReceiverFunc {
	return func(c actor.ReceiverContext, env *actor.MessageEnvelope) {
		o := s.observe(c.Self())
		s.deliver(c.Self(), env.Message)
		returned := false
		defer func() {
			if !returned {
				s.mu.Lock()
				defer s.mu.Unlock()
				o.fell = true
			}
		}()
		next(c, env)
		returned = true
		if _, ok := env.Message.(*actor.Started); ok {
			s.start(o, c.Self())
		}
	}
}

func (s *Supervisor) observe(pid *actor.PID) *observation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.observed[pid.Id] == nil {
		s.observed[pid.Id] = &observation{}
	}
	return s.observed[pid.Id]
}

// start notes that an actor is up.
func (s *Supervisor) start(o *observation, pid *actor.PID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restarts.put(restart{who: pid.Id, n: o.restarts})
}

// countRestart is the number of the restart that an actor is about to be told; 0:
// nobody observes it.
func (s *Supervisor) countRestart(pid *actor.PID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.observed[pid.Id]
	if o == nil {
		return 0
	}
	o.restarts++
	return o.restarts
}

// deliver notes a message that was in flight as an actor failed.
func (s *Supervisor) deliver(to *actor.PID, message any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.inFlight {
		if holds(message, m) {
			s.again.put(redelivery{message: m, to: to})
			return
		}
	}
}

// inner is the message that was in flight before, if it came in a wrapper since.
func (s *Supervisor) inner(message any) any {
	for _, m := range s.inFlight {
		if holds(message, m) {
			return m
		}
	}
	return message
}

// holds says whether message is m, or a struct with m in a field that is exported:
// so mailboxes mark what comes again.
func holds(message, m any) bool {
	if same(message, m) {
		return true
	}
	v := reflect.ValueOf(message)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return false
	}
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() && isIn(v.Field(i), m) {
			return true
		}
	}
	return false
}

// isIn says whether a field has m in it. One of another type is not even read: it may
// be somebody else's to write.
func isIn(field reflect.Value, m any) bool {
	if field.Kind() == reflect.Interface {
		field = field.Elem()
	}
	return field.IsValid() && field.Type() == reflect.TypeOf(m) && same(field.Interface(), m)
}

// same is a == b that does not panic.
func same(a, b any) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.ValueOf(a).Comparable() && a == b
}
