package main

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// Time is virtual in a bubble: half an hour passes in no time, and exactly when the
// test says.
func TestBaristaRinsesAnIdleMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		guest, janitor := testkit.NewProbe(t, sys), testkit.NewProbe(t, sys)
		settings := BaristaSettings{NewMachine: newKettle, RinseAfter: 10 * time.Minute, Janitor: janitor.PID()}
		barista := testkit.Spawn(t, sys, BaristaProps(settings, actor.WithMailbox(Counter(t.Context(), 3))))

		sys.Advance(9 * time.Minute)
		guest.Request(barista, &Order{Drink: "mocha"})
		testkit.Expect[*Served](guest)
		testkit.ExpectAt[*Rinsed](janitor, 19*time.Minute) // the order began the time anew
		testkit.ExpectAt[*Rinsed](janitor, 29*time.Minute)
		testkit.ExpectNoneFor(guest, time.Hour)
	})
}

var errBurst = errors.New("the boiler burst")

// machine brews as often as it says, and is broken then: a small fake of a small
// interface.
type machine struct{ left int }

func (m *machine) Brew(string) error {
	if m.left == 0 {
		return errBurst
	}
	m.left--
	return nil
}

// machines are handed out one after the other.
type machines []*machine

func (all *machines) next() Machine {
	m := (*all)[0]
	*all = (*all)[1:]
	return m
}

// The supervisor says what becomes of a barista that panics, and keeps why.
func TestBaristaServesOnANewMachineWhatBrokeTheOldOne(t *testing.T) {
	sys := testkit.NewSystem(t)
	guest := testkit.NewProbe(t, sys)
	boss := testkit.NewSupervisor(t, sys, actor.RestartDirective)
	stock := machines{{left: 1}, {left: 5}}
	settings := BaristaSettings{NewMachine: stock.next, RinseAfter: time.Hour, Janitor: guest.PID()}
	barista := testkit.SpawnUnder(t, sys, BaristaProps(settings, actor.WithMailbox(Counter(t.Context(), 3))), boss)

	drinks := []string{"mocha", "lungo", "espresso"}
	for _, drink := range drinks {
		guest.Request(barista, &Order{Drink: drink})
	}
	if err, ok := testkit.ExpectRestart(boss).Reason.(error); !ok || !errors.Is(err, errBurst) {
		t.Errorf("the barista failed with %v, want the machine's error", err)
	}
	if again := testkit.ExpectRedelivery[*Order](boss); again.Drink != "lungo" {
		t.Errorf("%q came again, want the second drink", again.Drink)
	}
	for _, drink := range drinks { // each once, in order
		testkit.ExpectEqual(guest, &Served{Drink: drink})
	}
}

// A fault happens on the n-th message of a type; the test fails if it did not.
func TestBaristaLosesNoOrderWhereverItFails(t *testing.T) {
	for n := 1; n <= 3; n++ {
		sys := testkit.NewSystem(t)
		guest := testkit.NewProbe(t, sys)
		boss := testkit.NewSupervisor(t, sys, actor.RestartDirective)
		faults := testkit.NewFaults(t)
		testkit.PanicOn[*Order](faults, n)
		settings := BaristaSettings{NewMachine: newKettle, RinseAfter: time.Hour, Janitor: guest.PID()}
		props := BaristaProps(settings, actor.WithMailbox(Counter(t.Context(), 3)), faults.Option())
		barista := testkit.SpawnUnder(t, sys, props, boss)

		drinks := []string{"mocha", "lungo", "espresso"}
		for _, drink := range drinks {
			guest.Request(barista, &Order{Drink: drink})
		}
		testkit.ExpectRestart(boss)
		for _, drink := range drinks {
			testkit.ExpectEqual(guest, &Served{Drink: drink})
		}
	}
}
