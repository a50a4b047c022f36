package testkit

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// defaultTimeout ends a wait for something that does not happen: wall time, or
// virtual time in a synctest bubble.
const defaultTimeout = 5 * time.Second

// throttleInterval is how long the goroutine lives that protoactor starts with a
// dead letter, for a log that goes nowhere here. Zero panics.
const throttleInterval = time.Nanosecond

// System is the isolated actor system of one test. Everything of it may be used
// from any goroutine, but expectations belong to the goroutine of the test.
type System struct {
	// ActorSystem is the system itself: event stream, registry, configuration.
	ActorSystem *actor.ActorSystem
	// Root sends and spawns from outside of any actor.
	Root *actor.RootContext

	t         testing.TB
	report    *report
	bubble    bool // made inside a synctest bubble
	made      time.Time
	letters   *queue[letter] // dead ones
	unhandled *queue[letter]
	history   *history

	mu      sync.Mutex // guards what follows
	timeout time.Duration
	spawned []*actor.PID
	lenient bool // dead letters are nobody's business
	untidy  bool // nor are goroutines that are left behind
}

// NewSystem starts an actor system for t. A test that uses testing/synctest
// calls it inside the bubble, with the bubble's own t.
//
// When t ends, every actor of the system is stopped, the youngest of those that
// [Spawn] made first. The test fails
//
//   - if one of them does not stop in time;
//   - if a message of a user had become a dead letter before that, and no
//     [ExpectDeadLetter] took it;
//   - if an actor had said that it does not know a message ([UnhandledEvent]), and no
//     [ExpectUnhandled] took it;
//   - if a goroutine that an actor started has not ended: see [System.AllowGoroutines].
//
// Outside a bubble what is still in a mailbox when the test ends is not judged: end
// with an expectation, or use a bubble.
//
// All that is spawned by Root or by an actor is observed by middleware: each actor
// gets its messages as before, and the last ones are shown when an expectation fails.
func NewSystem(t testing.TB) *System {
	t.Helper()
	made := time.Now()
	s := &System{
		t: t, report: &report{t: t}, bubble: inBubble(), made: made, timeout: defaultTimeout,
		letters: newQueue[letter](), unhandled: newQueue[letter](), history: &history{since: made},
	}
	logger := slog.New(slog.NewTextHandler(s.report, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.ActorSystem = actor.NewActorSystem(
		// protoactor logs its dead letters below the level of this logger
		actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return logger }),
		actor.WithDeadLetterThrottleInterval(throttleInterval),
	)
	s.Root = s.ActorSystem.Root.WithSpawnMiddleware(s.spawn)
	s.ActorSystem.EventStream.Subscribe(s.observe)
	t.Cleanup(s.close)
	return s
}

// SetTimeout changes how long an expectation of this system, and the stop of an
// actor, may take: 5 s unless told. In a synctest bubble it is virtual time, so
// a test that skips minutes sleeps first and expects then.
func (s *System) SetTimeout(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timeout = d
}

// Spawn starts an actor of the system, which ends with the test.
func Spawn(t testing.TB, s *System, props *actor.Props) *actor.PID {
	t.Helper()
	return SpawnNamed(t, s, props, s.ActorSystem.ProcessRegistry.NextId())
}

// SpawnNamed is [Spawn] with a name, and fails t if it is in use.
func SpawnNamed(t testing.TB, s *System, props *actor.Props, name string) *actor.PID {
	t.Helper()
	pid, err := s.Root.SpawnNamed(props, name)
	if err != nil {
		t.Fatalf("spawn actor %q: %v", name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spawned = append(s.spawned, pid)
	return pid
}

// Stop stops an actor or a probe and returns once it, with all its children, is
// gone; the messages in its mailbox are lost. It fails the test if that takes
// longer than the time-out.
func (s *System) Stop(pid *actor.PID) {
	s.t.Helper()
	if limit := s.limit(); !s.stop(pid, time.Now().Add(limit)) {
		s.t.Fatalf("actor %s did not stop within %v", name(pid), limit)
	}
}

func (s *System) limit() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.timeout
}

// observe runs in the goroutine of whoever publishes.
func (s *System) observe(event any) {
	switch e := event.(type) {
	case *actor.DeadLetterEvent:
		if isUserMessage(e.Message) {
			l := letter{message: e.Message, sender: e.Sender, to: e.PID, at: time.Now(), dead: true}
			s.history.add(l)
			s.letters.put(l)
		}
	case UnhandledEvent:
		who, message := e.Unhandled()
		s.unhandled.put(letter{message: message, to: who, at: time.Now()})
	case *actor.SupervisorEvent:
		s.ActorSystem.Logger().Warn("an actor failed", slog.String("actor", name(e.Child)),
			slog.Any("reason", e.Reason), slog.String("directive", e.Directive.String()))
	}
}

// isUserMessage is false for what the actor system sends on its own.
func isUserMessage(message any) bool {
	switch message.(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage, actor.MailboxMessage,
		*actor.ReceiveTimeout, *actor.DeadLetterResponse:
		return false
	default:
		return true
	}
}
