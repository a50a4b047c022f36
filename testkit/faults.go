package testkit

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// ErrFault is wrapped by the errors that [PanicOn] and [FailOn] panic with.
var ErrFault = errors.New("planned fault")

// FaultyTest is what [NewFaults] needs of a test. A testing.TB is one, and so is an
// [Exploration].
type FaultyTest interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Faults makes things go wrong in the actors that have its [Faults.Option]: on the
// n-th message of a type that they take, counted from 1. A type may be an interface,
// and the messages of an actor's life count too:
//
//	faults := testkit.NewFaults(t)
//	testkit.PanicOn[*Deposit](faults, 3)
//	account := testkit.Spawn(t, sys, AccountProps().Configure(faults.Option()))
//
// The count goes on when an actor is restarted, and is common to all actors with the
// option: give each its own Faults where their order is open. What a fault itself
// brings about, such as the second copy, is not counted.
//
// Several faults of one message happen in the order in which they were planned, as
// far as each leaves one to the next: one that drops or withholds the message, or
// panics, leaves none.
//
// A delayed or reordered message is out of the mailbox while it is withheld. When its
// actor has stopped, it becomes a dead letter. Its sender and its header are kept.
//
// All of it may be called from any goroutine.
type Faults struct {
	t FaultyTest

	mu       sync.Mutex // guards all below
	plan     []*fault
	withheld []*withheld
	applied  bool                            // the option is in somebody's props
	back     map[*actor.MessageEnvelope]bool // on their way to the actor again
}

// fault is one that is planned. What changes is guarded by the mutex of its Faults.
type fault struct {
	faults *Faults
	what   string
	of     reflect.Type
	n      int
	is     func(message any) bool
	do     func(p *fault, next actor.ReceiverFunc) actor.ReceiverFunc
	swaps  bool   // it goes on with the next of its type
	place  string // where it was planned
	seen   int
	done   bool

	near     int    // messages that differ from the type in being a pointer, or in not being one
	nearHint string // what these are
}

func (p *fault) String() string { return fmt.Sprintf("%s %v number %d", p.what, p.of, p.n) }

// NewFaults plans nothing yet. A testing.TB fails at its end as [Faults.Check] says;
// an Exploration has no such end, and its test calls Check. Where there is a
// [System], it is made first.
func NewFaults(t FaultyTest) *Faults {
	if h, ok := t.(interface{ Helper() }); ok {
		h.Helper()
	}
	f := &Faults{t: t, back: map[*actor.MessageEnvelope]bool{}}
	if c, ok := t.(interface{ Cleanup(f func()) }); ok {
		c.Cleanup(f.Check)
	}
	return f
}

// Option makes an actor faulty. It may be given to several.
func (f *Faults) Option() actor.PropsOption { return actor.WithReceiverMiddleware(f.receive) }

// Done is true when all that was planned has happened.
func (f *Faults) Done() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !slices.ContainsFunc(f.plan, func(p *fault) bool { return !p.done })
}

// Injected is how many of the faults that were planned for type T have happened.
func Injected[T any](f *Faults) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.plan {
		if p.done && p.of == reflect.TypeFor[T]() {
			n++
		}
	}
	return n
}

// why says what came instead of what the fault waits for.
func (p *fault) why() string {
	switch {
	case !p.faults.applied:
		return ": no actor has the option"
	case p.near > 0:
		return fmt.Sprintf(", of which %d came, but %d %s", p.seen, p.near, p.nearHint)
	default:
		return fmt.Sprintf(", of which %d came", p.seen)
	}
}

// Check fails the test for each fault that was planned and did not happen, and for
// each message that is withheld still, which is lost.
func (f *Faults) Check() {
	if h, ok := f.t.(interface{ Helper() }); ok {
		h.Helper()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.plan {
		if !p.done {
			f.t.Errorf("a planned fault did not happen: %v%s; planned at %s", p, p.why(), p.place)
		}
	}
	for _, w := range f.withheld {
		w.stop()
		f.t.Errorf("a message is withheld at the end: %v: %s; planned at %s", w.by, show(w.env.Message), w.by.place)
	}
	f.withheld = nil
}

// PanicOn has the actor panic, before it sees the message, with an error that wraps
// [ErrFault].
func PanicOn[T any](f *Faults, n int) {
	plan[T](f, "panic on", n, func(p *fault, _ actor.ReceiverFunc) actor.ReceiverFunc {
		return func(actor.ReceiverContext, *actor.MessageEnvelope) {
			p.happens()
			panic(fmt.Errorf("%w: %v", ErrFault, p))
		}
	})
}

// FailOn is [PanicOn] with an error that wraps err too: Receive returns no error, and
// an actor of protoactor fails by a panic.
func FailOn[T any](f *Faults, n int, err error) {
	plan[T](f, "fail on", n, func(p *fault, _ actor.ReceiverFunc) actor.ReceiverFunc {
		return func(actor.ReceiverContext, *actor.MessageEnvelope) {
			p.happens()
			panic(fmt.Errorf("%w: %v: %w", ErrFault, p, err))
		}
	})
}

// DropOn loses the message.
func DropOn[T any](f *Faults, n int) {
	plan[T](f, "drop", n, func(p *fault, _ actor.ReceiverFunc) actor.ReceiverFunc {
		return func(actor.ReceiverContext, *actor.MessageEnvelope) { p.happens() }
	})
}

// DuplicateOn has the actor receive the message twice, one right after the other.
// If it panics on the first, the second is lost with it.
func DuplicateOn[T any](f *Faults, n int) {
	plan[T](f, "duplicate", n, func(p *fault, next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(c actor.ReceiverContext, env *actor.MessageEnvelope) {
			next(c, env)
			p.happens()
			next(c, env)
		}
	})
}

// DelayOn withholds the message for d: wall time, or virtual time in a synctest
// bubble. Then it goes to the end of the mailbox, and the clock's goroutine waits
// there if that is full.
func DelayOn[T any](f *Faults, n int, d time.Duration) {
	plan[T](f, "delay", n, func(p *fault, _ actor.ReceiverFunc) actor.ReceiverFunc {
		return func(c actor.ReceiverContext, env *actor.MessageEnvelope) { f.delay(p, c, env, d) }
	})
}

// ReorderOn withholds the message until the next T comes, and the actor receives it
// right after that one. If the actor fails on that one, or the next T is another
// actor's, the message goes to the end of its mailbox instead.
func ReorderOn[T any](f *Faults, n int) {
	plan[T](f, "reorder", n, func(p *fault, _ actor.ReceiverFunc) actor.ReceiverFunc {
		p.swaps = true
		return func(c actor.ReceiverContext, env *actor.MessageEnvelope) { f.withhold(p, c, env) }
	})
}

// plan is called by the functions that the test calls.
func plan[T any](f *Faults, what string, n int, do func(p *fault, next actor.ReceiverFunc) actor.ReceiverFunc) {
	_, file, line, _ := runtime.Caller(2)
	p := &fault{
		faults: f, what: what, of: reflect.TypeFor[T](), n: n, do: do,
		is:    func(message any) bool { _, ok := message.(T); return ok },
		place: fmt.Sprintf("%s:%d", filepath.Base(file), line),
	}
	if n < 1 {
		f.t.Fatalf("%v: messages are counted from 1; planned at %s", p, p.place)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan = append(f.plan, p)
}
