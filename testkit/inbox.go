package testkit

import (
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// letter is a message as it came.
type letter struct {
	message any
	sender  *actor.PID // nil: it did not say
	to      *actor.PID
	at      time.Time
	dead    bool // nobody was there to receive it
}

// String shows the message and who sent it.
func (l letter) String() string {
	if l.sender == nil { // Send and Respond do not say
		return show(l.message) + " from an unnamed sender"
	}
	return show(l.message) + " from " + name(l.sender)
}

func name(pid *actor.PID) string {
	if pid == nil {
		return "nobody"
	}
	return pid.Id
}

// inbox is a process without a goroutine: whoever sends to it fills its queue.
type inbox struct {
	sys     *System
	pid     *actor.PID
	letters *queue[letter]
	coming  func(letter) // called with each, before it is put, so before who waits for it goes on; may be nil
	arrived func(letter) // called with each, after it was put; may be nil

	mu       sync.Mutex // guards what follows
	watchers map[string]*actor.PID
	stopped  bool
}

func newInbox(s *System) *inbox {
	b := &inbox{sys: s, letters: newQueue[letter](), watchers: map[string]*actor.PID{}}
	registry := s.ActorSystem.ProcessRegistry
	for added := false; !added; { // until the name is free
		b.pid, added = registry.Add(b, "probe"+registry.NextId())
	}
	return b
}

// SendUserMessage makes a dead letter of what comes after the stop: PIDs that
// were used before still lead here.
func (b *inbox) SendUserMessage(pid *actor.PID, message any) {
	if b.isStopped() {
		b.sys.ActorSystem.DeadLetter.SendUserMessage(pid, message)
		return
	}
	_, m, sender := actor.UnwrapEnvelope(message)
	b.put(m, sender)
}

// SendSystemMessage keeps book of who watches; all else is there to be expected.
func (b *inbox) SendSystemMessage(_ *actor.PID, message any) {
	switch m := message.(type) {
	case *actor.Watch:
		b.watch(m.Watcher)
	case *actor.Unwatch:
		b.mu.Lock()
		delete(b.watchers, m.Watcher.Id)
		b.mu.Unlock()
	case *actor.Stop:
		b.Stop(b.pid)
	case *actor.Terminated:
		b.put(m, m.Who)
	default:
		b.put(m, nil)
	}
}

func (b *inbox) put(message any, sender *actor.PID) {
	l := letter{message: message, sender: sender, to: b.pid, at: time.Now()}
	if b.coming != nil {
		b.coming(l)
	}
	b.letters.put(l)
	if b.arrived != nil {
		b.arrived(l)
	}
}

// Stop takes the process out of the registry and tells who watches it.
func (b *inbox) Stop(*actor.PID) {
	b.mu.Lock()
	watchers := b.watchers
	b.watchers, b.stopped = map[string]*actor.PID{}, true
	b.mu.Unlock()
	b.sys.ActorSystem.ProcessRegistry.Remove(b.pid)
	for _, watcher := range watchers {
		b.tellEnd(watcher)
	}
}

func (b *inbox) watch(watcher *actor.PID) {
	b.mu.Lock()
	late := b.stopped
	if !late {
		b.watchers[watcher.Id] = watcher
	}
	b.mu.Unlock()
	if late {
		b.tellEnd(watcher)
	}
}

func (b *inbox) tellEnd(watcher *actor.PID) {
	b.sys.sendSystem(watcher, &actor.Terminated{Who: b.pid})
}

func (b *inbox) isStopped() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stopped
}

// sendSystem is what PID keeps to itself. A system message without a receiver
// becomes a dead letter, and a Watch among those is answered with Terminated.
func (s *System) sendSystem(to *actor.PID, message any) {
	process, _ := s.ActorSystem.ProcessRegistry.Get(to)
	process.SendSystemMessage(to, message)
}
