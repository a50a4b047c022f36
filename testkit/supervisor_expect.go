package testkit

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// ExpectFailure takes the next failure, whatever was answered. It waits up to the
// time-out of the system for one.
func ExpectFailure(s *Supervisor) Failure {
	s.t.Helper()
	return s.take("an actor to fail")
}

// ExpectRestart takes the next failure, which must have been answered with a
// restart, and waits until the actor has handled its new *actor.Started.
func ExpectRestart(s *Supervisor) Failure {
	s.t.Helper()
	f := s.expect(actor.RestartDirective, "an actor to fail and be restarted")
	s.needObservation(f)
	limit := s.sys.limit()
	up := func(r restart) bool { return r.who == f.Who.Id && r.n == f.restart }
	if _, ok := s.restarts.take(up, time.Now().Add(limit)); !ok {
		s.sys.fatalf(s.t, "expected actor %s to be restarted, but it did not start again within %v%s", name(f.Who), limit, s.unread())
	}
	return f
}

// ExpectStop takes the next failure, which must have been answered with a stop, and
// waits until the actor is gone, with all its children.
func ExpectStop(s *Supervisor) Failure {
	s.t.Helper()
	f := s.expect(actor.StopDirective, "an actor to fail and be stopped")
	if limit := s.sys.limit(); !s.sys.awaitEnd(f.Who, time.Now().Add(limit)) {
		s.sys.fatalf(s.t, "expected actor %s to be stopped, but it was not gone within %v%s", name(f.Who), limit, s.unread())
	}
	return f
}

// ExpectResume takes the next failure, which must have been answered with a resume.
// That the actor goes on shows in what it answers.
func ExpectResume(s *Supervisor) Failure {
	s.t.Helper()
	return s.expect(actor.ResumeDirective, "an actor to fail and be resumed")
}

// ExpectEscalation takes the next failure, which must have come up from below: a
// child failed, and the supervision of its parent escalated. Who is that parent;
// Reason and Message are the child's.
func ExpectEscalation(s *Supervisor) Failure {
	s.t.Helper()
	const what = "an actor to escalate a failure"
	f := s.take(what)
	s.needObservation(f)
	if !f.Escalated {
		s.sys.fatalf(s.t, "expected %s, but %v%s", what, f, s.unread())
	}
	return f
}

// ExpectRedelivery waits until the message in flight of the failure that was taken
// last, which must be a T, is given to an observed actor again: alone, or in an
// exported field of a struct, by which some mailboxes mark it. A pointer is known
// again by itself, any other message by what it is equal to.
//
// protoactor-go's own mailboxes lose that message: see [ExpectLost].
func ExpectRedelivery[T any](s *Supervisor) T {
	s.t.Helper()
	f := s.taken()
	wanted, ok := f.Message.(T)
	if !ok {
		s.sys.fatalf(s.t, "expected %s to come again, but %v", reflect.TypeFor[T](), f)
	}
	limit := s.sys.limit()
	if _, ok := s.again.take(of(f), time.Now().Add(limit)); !ok {
		s.sys.fatalf(s.t, "expected %s to come again, but it did not within %v (a mailbox of protoactor-go loses it)\n  %v%s",
			show(f.Message), limit, f, s.unread())
	}
	return wanted
}

// ExpectLost fails if the message in flight of the failure that was taken last has
// come again by the time the whole bubble is at rest. As [ExpectNone] it needs a
// synctest bubble.
func ExpectLost(s *Supervisor) {
	s.t.Helper()
	f := s.taken()
	s.sys.needBubble("ExpectLost", "")
	wait()
	if r, ok := s.again.takeNow(of(f)); ok {
		s.sys.fatalf(s.t, "expected %s to be lost, but actor %s was given it again\n  %v%s", show(f.Message), name(r.to), f, s.unread())
	}
}

// of accepts the redelivery of what was in flight.
func of(f Failure) func(redelivery) bool {
	return func(r redelivery) bool { return same(r.message, f.Message) }
}

// expect takes the next failure, which must have had this answer.
func (s *Supervisor) expect(answer actor.Directive, what string) Failure {
	s.t.Helper()
	f := s.take(what)
	if f.Directive != answer {
		s.sys.fatalf(s.t, "expected %s, but %v%s", what, f, s.unread())
	}
	return f
}

func (s *Supervisor) take(what string) Failure {
	s.t.Helper()
	limit := s.sys.limit()
	f, ok := s.failures.take(first, time.Now().Add(limit))
	if !ok {
		s.sys.fatalf(s.t, "expected %s, but none did within %v", what, limit)
	}
	s.last = &f
	return f
}

// taken is the failure that was taken last.
func (s *Supervisor) taken() Failure {
	s.t.Helper()
	if s.last == nil {
		s.t.Fatalf("which message? Expect the failure first")
	}
	return *s.last
}

func (s *Supervisor) needObservation(f Failure) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.observed[f.Who.Id] == nil {
		s.t.Fatalf("actor %s is not observed: use SpawnUnder, or Observe in its props", name(f.Who))
	}
}

// String says what happened, as part of a sentence.
func (f Failure) String() string {
	text := fmt.Sprintf("actor %s failed with %s, taking %s, and the answer was %s",
		name(f.Who), show(f.Reason), show(f.Message), strings.ToLower(strings.TrimSuffix(f.Directive.String(), "Directive")))
	if f.Escalated {
		text += " (escalated by it: a child failed)"
	}
	return text
}

// unread lists the failures that nobody has taken.
func (s *Supervisor) unread() string {
	var b strings.Builder
	for _, f := range s.failures.unread() {
		fmt.Fprintf(&b, "\n  %v", f)
	}
	if b.Len() == 0 {
		return ""
	}
	return "\nfailures after that:" + b.String()
}

// awaitEnd is false if an actor is not gone at the deadline.
func (s *System) awaitEnd(pid *actor.PID, deadline time.Time) bool {
	process, ok := s.ActorSystem.ProcessRegistry.Get(pid)
	if !ok {
		return true
	}
	watcher := newInbox(s)
	defer watcher.Stop(watcher.pid)
	process.SendSystemMessage(pid, &actor.Watch{Watcher: watcher.pid})
	return s.awaitGone(pid, process, watcher, deadline)
}
