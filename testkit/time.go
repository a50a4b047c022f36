package testkit

import (
	"reflect"
	"time"
)

// Advance moves the virtual time on by d and returns when the whole bubble is at rest
// again: every timer that is due by then has gone off, and every actor has handled
// what it had. With 0 it only lets everything come to rest. It needs a system made in
// a synctest bubble, and costs no time.
func (s *System) Advance(d time.Duration) {
	s.t.Helper()
	s.needBubble("Advance", "")
	time.Sleep(d)
	wait()
}

// ExpectAt takes the next message, which must be a T and have come exactly at, which
// is virtual time since the system was made, neither before nor after; and returns it.
// It moves the time on to that moment if it is still to come. So a schedule is
//
//	testkit.ExpectAt[*Beat](probe, 10*time.Minute)
//	testkit.ExpectAt[*Beat](probe, 20*time.Minute)
//
// It needs a system made in a synctest bubble.
func ExpectAt[T any](p *Probe, at time.Duration) T {
	p.t.Helper()
	p.sys.needBubble("ExpectAt", "")
	want := reflect.TypeFor[T]()
	l, ok := p.inbox.letters.take(first, p.sys.made.Add(at))
	if !ok {
		wait() // a timer of an actor may be due at this very moment
		if l, ok = p.inbox.letters.takeNow(first); !ok {
			p.fatalf("expected %s at %v, but by then nothing had come", want, at)
		}
	}
	p.last = l
	wanted, ok := l.message.(T)
	if came := l.at.Sub(p.sys.made); !ok || came != at {
		p.fatalf("expected %s at %v, but %v came at %v%s%s", want, at, l, came, hint(want, l.message), p.rest())
	}
	return wanted
}
