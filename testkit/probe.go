package testkit

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

// Probe stands for an actor in a test: a PID that keeps what is sent to it,
// without a bound, until the test takes it. It has no goroutine and never
// answers on its own.
//
// Anybody may send to it; its methods and the expectations belong to one
// goroutine, that of the test, because they end the test when they fail.
type Probe struct {
	t     testing.TB
	sys   *System
	inbox *inbox
	last  letter // taken last: Reply answers it
}

// NewProbe registers a probe, which may be sent to at once. Its expectations
// fail t.
func NewProbe(t testing.TB, s *System) *Probe {
	return &Probe{t: t, sys: s, inbox: newInbox(s)}
}

// PID is the address to give to actors.
func (p *Probe) PID() *actor.PID { return p.inbox.pid }

// Request sends a message with the probe as its sender, so that answers come
// here. If to does not live, *actor.DeadLetterResponse comes instead.
func (p *Probe) Request(to *actor.PID, message any) {
	p.sys.Root.RequestWithCustomSender(to, message, p.PID())
}

// Reply answers the message that was taken last, with the probe as the sender.
func (p *Probe) Reply(message any) {
	p.t.Helper()
	if p.last.sender == nil {
		p.t.Fatalf("%s: no one to reply to: %v", p, p.last)
	}
	p.Request(p.last.sender, message)
}

// Sender is who sent the message that was taken last, nil if it did not say.
func (p *Probe) Sender() *actor.PID { return p.last.sender }

// Watch lets the probe hear of the end of an actor: see [Probe.ExpectTerminated].
func (p *Probe) Watch(pid *actor.PID) {
	p.sys.sendSystem(pid, &actor.Watch{Watcher: p.PID()})
}

// String names the probe in the messages of failed tests.
func (p *Probe) String() string { return name(p.PID()) }
