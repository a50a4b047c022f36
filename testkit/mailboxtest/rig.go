package mailboxtest

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// subject is what is tested.
type subject struct {
	producer func(capacity int) actor.MailboxProducer
	bounded  bool
}

// on runs one scenario on a mailbox of that capacity.
func (s subject) on(capacity int, scenario func(r *rig) error) error {
	r := newRig(s.producer(capacity), capacity)
	err := scenario(r)
	left := r.close()
	return errors.Join(r.misuse(), err, left)
}

// rig is an actor with the mailbox under test, its parent, and what became of
// its messages. It is also the dispatcher of both, and so knows when they rest.
type rig struct {
	system      *actor.ActorSystem
	strategy    *strategy
	parent, pid *actor.PID
	mailbox     actor.Mailbox
	capacity    int

	mu      sync.Mutex    // guards all below
	changed chan struct{} // closed with the next change
	changes int
	running int // functions of the dispatcher
	held    int // of those, in a gate
	gates   []*gate
	senders []*sender
	active  int // messages in the hands of the actor
	overlap bool
	stray   bool // a message was handled by something that the dispatcher does not know
	escaped any  // a panic that the mailbox let through
	crashed map[int]bool
	log     []int // ids of what was handled, in order
	dead    map[int]int
}

func newRig(producer actor.MailboxProducer, capacity int) *rig {
	quiet := func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }
	r := &rig{capacity: capacity, changed: make(chan struct{}), crashed: map[int]bool{}, dead: map[int]int{}, strategy: &strategy{}}
	r.system = actor.NewActorSystem(actor.WithLoggerFactory(quiet),
		actor.WithDeadLetterThrottleInterval(time.Nanosecond)) // its goroutine ends at once
	r.system.EventStream.Subscribe(r.observe)
	child := actor.PropsFromFunc(r.receive, actor.WithDispatcher(r), actor.WithMailbox(func() actor.Mailbox {
		r.mailbox = producer()
		return r.mailbox
	}))
	born := make(chan *actor.PID, 1)
	r.parent = r.system.Root.Spawn(actor.PropsFromFunc(func(c actor.Context) {
		if _, ok := c.Message().(*actor.Started); ok {
			born <- c.Spawn(child)
		}
	}, actor.WithDispatcher(r), actor.WithSupervisor(r.strategy)))
	r.pid = <-born
	r.rest()
	return r
}

// close ends all that runs: the actor, senders that a suspended mailbox keeps,
// and a mailbox that never comes to rest but for being suspended.
func (r *rig) close() error {
	for _, g := range r.allGates() {
		r.open(g)
	}
	r.system.Root.Stop(r.parent)
	gone := r.wait(func() bool { return r.isGone(r.parent) })
	r.mailbox.PostSystemMessage(&actor.ResumeMailbox{})
	released := r.wait(func() bool { return r.parkedSenders() == 0 })
	r.mailbox.PostSystemMessage(&actor.SuspendMailbox{})
	rested := r.rest()
	r.system.Shutdown()
	switch {
	case !gone:
		return errors.New("in the end the actor could not be stopped")
	case !released:
		return errors.New("in the end senders were left behind that nothing releases")
	case !rested:
		return errors.New("in the end the mailbox could not be brought to rest, not even by suspending it")
	}
	return nil
}

// misuse is what no property is about.
func (r *rig) misuse() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.escaped != nil:
		return fmt.Errorf("the mailbox let a panic of the actor through, where it should call EscalateFailure: %v", r.escaped)
	case r.stray:
		return errors.New("a message was handled past the dispatcher that the mailbox was given: nothing can be said about it")
	}
	return nil
}

// isGone says whether an actor has terminated.
func (r *rig) isGone(pid *actor.PID) bool {
	_, there := r.system.ProcessRegistry.Get(pid)
	return !there
}

// decide has the supervisor answer failures; without a directive it waits.
func (r *rig) decide(d actor.Directive) { r.strategy.directive = &d }

// stop stops the actor by a system message.
func (r *rig) stop() { r.system.Root.Stop(r.pid) }

// signal sends the actor a system message that it gets to see.
func (r *rig) signal() {
	if process, ok := r.system.ProcessRegistry.Get(r.pid); ok {
		process.SendSystemMessage(r.pid, &actor.Terminated{Who: r.parent})
	}
}

// strategy answers failures as a test says. It is set before the failure.
type strategy struct {
	directive *actor.Directive // nil: no answer yet

	mu       sync.Mutex // guards withheld
	withheld []func(actor.Directive)
}

// HandleFailure is called by the parent.
func (s *strategy) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, child *actor.PID,
	_ *actor.RestartStatistics, _, _ any,
) {
	answer := func(d actor.Directive) {
		switch d {
		case actor.ResumeDirective:
			parent.ResumeChildren(child)
		case actor.RestartDirective:
			parent.RestartChildren(child)
		case actor.StopDirective, actor.EscalateDirective:
			parent.StopChildren(child)
		}
	}
	if s.directive != nil {
		answer(*s.directive)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.withheld = append(s.withheld, answer)
}

// failures are the answers that are due.
func (s *strategy) failures() []func(actor.Directive) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.withheld
}
