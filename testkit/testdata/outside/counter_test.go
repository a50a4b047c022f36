package main

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit/mailboxtest"
)

// Each sentence of the contract is a subtest. Run it on actor.Bounded to see what
// that one does not keep.
func TestCounterKeepsTheContractOfAMailbox(t *testing.T) {
	mailboxtest.RunBounded(t, func(capacity int) actor.MailboxProducer {
		return Counter(t.Context(), capacity)
	})
}
