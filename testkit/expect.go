package testkit

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// maxListed is how many messages a failure lists of one kind.
const maxListed = 10

// Expect takes the next message, which must be a T, and returns it. It waits up
// to the system's time-out for one to come.
func Expect[T any](p *Probe) T {
	p.t.Helper()
	want := reflect.TypeFor[T]()
	l := p.receive(want.String())
	wanted, ok := l.message.(T)
	if !ok {
		p.fatalf("expected %s, but %v came%s%s", want, l, hint(want, l.message), p.rest())
	}
	return wanted
}

// ExpectIn takes the oldest T among the messages that came, or the first to
// come, and leaves the others in their order: for answers whose order is open.
func ExpectIn[T any](p *Probe) T {
	p.t.Helper()
	return pick(p, reflect.TypeFor[T]().String(), func(T) bool { return true })
}

// Fish takes messages until a T comes that accept approves of, and returns that;
// all before it are dropped. The time-out is for the whole catch.
func Fish[T any](p *Probe, accept func(T) bool) T {
	p.t.Helper()
	deadline := time.Now().Add(p.sys.limit())
	var dropped []letter
	for {
		l, ok := p.inbox.letters.take(first, deadline)
		if !ok {
			p.fatalf("fished for %s for %v in vain%s", reflect.TypeFor[T](), p.sys.limit(), list("dropped", dropped))
		}
		p.last = l
		if wanted, ok := l.message.(T); ok && accept(wanted) {
			return wanted
		}
		dropped = append(dropped, l)
	}
}

// Receive takes the next message, whatever it is.
func (p *Probe) Receive() any {
	p.t.Helper()
	return p.receive("a message").message
}

func (p *Probe) receive(what string) letter {
	p.t.Helper()
	limit := p.sys.limit()
	l, ok := p.inbox.letters.take(first, time.Now().Add(limit))
	if !ok {
		p.fatalf("expected %s, but nothing came within %v", what, limit)
	}
	p.last = l
	return l
}

// ExpectNone fails if a message has come by the time the whole bubble is at
// rest: every actor has handled what it had, and only time could go on. It needs
// a synctest bubble, since nowhere else is there such a moment; outside, use
// [ExpectNoneFor].
func ExpectNone(p *Probe) {
	p.t.Helper()
	p.sys.needBubble("ExpectNone", ": use ExpectNoneFor")
	wait()
	if l, ok := p.inbox.letters.takeNow(first); ok {
		p.fatalf("expected no message, but %v came%s", l, p.rest())
	}
}

// ExpectNoneFor fails for a message that comes within d: virtual time in a
// synctest bubble, where that proves something, and wall time outside, where it
// is but likely.
func ExpectNoneFor(p *Probe, d time.Duration) {
	p.t.Helper()
	l, came := p.inbox.letters.take(first, time.Now().Add(d))
	if !came && p.sys.bubble {
		wait() // timers of actors may be due at this very moment
		l, came = p.inbox.letters.takeNow(first)
	}
	if came {
		p.fatalf("expected no message for %v, but %v came%s", d, l, p.rest())
	}
}

// ExpectTerminated waits for the end of an actor that the probe watches and
// leaves other messages where they are: their order against an end is open.
func (p *Probe) ExpectTerminated(pid *actor.PID) {
	p.t.Helper()
	what := "the end of actor " + name(pid)
	if !p.watched[pidText(pid)] {
		what += " (the probe does not watch it: call Watch)"
	}
	pick(p, what, func(m *actor.Terminated) bool { return m.Who.Equal(pid) })
}

// pick takes the oldest message that is a T and accepted.
func pick[T any](p *Probe, what string, accept func(T) bool) T {
	p.t.Helper()
	limit := p.sys.limit()
	l, ok := p.inbox.letters.take(matching(accept), time.Now().Add(limit))
	if !ok {
		p.fatalf("expected %s, but it did not come within %v%s", what, limit, p.rest())
	}
	p.last = l
	wanted, _ := l.message.(T)
	return wanted
}

func matching[T any](accept func(T) bool) func(letter) bool {
	return func(l letter) bool {
		m, ok := l.message.(T)
		return ok && accept(m)
	}
}

// hint names the trap that a value and a pointer to it are different messages.
func hint(want reflect.Type, message any) string {
	got := reflect.TypeOf(message)
	switch {
	case want == nil || got == nil || want == got:
		return ""
	case want.Kind() == reflect.Pointer && want.Elem() == got:
		return " (a value: send a pointer)"
	case got.Kind() == reflect.Pointer && got.Elem() == want:
		return " (a pointer: expect " + got.String() + ")"
	default:
		return ""
	}
}

// rest lists what else the probe holds.
func (p *Probe) rest() string { return list("unread", p.inbox.letters.unread()) }

func list(title string, letters []letter) string {
	if len(letters) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s:", title)
	for _, l := range letters[:min(len(letters), maxListed)] {
		fmt.Fprintf(&b, "\n  %v", l)
	}
	if more := len(letters) - maxListed; more > 0 {
		fmt.Fprintf(&b, "\n  ... and %d more", more)
	}
	return b.String()
}
