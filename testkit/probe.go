package testkit

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

// Probe stands for an actor in a test: a PID that keeps what is sent to it,
// without a bound, until the test takes it. It has no goroutine, and answers on its
// own only what [Autopilot] was told to.
//
// Anybody may send to it; its methods and the expectations belong to one
// goroutine, that of the test, because they end the test when they fail.
type Probe struct {
	t     testing.TB
	sys   *System
	inbox *inbox
	pilot *pilot
	last  letter // taken last: Reply answers it

	watched map[string]bool // by the text of the PID
}

// NewProbe registers a probe, which may be sent to at once. Its expectations
// fail t.
func NewProbe(t testing.TB, s *System) *Probe {
	p := &Probe{t: t, sys: s, inbox: newInbox(s), watched: map[string]bool{}}
	p.pilot = &pilot{probe: p}
	p.inbox.coming = s.history.add
	p.inbox.arrived = p.pilot.hear
	return p
}

// PID is the address to give to actors.
func (p *Probe) PID() *actor.PID { return p.inbox.pid }

// Request sends a message with the probe as its sender, so that answers come
// here. If to does not live, *actor.DeadLetterResponse comes instead, and the message
// is a dead letter.
func (p *Probe) Request(to *actor.PID, message any) {
	p.sys.Root.RequestWithCustomSender(to, message, p.PID())
}

// Reply answers the message that was taken last, with the probe as the sender. It
// fails the test if that message came without a sender.
func (p *Probe) Reply(message any) {
	p.t.Helper()
	if p.last.sender == nil {
		p.fatalf("no one to reply to: %v", p.last)
	}
	p.Request(p.last.sender, message)
}

// Sender is who sent the message that was taken last, nil if it did not say.
func (p *Probe) Sender() *actor.PID { return p.last.sender }

// Watch lets the probe hear of the end of an actor: see [Probe.ExpectTerminated].
// Of one that has ended it hears at once.
func (p *Probe) Watch(pid *actor.PID) {
	p.watched[pidText(pid)] = true
	p.sys.sendSystem(pid, &actor.Watch{Watcher: p.PID()})
}

// String names the probe in the messages of failed tests.
func (p *Probe) String() string { return name(p.PID()) }

// fatalf ends the test, and adds the last messages of the system.
func (p *Probe) fatalf(format string, args ...any) {
	p.t.Helper()
	p.sys.fatalf(p.t, p.String()+": "+format, args...)
}
