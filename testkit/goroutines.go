package testkit

import (
	"fmt"
	"runtime/pprof"
	"strings"
	"time"
)

// Labels of the goroutines that run an actor. A goroutine that is started by one of
// them inherits both, so the profile of the process tells whose it is, whatever other
// tests run at the same time.
const (
	systemLabel = "testkit.system"
	actorLabel  = "testkit.actor"
)

// tidyTime is how long goroutines may take to end after the actors: virtual time in
// a synctest bubble.
const tidyTime = time.Second

// labels are for the goroutines of an actor, or of a probe.
func (s *System) labels(id string) pprof.LabelSet {
	return pprof.Labels(systemLabel, s.ActorSystem.ID, actorLabel, id)
}

// AllowGoroutines lets actors leave goroutines behind: for those that start what is
// meant to outlive them, such as the connections of a shared HTTP client.
//
// Without it the test fails for a goroutine that an actor started, or that such a
// goroutine started, and that goes on a second (virtual time in a synctest bubble)
// after all actors have stopped. Goroutines of the test itself and of other tests do
// not count, so tests may be parallel. The function of a time.AfterFunc and what is
// started under labels of the actor's own (runtime/pprof.Do) belong to nobody, and
// are not seen: a synctest bubble, or goleak in TestMain, finds those too.
func (s *System) AllowGoroutines() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.untidy = true
}

// judgeGoroutines fails the test for goroutines that do not end.
func (s *System) judgeGoroutines() {
	s.t.Helper()
	s.mu.Lock()
	untidy := s.untidy
	s.mu.Unlock()
	if untidy {
		return
	}
	left := s.leftBehind()
	for pause := time.Millisecond; len(left) > 0 && pause <= tidyTime; pause *= 2 {
		time.Sleep(pause) // there is no event to wait for
		left = s.leftBehind()
	}
	for _, goroutine := range left {
		s.t.Errorf("%s", goroutine)
	}
}

// leftBehind describes the goroutines that bear the label of the system.
func (s *System) leftBehind() []string {
	var profile strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return []string{fmt.Sprintf("read the profile of goroutines: %v", err)}
	}
	var left []string
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		_, rest, _ := strings.Cut(stack, "\n# labels: ")
		labels, frames, _ := strings.Cut(rest, "\n")
		if label(labels, systemLabel) == s.ActorSystem.ID {
			left = append(left, describe(stack, label(labels, actorLabel), frames))
		}
	}
	return left
}

// label is a value of the profile's {"name":"value", "name":"value"}.
func label(labels, name string) string {
	_, rest, _ := strings.Cut(labels, fmt.Sprintf("%q:\"", name))
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// describe says whose goroutines these are, and where they are.
func describe(stack, actor, frames string) string {
	var b strings.Builder
	count, _, _ := strings.Cut(stack, " @")
	fmt.Fprintf(&b, "actor %s left goroutines behind (%s), at", actor, strings.TrimSpace(count))
	for line := range strings.SplitSeq(frames, "\n") {
		if f := strings.FieldsFunc(line, func(r rune) bool { return r == '\t' }); len(f) == 4 {
			function, _, _ := strings.Cut(f[2], "+0x")
			fmt.Fprintf(&b, "\n  %s  %s", function, f[3])
		}
	}
	return b.String()
}
