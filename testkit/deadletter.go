package testkit

import (
	"reflect"
	"time"
)

// ExpectDeadLetter takes the oldest message of type T that found no receiver and
// returns it, and waits up to the time-out for one. Taken letters do not fail the
// test at its end.
func ExpectDeadLetter[T any](s *System) T {
	s.t.Helper()
	limit := s.limit()
	l, ok := s.letters.take(matching(func(T) bool { return true }), time.Now().Add(limit))
	if !ok {
		s.fatalf(s.t, "expected a dead letter %s, but it did not come within %v%s",
			reflect.TypeFor[T](), limit, list("dead letters", s.letters.unread()))
	}
	wanted, _ := l.message.(T)
	return wanted
}

// AllowDeadLetters lets the test pass whatever is lost: for tests of a crash or
// of a hard stop, where what is under way does not matter.
func (s *System) AllowDeadLetters() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lenient = true
}
