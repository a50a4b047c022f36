package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// order is what a saboteur is to do, once, at the next opportunity.
type order struct {
	number  int    // no other has it
	deed    string // panic, or hang: the actor never comes back
	when    string // before or after it handles the message
	role    string // path below the root without numbers, or any
	message string // type, or any
}

// anyOne is every role, or every type of message.
const anyOne = "any"

func (o order) String() string {
	return fmt.Sprintf("%d %s %s %s %s", o.number, o.deed, o.when, o.role, o.message)
}

// order has the saboteur of a process do something. A process that has ended does
// not hear it.
func (p *process) order(o order) { _, _ = fmt.Fprintln(p.orders, o) }

// saboteur stands beside every actor of a process.
type saboteur struct {
	mu     sync.Mutex // guards orders
	orders []order
}

// runSabotaged is the command actorpipe-sabotaged CONFIG: actorpipe start with a
// saboteur, whose orders are the lines of stdin.
func runSabotaged() int {
	s := listen()
	defer s.close()
	b := &saboteur{}
	go b.hear(os.Stdin) // ends with the process
	return exitCode(start(s, os.Args[1:], b.spawn))
}

func (s *saboteur) hear(lines io.Reader) {
	for scan := bufio.NewScanner(lines); scan.Scan(); {
		var o order
		if _, err := fmt.Sscan(scan.Text(), &o.number, &o.deed, &o.when, &o.role, &o.message); err != nil {
			panic(fmt.Errorf("no order: %q: %w", scan.Text(), err))
		}
		s.mu.Lock()
		s.orders = append(s.orders, o)
		s.mu.Unlock()
	}
}

// spawn puts s between each actor that is spawned, by whomever, and its messages.
func (s *saboteur) spawn(actor.SpawnFunc) actor.SpawnFunc {
	return func(system *actor.ActorSystem, id string, props *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
		beside := []actor.PropsOption{actor.WithReceiverMiddleware(s.receive), actor.WithSpawnMiddleware(s.spawn)}
		return actor.DefaultSpawner(system, id, props.Clone(beside...), parent)
	}
}

func (s *saboteur) receive(next actor.ReceiverFunc) actor.ReceiverFunc {
	return func(c actor.ReceiverContext, e *actor.MessageEnvelope) {
		s.strike("before", c.Self(), e.Message)
		next(c, e)
		s.strike("after", c.Self(), e.Message)
	}
}

// strike carries out the first order that fits.
func (s *saboteur) strike(when string, self *actor.PID, message any) {
	o, found := s.take(when, self, message)
	switch {
	case !found:
	case o.deed == "hang":
		select {}
	default:
		panic("sabotage: " + o.String())
	}
}

var numbers = regexp.MustCompile(`[-#]\d+`)

func (s *saboteur) take(when string, self *actor.PID, message any) (o order, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.orders) == 0 {
		return o, false
	}
	role, kind := strings.TrimPrefix(numbers.ReplaceAllString(self.Id, ""), "pipeline/"), fmt.Sprintf("%T", message)
	i := slices.IndexFunc(s.orders, func(o order) bool {
		return o.when == when && (o.role == role || o.role == anyOne) && (o.message == kind || o.message == anyOne)
	})
	if i < 0 {
		return o, false
	}
	o = s.orders[i]
	s.orders = slices.Delete(s.orders, i, i+1)
	return o, true
}
