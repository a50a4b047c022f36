package testkit

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/asynkron/protoactor-go/actor"
)

// ExpectEffect takes the next effect, which must be a T, and returns it:
//
//	sent := testkit.ExpectEffect[testkit.Sent](b)
func ExpectEffect[T Effect](b *Behavior) T {
	b.t.Helper()
	e, ok := b.takeEffect(func(Effect) bool { return true })
	if !ok {
		b.t.Fatalf("%s: expected %s, but there is no more effect", name(b.pid), effectName[T]())
	}
	wanted, ok := e.(T)
	if !ok {
		b.t.Fatalf("%s: expected %s, but it %s%s", name(b.pid), effectName[T](), lower(e.String()), b.rest())
	}
	return wanted
}

// ExpectEffectIn takes the oldest effect that is a T and leaves the others.
func ExpectEffectIn[T Effect](b *Behavior) T {
	b.t.Helper()
	e, ok := b.takeEffect(func(e Effect) bool { _, ok := e.(T); return ok })
	if !ok {
		b.t.Fatalf("%s: expected %s, but there is none%s", name(b.pid), effectName[T](), b.rest())
	}
	wanted, _ := e.(T)
	return wanted
}

// ExpectNoEffects fails the test if there are effects that were not taken.
func ExpectNoEffects(b *Behavior) {
	b.t.Helper()
	if rest := b.rest(); rest != "" {
		b.t.Fatalf("%s: expected no effects%s", name(b.pid), rest)
	}
}

// Effects takes all effects that are left, oldest first.
func (b *Behavior) Effects() []Effect {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.effects
	b.effects = nil
	return all
}

// SentTo is every message that went out to a PID so far, by whatever method, oldest
// first: the inbox of a child or a neighbour. It takes no effects.
func (b *Behavior) SentTo(pid *actor.PID) (messages []any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.posted {
		if pid.Equal(s.To) {
			messages = append(messages, s.Message)
		}
	}
	return messages
}

func (b *Behavior) record(e Effect) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.effects = append(b.effects, e)
	switch e := e.(type) {
	case Sent:
		b.posted = append(b.posted, e)
	case Requested:
		b.posted = append(b.posted, Sent{To: e.To, Message: e.Message})
	case Responded:
		b.posted = append(b.posted, Sent{To: e.To, Message: e.Message})
	case Forwarded:
		b.posted = append(b.posted, Sent{To: e.To, Message: e.Message})
	case FutureRequested:
		b.posted = append(b.posted, Sent{To: e.To, Message: e.Message})
	case Reentered, Spawned, Watched, Unwatched, Stopped, Poisoned, Stashed, ReceiveTimeoutSet,
		ReceiveTimeoutCancelled, Published, Panicked, Supervised, Escalated:
	}
}

// takeEffect removes the oldest that match accepts.
func (b *Behavior) takeEffect(match func(Effect) bool) (e Effect, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.effects, match)
	if i < 0 {
		return nil, false
	}
	e = b.effects[i]
	b.effects = slices.Delete(b.effects, i, i+1)
	return e, true
}

// rest lists the effects that were not taken.
func (b *Behavior) rest() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.effects) == 0 {
		return ""
	}
	var text strings.Builder
	text.WriteString("\neffects:")
	for _, e := range b.effects {
		fmt.Fprintf(&text, "\n  %v", e)
	}
	return text.String()
}

func effectName[T Effect]() string {
	t := reflect.TypeFor[T]()
	if t.Kind() == reflect.Pointer {
		return t.String() + " (effects are values: expect " + t.Elem().Name() + ")"
	}
	return t.Name()
}
