package mailboxtest

import (
	"fmt"
	"slices"

	"github.com/asynkron/protoactor-go/actor"
)

// Test is what Run needs of a *testing.T. A program that is no test may bring
// something else that reports.
type Test[T any] interface {
	Helper()
	Error(args ...any)
	Run(name string, test func(t T)) bool
}

// Run tests the mailboxes of producer, which have no bound, in a subtest for
// each property. T is *testing.T; the test must not run in a synctest bubble.
// The producer is called for each scenario and gives a new mailbox each time.
func Run[T Test[T]](t T, producer actor.MailboxProducer) {
	t.Helper()
	run(t, subject{producer: func(int) actor.MailboxProducer { return producer }})
}

// RunBounded is [Run] for mailboxes that park the sender of one message too
// many. It tests them with capacities from 1 to 256; the capacity is the number
// of messages that wait, without the one in the hands of the actor.
func RunBounded[T Test[T]](t T, producer func(capacity int) actor.MailboxProducer) {
	t.Helper()
	run(t, subject{producer: producer, bounded: true})
}

func run[T Test[T]](t T, s subject) {
	t.Helper()
	for _, p := range s.properties() {
		t.Run(p.name, func(t T) {
			t.Helper()
			if err := p.check(s); err != nil {
				t.Error(fmt.Sprintf("%v\nthe contract: %s", err, p.contract))
			}
		})
	}
}

// property is one sentence of the contract. A check always ends.
type property struct {
	name     string
	contract string
	check    func(s subject) error
}

// properties are those that apply.
func (s subject) properties() []property {
	if s.bounded {
		return slices.Concat(forAll, forBounded)
	}
	return slices.Concat(forAll, forUnbounded)
}

var forAll = []property{
	{"Delivery", "every message is handled once, and needs no other to wake the mailbox", delivery},
	{"Order", "the messages of a sender are handled in the order in which they were sent", order},
	{"OneAtATime", "the actor has one message in its hands at a time", oneAtATime},
	{"SystemFirst", "a system message is handled before the messages that wait", systemFirst},
	{"Suspended", "from a failure to the decision about it the actor is given system messages only", suspended},
	{"Restart", "what waits outlives a failure that is answered by a restart or by resuming", restart},
	{"Redelivery", "the message that the actor failed on comes again, before those that wait", redelivery},
	{"Stop", "what waits as the actor stops is handled or becomes a dead letter", stop},
	{
		"Poison", "what was sent before the pill is handled, what comes behind it is handled or becomes a dead letter, " +
			"and a full mailbox does not park who gives the pill", poison,
	},
}

var forBounded = []property{
	{
		"Capacity", "as many messages wait as the capacity says; who sends one more is parked until one is taken, " +
			"and none is lost", capacity,
	},
	{"NoBusyWait", "a parked sender does not run, and neither does a mailbox with nothing to do", noBusyWait},
	{
		"ReleasedSenders", "as the actor ends its parked senders go on, and their messages are handled or become dead letters",
		releasedSenders,
	},
}

var forUnbounded = []property{
	{"NoBound", "a mailbox without a bound never parks a sender", noBound},
}
