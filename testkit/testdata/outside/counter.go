package main

import (
	"context"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
)

// Counter makes mailboxes with room for that many orders. Whoever brings one more
// waits until there is room, or until the run is over.
func Counter(run context.Context, room int) actor.MailboxProducer {
	return func() actor.Mailbox {
		q := mailbox.NewQueue(mailbox.Settings{Context: run})
		q.AddLane("orders", room)
		return mailbox.New(q)
	}
}
