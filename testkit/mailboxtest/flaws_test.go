package mailboxtest

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

// flaw is what a reference mailbox does wrong.
type flaw string

const (
	none              flaw = "none"
	losesWakeUps      flaw = "loses message 150"
	handlesTwice      flaw = "handles message 150 twice"
	takesLastFirst    flaw = "takes the last of two first"
	helpsItself       flaw = "starts a second goroutine when many wait"
	systemWaits       flaw = "handles system messages when nothing else is left"
	ignoresSuspension flaw = "handles messages while suspended"
	tellsNobody       flaw = "keeps failures to itself"
	clearsOnRestart   flaw = "forgets what waits when restarted"
	forgetsFailed     flaw = "forgets the message that failed"
	queuesFailed      flaw = "puts the message that failed behind the others"
	losesOnStop       flaw = "forgets what waits when stopped"
	pillFirst         flaw = "takes the pill before what waits"
	losesBehindPill   flaw = "forgets what comes behind a pill"
	pillTakesRoom     flaw = "parks the giver of a pill"
	oneTooMany        flaw = "has room for one too many"
	oneTooFew         flaw = "has room for one too few"
	dropsOldest       flaw = "drops the oldest when full"
	admitsAll         flaw = "lets all parked senders in when one message is taken"
	admitsNone        flaw = "lets parked senders in when all messages are taken"
	spins             flaw = "spins while full"
	sleeps            flaw = "sleeps and looks again while full"
	neverRests        flaw = "spins when it was full once"
	keepsParked       flaw = "leaves parked senders alone as the actor ends"
	losesParked       flaw = "forgets the messages of parked senders as the actor ends"
	handlesElsewhere  flaw = "handles messages in the goroutine of the sender"
	letsPanicsThrough flaw = "does not recover"
)

// flaws are all of them with the one property that each breaks.
var flaws = []struct {
	flaw     flaw
	property string
}{
	{losesWakeUps, "Delivery"},
	{handlesTwice, "Delivery"},
	{takesLastFirst, "Order"},
	{helpsItself, "OneAtATime"},
	{systemWaits, "SystemFirst"},
	{ignoresSuspension, "Suspended"},
	{clearsOnRestart, "Restart"},
	{forgetsFailed, "Redelivery"},
	{queuesFailed, "Redelivery"},
	{losesOnStop, "Stop"},
	{pillFirst, "Poison"},
	{losesBehindPill, "Poison"},
	{pillTakesRoom, "Poison"},
	{oneTooMany, "Capacity"},
	{oneTooFew, "Capacity"},
	{dropsOldest, "Capacity"},
	{admitsAll, "Capacity"},
	{admitsNone, "Capacity"},
	{spins, "NoBusyWait"},
	{sleeps, "NoBusyWait"},
	{neverRests, "NoBusyWait"},
	{keepsParked, "ReleasedSenders"},
	{losesParked, "ReleasedSenders"},
}

// check is the outcome of every property, "" for one that holds.
func check(s subject) map[string]string {
	outcome := map[string]string{}
	for _, p := range s.properties() {
		outcome[p.name] = ""
		if err := p.check(s); err != nil {
			outcome[p.name] = err.Error()
		}
	}
	return outcome
}

func TestReferencePasses(t *testing.T) {
	for name, s := range subjects(none) {
		for property, err := range check(s) {
			if err != "" {
				t.Errorf("%s: %s: %s", name, property, err)
			}
		}
	}
}

// subjects are the reference mailbox with and without a bound.
func subjects(f flaw) map[string]subject {
	return map[string]subject{
		"bounded":   {producer: func(n int) actor.MailboxProducer { return newReference(f, n) }, bounded: true},
		"unbounded": {producer: func(int) actor.MailboxProducer { return newReference(f, 0) }},
	}
}

func TestFlawBreaksOneProperty(t *testing.T) {
	for _, f := range flaws {
		t.Run(string(f.flaw), func(t *testing.T) {
			t.Parallel()
			s := subjects(f.flaw)["bounded"]
			if f.flaw == helpsItself {
				s = subjects(f.flaw)["unbounded"]
			}
			for property, err := range check(s) {
				if (err != "") != (property == f.property) {
					t.Errorf("%s: %s: %q", f.flaw, property, err)
				}
				if err != "" {
					t.Logf("%s: %s", f.flaw, err)
				}
			}
		})
	}
}
