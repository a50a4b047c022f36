package testkit

import (
	"strings"

	"github.com/asynkron/protoactor-go/actor"
)

// parent is the process that spawned the actor, and hears what its supervisor
// would.
type parent struct {
	actor.SpawnerContext

	b   *Behavior
	pid *actor.PID
}

func newParent(b *Behavior) *parent {
	p := &parent{SpawnerContext: b.sys.Root, b: b}
	p.pid, _ = b.sys.ActorSystem.ProcessRegistry.Add(p, "parent")
	return p
}

// Self is the parent of what is spawned.
func (p *parent) Self() *actor.PID { return p.pid }

// SendUserMessage is called past the context.
func (p *parent) SendUserMessage(to *actor.PID, message any) {
	p.b.send(sending, to, actor.WrapEnvelope(message))
}

// SendSystemMessage hears of failures of the actor's children.
func (p *parent) SendSystemMessage(_ *actor.PID, message any) {
	if f, ok := message.(*actor.Failure); ok {
		p.b.record(Escalated{Reason: f.Reason})
	}
}

// Stop is called past the context.
func (p *parent) Stop(pid *actor.PID) { p.b.record(Stopped{PID: pid}) }

// child is a process without an actor.
type child struct {
	b     *Behavior
	pid   *actor.PID
	stats *actor.RestartStatistics
}

// adopt is the last spawn middleware: it makes a child of the name alone.
func (b *Behavior) adopt(actor.SpawnFunc) actor.SpawnFunc {
	return func(system *actor.ActorSystem, id string, props *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
		c := &child{b: b, stats: actor.NewRestartStatistics()}
		pid, added := system.ProcessRegistry.Add(c, id)
		if !added {
			return pid, actor.ErrNameExists
		}
		c.pid = pid
		b.children[pid.String()] = c
		b.record(Spawned{PID: pid, Name: strings.TrimPrefix(id, parent.Self().Id+"/"), Props: props})
		return pid, nil
	}
}

// SendUserMessage is called past the context.
func (c *child) SendUserMessage(to *actor.PID, message any) {
	if _, ok := actor.UnwrapEnvelopeMessage(message).(*actor.PoisonPill); ok {
		c.b.record(Poisoned{PID: to})
		return
	}
	c.b.send(sending, to, actor.WrapEnvelope(message))
}

// SendSystemMessage is called by the actor as it ends or restarts, by its
// supervisor strategy, and past the context.
func (c *child) SendSystemMessage(_ *actor.PID, message any) {
	switch m := message.(type) {
	case *actor.Stop:
		c.stop()
	case *actor.Restart:
		c.b.record(Supervised{Child: c.pid, Directive: actor.RestartDirective})
	case *actor.ResumeMailbox:
		c.b.record(Supervised{Child: c.pid, Directive: actor.ResumeDirective})
	case *actor.Watch:
		c.b.tellEnd(c.pid, m.Watcher)
	}
}

// Stop is called past the context.
func (c *child) Stop(*actor.PID) { c.stop() }

// stop leaves the child alive, unless the actor waits for its end.
func (c *child) stop() {
	switch {
	case c.b.ending.Load():
		c.b.gone(c.pid)
	case c.b.supervising.Load():
		c.b.record(Supervised{Child: c.pid, Directive: actor.StopDirective})
	default:
		c.b.record(Stopped{PID: c.pid})
	}
}

// Terminate lets a child end, or somebody whom the actor watches: it receives
// *actor.Terminated, twice for a child that it watches too, as with protoactor. A
// child does not end before, whatever the actor does to it, unless the actor
// itself stops or restarts.
func (b *Behavior) Terminate(pid *actor.PID) {
	b.t.Helper()
	if !b.gone(pid) {
		b.t.Fatalf("%s: %s is neither its child nor watched", name(b.pid), name(pid))
	}
	b.settle()
}

// gone is false if nobody wants to know.
func (b *Behavior) gone(pid *actor.PID) (known bool) {
	key := pid.String()
	end := &actor.Terminated{Who: pid}
	for _, f := range b.takeEnders(pid) {
		b.sys.sendSystem(f, end)
		known = true
	}
	if _, watches := b.watched[key]; watches {
		delete(b.watched, key)
		b.mailbox.PostSystemMessage(end)
		known = true
	}
	if c, ok := b.children[key]; ok {
		delete(b.children, key)
		b.sys.ActorSystem.ProcessRegistry.Remove(c.pid)
		b.mailbox.PostSystemMessage(end)
		known = true
	}
	return known
}

// FailChild lets a child fail on a message, and the actor's supervisor strategy
// decide: the effects are [Supervised] or [Escalated].
func (b *Behavior) FailChild(pid *actor.PID, reason, message any) {
	b.t.Helper()
	c, ok := b.children[pid.String()]
	if !ok {
		b.t.Fatalf("%s: %s is not its child", name(b.pid), name(pid))
	}
	b.supervising.Store(true)
	defer b.supervising.Store(false)
	b.mailbox.PostSystemMessage(&actor.Failure{Who: c.pid, Reason: reason, RestartStats: c.stats, Message: message})
	b.settle()
}

// Stop stops the actor: it receives *actor.Stopping, the end of each child, and
// *actor.Stopped.
func (b *Behavior) Stop() {
	b.mailbox.PostSystemMessage(&actor.Stop{})
	b.settle()
}

// Restart restarts the actor as after a failure: it receives *actor.Restarting and
// the end of each child, and a new instance *actor.Started and what was stashed,
// the youngest first. What is in the mailbox stays there.
func (b *Behavior) Restart() {
	b.t.Helper()
	b.ended("restart")
	b.mailbox.PostSystemMessage(&actor.Restart{})
	b.settle()
}

// Resume lets the actor go on after a failure as if nothing had been.
func (b *Behavior) Resume() {
	b.t.Helper()
	b.ended("resume")
	b.mailbox.PostSystemMessage(&actor.ResumeMailbox{})
	b.settle()
}

func (b *Behavior) ended(what string) {
	b.t.Helper()
	if !b.Alive() {
		b.t.Fatalf("%s: has stopped, and cannot %s", name(b.pid), what)
	}
}
