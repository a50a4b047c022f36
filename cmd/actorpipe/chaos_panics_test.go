package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"
)

// victims are all actors but the root, whose panic is fatal by design.
func victims() []string {
	return append([]string{"consumers/tweets", "consumers/users", "writers/writer"}, lasting()...)
}

// lasting are those that every process has from its start to its end.
func lasting() []string {
	return []string{"consumers", "enrichers/enricher", "enrichers", "writers", "dlq", "monitor"}
}

// panics strike all victims in turn, in any order, and at least a second apart:
// fewer than the restart budget of any of them.
func panics(random *rand.Rand, length time.Duration) (deeds []deed) {
	var turn []string
	for at := between(random, time.Second, 5*time.Second); at < length; at += between(random, time.Second, 8*time.Second) {
		if len(turn) == 0 {
			turn = victims()
			random.Shuffle(len(turn), func(i, j int) { turn[i], turn[j] = turn[j], turn[i] })
		}
		o := order{number: len(deeds) + 1, deed: "panic", when: []string{"before", "after"}[random.IntN(2)], role: turn[0], message: anyOne}
		member := random.IntN(2)
		turn = turn[1:]
		deeds = append(deeds, deed{at, fmt.Sprintf("panic %d in %s of member %d, %s a message", o.number, o.role, member, o.when), func(c *chaos) { c.members[member].sabotage(o) }})
	}
	return deeds
}

// ordered is an order that a process was given.
type ordered struct {
	order
	at time.Time
}

// sabotage orders a panic, unless the member has been told to end.
func (m *member) sabotage(o order) {
	if l := m.lives[len(m.lives)-1]; l.told == 0 {
		l.heard = append(l.heard, ordered{o, time.Now()})
		l.order(o)
	}
}

// crashed fails the test unless the actors crashed as ordered, and at least so
// often.
func (c *chaos) crashed(least int) {
	c.t.Helper()
	given, done := 0, map[string]int{}
	for _, m := range c.members {
		for i, l := range m.lives {
			given += len(l.heard)
			for _, o := range l.crashes(fmt.Sprintf("process %d of member %d", i, m.number)) {
				done[o.role]++
			}
		}
	}
	sum := 0
	for _, n := range done {
		sum += n
	}
	c.t.Logf("%d panics of %d that were ordered: %v", sum, given, done)
	if sum < least {
		c.t.Errorf("%d panics, want %d at least", sum, least)
	}
}

// crashes are the orders that were carried out, by the process's log. They fail
// the test where nobody ordered a crash, or one was ordered and did not come.
func (l *life) crashes(name string) (done []order) {
	l.t.Helper()
	open := map[string]ordered{}
	for _, o := range l.heard {
		open["panic: sabotage: "+o.String()] = o
	}
	for line := range strings.Lines(l.log.String()) {
		var entry struct{ Msg, Actor, Reason string }
		if json.Unmarshal([]byte(line), &entry) != nil || entry.Msg != "actor crashed" {
			continue
		}
		o, found := open[entry.Reason]
		if !found {
			l.t.Errorf("%s: a crash that nobody ordered: %s", name, line)
			continue
		}
		delete(open, entry.Reason)
		done = append(done, o.order)
	}
	for o := range maps.Values(open) {
		if l.owes(o) {
			l.t.Errorf("%s: ordered %v, but nothing crashed", name, o.order)
		}
	}
	return done
}

// owes says whether there was an opportunity for an order: an actor that lasts
// hears of its end at the latest, if the process ends in order.
func (l *life) owes(o ordered) bool {
	return l.told == syscall.SIGTERM && l.cmd.ProcessState.ExitCode() == 0 && slices.Contains(lasting(), o.role) && l.toldAt.Sub(o.at) > 2*time.Second
}
