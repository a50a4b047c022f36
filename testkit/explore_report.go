package testkit

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"

	"github.com/asynkron/protoactor-go/actor"
)

// lastSteps is how many steps a failure shows, unless its seed is replayed.
const lastSteps = 40

// schedule is one that was run.
type schedule struct {
	seed    uint64
	reason  string // of its failure, empty: it passed
	steps   []Step
	notes   map[int][]string // after so many steps
	blocked string           // stacks of who was blocked when it failed
	whole   bool             // all steps are to be shown
}

// String is what the test says of it.
func (f *schedule) String() string {
	var b strings.Builder
	if f.reason == "" {
		fmt.Fprintf(&b, "the schedule of seed %d passed after %d steps\n", f.seed, len(f.steps))
	} else {
		fmt.Fprintf(&b, "the schedule of seed %d failed after %d steps: %s\n", f.seed, len(f.steps), f.reason)
	}
	first := max(0, len(f.steps)-lastSteps)
	if f.whole {
		first = 0
	} else if first > 0 {
		fmt.Fprintf(&b, "... %d steps before\n", first)
	}
	for i := first; i < len(f.steps); i++ {
		fmt.Fprintln(&b, f.steps[i])
		for _, note := range f.notes[i+1] {
			fmt.Fprintf(&b, "%14s%s\n", "", note)
		}
	}
	if f.blocked != "" {
		fmt.Fprintf(&b, "%s", f.blocked)
	}
	return b.String()
}

// Errorf fails the schedule, which ends; only the first reason counts. Anybody may
// call it.
func (x *Exploration) Errorf(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.reason == "" && !x.over {
		x.reason = fmt.Sprintf(format, args...)
	}
}

// Logf adds a line to the steps that are shown if the schedule fails while its seed
// is replayed; otherwise it costs next to nothing.
func (x *Exploration) Logf(format string, args ...any) {
	if *seedFlag == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.notes[len(x.trace)] = append(x.notes[len(x.trace)], fmt.Sprintf(format, args...))
}

// note shows what a [System] would fail for.
func (x *Exploration) note(event any) {
	switch e := event.(type) {
	case *actor.DeadLetterEvent:
		if isUserMessage(e.Message) {
			x.Logf("dead letter %T to %s", e.Message, name(e.PID))
		}
	case UnhandledEvent:
		who, message := e.Unhandled()
		x.Logf("unhandled message %T, which %s does not know", message, name(who))
	}
}

// Fatalf is [Exploration.Errorf], and ends the goroutine, which is to be the
// test's or one of [Exploration.Go].
func (x *Exploration) Fatalf(format string, args ...any) {
	x.Errorf(format, args...)
	runtime.Goexit()
}

// blocked is who could not go on when the schedule failed.
func (x *Exploration) blocked() string {
	var b strings.Builder
	if living := x.living(); len(living) > 0 {
		fmt.Fprintf(&b, "living actors: %s\n", strings.Join(living, ", "))
	}
	if stacks := blockedGoroutines(); stacks != "" {
		fmt.Fprintf(&b, "goroutines:\n%s", stacks)
	}
	return b.String()
}

// blockedGoroutines is where the other goroutines of the caller's bubble are: a line
// each for what is no part of Go, protoactor-go or the kit, innermost first.
func blockedGoroutines() string {
	buf := make([]byte, 1<<20)
	stacks := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
	own, _, _ := strings.Cut(stacks[0], "\n")
	_, bubble, ok := strings.Cut(own, "synctest bubble")
	if !ok {
		return ""
	}
	var out strings.Builder
	for _, stack := range stacks[1:] {
		head, rest, _ := strings.Cut(stack, "\n")
		if !strings.HasSuffix(head, "synctest bubble"+bubble) {
			continue
		}
		if frames := ownFrames(rest); frames != "" {
			fmt.Fprintf(&out, "%s\n%s", head, frames)
		}
	}
	return out.String()
}

// foreign are the functions that a stack is shown without.
var foreign = regexp.MustCompile(`^(runtime|testing|sync|internal)[./]|protoactor-go/|^created by |actorpipe/testkit\.(\(|explore)`)

// ownFrames is the lines of a stack that are the user's.
func ownFrames(stack string) string {
	var out strings.Builder
	lines := strings.Split(stack, "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		function, place := lines[i], strings.TrimSpace(lines[i+1])
		if foreign.MatchString(function) {
			continue
		}
		function = function[strings.LastIndexByte(function, '/')+1:]
		if at := strings.LastIndexByte(function, '('); at > 0 {
			function = function[:at]
		}
		place, _, _ = strings.Cut(place, " +0x")
		fmt.Fprintf(&out, "    %s  %s\n", function, place)
	}
	return out.String()
}
