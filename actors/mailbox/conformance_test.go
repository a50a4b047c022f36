package mailbox_test

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/testkit/mailboxtest"
)

func TestConformance(t *testing.T) {
	t.Run("New", func(t *testing.T) {
		mailboxtest.RunBounded(t, func(capacity int) actor.MailboxProducer {
			return func() actor.Mailbox {
				q := mailbox.NewQueue(mailbox.Settings{})
				q.AddLane("in", capacity)
				return mailbox.New(q)
			}
		})
	})
	t.Run("without lanes", func(t *testing.T) {
		mailboxtest.Run(t, func() actor.Mailbox { return mailbox.New(mailbox.NewQueue(mailbox.Settings{})) })
	})
}
