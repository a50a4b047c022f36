package testkit

import "testing/synctest"

// notInBubble is what synctest.Wait panics with outside of a bubble; there is no
// other way to ask.
const notInBubble = "goroutine is not in a bubble"

// inBubble reports whether the caller runs in a synctest bubble, and waits for
// the rest of the bubble to come to rest if so.
func inBubble() (bubble bool) {
	defer func() {
		switch reason := recover(); reason {
		case nil:
		case notInBubble:
			bubble = false
		default:
			panic(reason)
		}
	}()
	wait()
	return true
}

// wait returns when every other goroutine of the bubble is parked.
func wait() { synctest.Wait() }

// needBubble ends the test if its system was not made in a bubble.
func (s *System) needBubble(what, otherwise string) {
	s.t.Helper()
	if !s.bubble {
		s.t.Fatalf("%s needs a system made in a synctest bubble%s", what, otherwise)
	}
}
