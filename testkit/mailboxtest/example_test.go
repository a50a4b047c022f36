package mailboxtest_test

import (
	"fmt"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/testkit/mailboxtest"
)

// printer stands in for the *testing.T of a test.
type printer struct{}

func (printer) Helper() {}

func (printer) Error(args ...any) { fmt.Println(args...) }

func (p printer) Run(name string, test func(p printer)) bool {
	fmt.Println(name)
	test(p)
	return true
}

// A test of protoactor's mailbox without a bound, and what it finds.
func ExampleRun() {
	var t printer // in a test: t *testing.T
	mailboxtest.Run(t, actor.Unbounded())
	// Output:
	// Delivery
	// Order
	// OneAtATime
	// SystemFirst
	// Suspended
	// Restart
	// Redelivery
	// restarted: message 0, which the actor failed on, did not come again
	// the contract: the message that the actor failed on comes again, before those that wait
	// Stop
	// stopped: message 1 was lost in silence: neither handled nor a dead letter
	// the contract: what waits as the actor stops is handled or becomes a dead letter
	// Poison
	// message 3 was lost in silence: neither handled nor a dead letter
	// the contract: what was sent before the pill is handled, what comes behind it is handled or becomes a dead letter, and a full mailbox does not park who gives the pill
	// NoBound
}

// A mailbox with a bound that keeps the contract. It is given as a function of
// its capacity.
func ExampleRunBounded() {
	var t printer // in a test: t *testing.T
	mailboxtest.RunBounded(t, func(capacity int) actor.MailboxProducer {
		return func() actor.Mailbox {
			q := mailbox.NewQueue(mailbox.Settings{})
			q.AddLane("orders", capacity)
			return mailbox.New(q)
		}
	})
	// Output:
	// Delivery
	// Order
	// OneAtATime
	// SystemFirst
	// Suspended
	// Restart
	// Redelivery
	// Stop
	// Poison
	// Capacity
	// NoBusyWait
	// ReleasedSenders
}
