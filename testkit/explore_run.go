package testkit

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// patience is the virtual time after which a schedule in which nobody can go on
// is taken to be stuck. Its doublings cost nothing.
const patience = 24 * time.Hour

// stepLimit ends a schedule that goes round in a circle.
const stepLimit = 200_000

// Exploration is one schedule of a test: one goroutine at a time goes from one
// step to the next, and the seed decides whose turn it is. Steps are:
//
//   - a message taken by an actor of [Exploration.Props];
//   - [Exploration.Step], [Exploration.Until], [Exploration.After] and
//     [Exploration.Rest], where a goroutine waits for its turn;
//   - the start of the test itself, and of each goroutine of [Exploration.Go].
//
// In between a goroutine may do what it likes, and block as it likes, but is not
// to begin anything that runs beside it and is not one of these. One that was
// woken by another, by a channel or a timer, takes a step before it touches what
// is shared: until then both run.
//
// Time is that of a synctest bubble. It passes when no step is possible, and now
// and then in between, as if everybody were slow.
type Exploration struct {
	seed   uint64
	system *actor.ActorSystem
	ctx    context.Context //nolint:containedctx // the schedule's own, for what the test makes
	cancel context.CancelFunc
	start  time.Time
	woken  chan struct{} // holds a token once somebody came while nobody could go on

	order order   // who goes next; the driver's own, as room
	room  []*step // for next

	mu      sync.Mutex // guards all below
	dice    *rand.Rand // the test's draws
	parked  []*step    // by name, equal ones in the order in which they came
	idle    bool       // the driver waits for somebody to come
	running int        // goroutines of Go that have not returned, and the test
	over    bool       // nobody waits for a turn any more
	reason  string     // of the failure, empty: none
	trace   []Step
	notes   map[int][]string // by how many steps were made before
	spawned []*actor.PID
}

// newSystemForExploring makes a system that logs nothing: schedules are many.
func newSystemForExploring() *actor.ActorSystem {
	return actor.NewActorSystem(
		actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }),
		actor.WithDeadLetterThrottleInterval(throttleInterval),
	)
}

func newExploration(t testing.TB, system *actor.ActorSystem, seed uint64) *Exploration {
	t.Helper()
	x := &Exploration{seed: seed, system: system, start: time.Now(), woken: make(chan struct{}, 1), dice: stream(seed, "test"), notes: map[int][]string{}}
	x.order = newOrder(stream(seed, "order"))
	x.ctx, x.cancel = context.WithCancel(t.Context())
	freeNames(system)
	return x
}

// freeNames has protoactor begin anew with the names that it makes up, so that
// they are the same in each schedule. Guardians, which it never removes, are.
func freeNames(system *actor.ActorSystem) {
	registry := system.ProcessRegistry
	used := registry.SequenceID
	registry.SequenceID = 0
	for range used {
		registry.Remove(system.NewLocalPID("guardian" + registry.NextId()))
	}
	registry.SequenceID = 0
	system.Guardians = actor.NewGuardians(system)
}

// stream is random numbers of their own for each name.
func stream(seed uint64, name string) *rand.Rand {
	h := uint64(14695981039346656037) // FNV-1a
	for _, c := range []byte(name) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, h)) //nolint:gosec // no secret: it is to be repeatable
}

// run runs the schedule to its end.
func (x *Exploration) run(test func(x *Exploration)) *schedule {
	watching := x.system.EventStream.Subscribe(x.note)
	x.Go("test", func() { test(x) })
	x.drive()
	x.system.EventStream.Unsubscribe(watching)
	blocked := ""
	if x.reason != "" {
		blocked = x.blocked()
	}
	steps := x.trace
	x.letGo()
	return &schedule{seed: x.seed, reason: x.reason, steps: steps, notes: x.notes, blocked: blocked, whole: *seedFlag > 0}
}

// drive lets one step be made after the other until the test and all goroutines
// have returned and no actor has anything to do, or the schedule has failed.
func (x *Exploration) drive() {
	var waited time.Duration
	for {
		synctest.Wait()
		s, n := x.next()
		switch {
		case x.failed():
			return
		case n > stepLimit:
			x.Errorf("the schedule goes on for ever: %d steps", n)
		case s != nil:
			waited = 0
			x.turn(s)
			if pause := x.order.pause(); pause > 0 {
				synctest.Wait()
				time.Sleep(pause)
			}
		case x.finished():
			return
		case waited >= patience:
			x.Errorf("nobody can go on%s", x.waiting())
		default:
			waited += x.await(max(waited, time.Millisecond))
		}
	}
}

// await waits until somebody comes, or for d: a condition may be true then.
func (x *Exploration) await(d time.Duration) time.Duration {
	since := time.Now()
	timer := time.NewTimer(d)
	defer timer.Stop()
	x.setIdle(true)
	select {
	case <-x.woken:
	case <-timer.C:
	}
	x.setIdle(false)
	return time.Since(since)
}

func (x *Exploration) setIdle(idle bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.idle = idle
	if !idle {
		select {
		case <-x.woken:
		default:
		}
	}
}

// waiting names those that wait for something that does not become true.
func (x *Exploration) waiting() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.parked) == 0 {
		return ""
	}
	names := make([]string, len(x.parked))
	for i, s := range x.parked {
		names[i] = s.name
	}
	return ": " + strings.Join(names, ", ")
}

func (x *Exploration) failed() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.reason != ""
}

// finished says whether the test and all its goroutines have returned.
func (x *Exploration) finished() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.running == 0
}

// letGo ends the schedule: everybody goes on at will, the context is done, and
// the actors that are left are stopped.
func (x *Exploration) letGo() {
	x.cancel()
	x.mu.Lock()
	x.over = true
	parked, spawned := x.parked, x.spawned
	x.parked = nil
	x.mu.Unlock()
	for _, s := range parked {
		s.begin()
	}
	synctest.Wait()
	for _, pid := range spawned {
		if !strings.Contains(pid.Id, "/") {
			x.system.Root.Stop(pid)
		}
	}
	time.Sleep(time.Hour) // for what is still to come, such as protoactor's throttle
	synctest.Wait()
	left := x.living()
	if len(left) > 0 {
		time.Sleep(patience) // so that they may end after all, and leave no goroutine
		synctest.Wait()
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(left) > 0 && x.reason == "" {
		x.reason = "actors did not stop: " + strings.Join(left, ", ")
	}
	if x.running > 0 && x.reason == "" {
		x.reason = "goroutines of the test did not end"
	}
}

// living names the actors of the schedule that have not terminated.
func (x *Exploration) living() (names []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, pid := range x.spawned {
		if _, alive := x.system.ProcessRegistry.Get(pid); alive && !slices.Contains(names, name(pid)) {
			names = append(names, name(pid))
		}
	}
	return names
}

// Go runs f on a goroutine of the schedule, which does not end before f has
// returned. Names are to differ: they say who goes next where it is asked.
func (x *Exploration) Go(name string, f func()) {
	x.mu.Lock()
	x.running++
	x.mu.Unlock()
	x.add(&step{name: name, run: func() {
		defer func() {
			if r := recover(); r != nil {
				x.Errorf("%s: panic: %v\n%s", name, r, debug.Stack())
			}
			x.mu.Lock()
			defer x.mu.Unlock()
			x.running--
		}()
		f()
	}})
}
