package testkit

import (
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// pollInterval separates two looks at an actor that was already stopping when
// the kit came to watch it.
const pollInterval = time.Millisecond

// close ends the system with the test: it judges, stops and shuts down.
func (s *System) close() {
	s.t.Helper()
	if s.bubble {
		wait() // letters may be under way
	}
	lost, unknown := s.letters.unread(), s.unhandled.unread() // what the stopping itself loses is not counted
	stopped := s.stopAll()
	s.judge(lost, unknown)
	if !s.ActorSystem.IsStopped() {
		s.ActorSystem.Shutdown()
	}
	if s.bubble {
		time.Sleep(2 * throttleInterval) // the throttle's goroutine ends with its tick
		wait()
	}
	if stopped {
		s.judgeGoroutines()
	}
	s.report.close()
}

// judge fails the test for what nobody expected, with the last messages of the
// system.
func (s *System) judge(lost, unknown []letter) {
	s.t.Helper()
	s.mu.Lock()
	lenient := s.lenient
	s.mu.Unlock()
	if lenient {
		lost = nil
	}
	for _, l := range lost {
		s.t.Errorf("dead letter that nobody expected: %v to %s", l, name(l.to))
	}
	for _, l := range unknown {
		s.t.Errorf("unhandled message that nobody expected: %s, which %s does not know", show(l.message), name(l.to))
	}
	if len(lost)+len(unknown) > 0 {
		s.t.Errorf("%s", strings.TrimPrefix(s.history.String(), "\n"))
	}
}

// stopAll stops the actors of Spawn, youngest first, and then whatever was
// spawned past the kit. It is false if one of them did not stop.
func (s *System) stopAll() bool {
	s.t.Helper()
	s.mu.Lock()
	pids := s.spawned
	s.mu.Unlock()
	stuck := map[string]bool{}
	stop := func(pid *actor.PID) {
		s.t.Helper()
		if !stuck[pid.Id] && !s.stopAtEnd(pid) {
			stuck[pid.Id] = true
		}
	}
	for i := len(pids) - 1; i >= 0; i-- {
		stop(pids[i])
	}
	for id := range s.alive() {
		if s.isTop(id) {
			stop(s.ActorSystem.NewLocalPID(id))
		}
	}
	return len(stuck) == 0
}

func (s *System) stopAtEnd(pid *actor.PID) bool {
	s.t.Helper()
	limit := s.limit()
	stopped := s.stop(pid, time.Now().Add(limit))
	if !stopped {
		s.t.Errorf("actor %s did not stop within %v of the end of the test", name(pid), limit)
	}
	return stopped
}

// alive names the actors of the registry; probes and futures are none.
func (s *System) alive() map[string]bool {
	ids := map[string]bool{}
	for _, bucket := range s.ActorSystem.ProcessRegistry.LocalPIDs.LocalPIDs {
		bucket.IterCb(func(id string, process any) {
			if _, ok := process.(*actor.ActorProcess); ok {
				ids[id] = true
			}
		})
	}
	return ids
}

// isTop tells an actor that no living actor will stop: its parent, if its name
// has one, is not in the registry.
func (s *System) isTop(id string) bool {
	i := strings.LastIndexByte(id, '/')
	if i < 0 {
		return true
	}
	_, hasParent := s.ActorSystem.ProcessRegistry.GetLocal(id[:i])
	return !hasParent
}

// stop is false if the actor was not gone at the deadline.
func (s *System) stop(pid *actor.PID, deadline time.Time) bool {
	process, ok := s.ActorSystem.ProcessRegistry.Get(pid)
	if !ok {
		return true
	}
	watcher := newInbox(s)
	defer watcher.Stop(watcher.pid)
	process.SendSystemMessage(pid, &actor.Watch{Watcher: watcher.pid})
	process.Stop(pid)
	return s.awaitGone(pid, process, watcher, deadline)
}

// awaitGone waits for the Terminated of a watch. An actor that was stopping
// before it was watched answers too early, while its children still stop: the
// kit asks again until the actor has left the registry.
func (s *System) awaitGone(pid *actor.PID, process actor.Process, watcher *inbox, deadline time.Time) bool {
	for {
		if _, ok := watcher.letters.take(first, deadline); !ok {
			return false
		}
		if _, there := s.ActorSystem.ProcessRegistry.Get(pid); !there {
			return true
		}
		time.Sleep(pollInterval)
		process.SendSystemMessage(pid, &actor.Watch{Watcher: watcher.pid})
	}
}
