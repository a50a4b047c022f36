package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// EnricherSettings are what all enrichers share.
type EnricherSettings struct {
	Formats map[string]*Format // by topic
	Writers *mailbox.Lane      // for the documents; a full one parks the enricher
	DLQ     *mailbox.Lane      // for what is refused; a full one parks the enricher
}

// enricher makes documents of records and sends them to the writers.
type enricher struct {
	EnricherSettings
	scratch scratch
}

// EnricherProps returns the props of a worker of the enrichers' pool. It sends
// each record of a RecordBatch on as a document, to the DLQ, or back to its
// claim as ignored or returned.
func EnricherProps(s EnricherSettings, opts ...actor.PropsOption) *actor.Props {
	return props(func() actor.Actor { return &enricher{EnricherSettings: s} }, opts)
}

// Receive dispatches.
func (a *enricher) Receive(c actor.Context) {
	switch m := c.Message().(type) {
	case *mailbox.Unit:
		for _, x := range m.Messages() {
			if cmd, ok := x.(messages.EnricherCommand); ok {
				a.handle(c, m, cmd)
			}
		}
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		unhandled(c)
	}
}

func (a *enricher) handle(c actor.Context, u *mailbox.Unit, m messages.EnricherCommand) {
	switch m := m.(type) {
	case *messages.RecordBatch:
		a.enrich(c, u, m)
		u.OnRelease(m.Free) // not before: after a crash it comes again
	}
}

func (a *enricher) enrich(c actor.Context, u *mailbox.Unit, b *messages.RecordBatch) {
	format := a.Formats[b.Claim.Topic]
	var m made
	switch {
	case b.Claim.Revoked():
	case u.Redelivered():
		m = format.makeAlone(b, &a.scratch)
	default:
		m = format.make(b, &a.scratch)
	}
	if b.Claim.Revoked() { // looked at again: what has not been passed on need not be
		settle(c, b.Claim, outcomeOf(b, messages.Returned))
		return
	}
	settle(c, b.Claim, m.settled)
	post(u, a.Writers, m.documents)
	post(u, a.DLQ, m.refused)
}
