package actors

import (
	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
)

// TopicSettings say what becomes of a topic's records.
type TopicSettings struct {
	Name       string
	Index      string       // that they are written to
	Capacity   int          // records, of its mailbox
	Plan       *record.Plan // what is looked for in a record
	Enriched   bool         // they go through the enrichers
	ID         ID
	AheadBytes int64 // that its claims hold together before they are fetched no more
}

// Topic is what the actors know of a topic.
type Topic struct {
	TopicSettings
	Lane   *mailbox.Lane // of the enrichers where it is enriched, else of the writers
	Budget *Budget
	Ahead  *ReadAhead
	Price  Price
	Format *Format // of its documents
}

// Topic makes the topic, but for its Lane. locator looks addresses up where the
// topic is enriched.
func (s TopicSettings) Topic(locator Locator, b *Buffers, budget *Budget) *Topic {
	t := &Topic{
		TopicSettings: s, Budget: budget, Ahead: NewReadAhead(s.AheadBytes), Price: PlainPrice,
		Format: &Format{Plan: s.Plan, ID: s.ID, Stage: messages.StageConsumer, Buffers: b},
	}
	if s.Enriched {
		t.Price, t.Format.Locator, t.Format.Stage = EnrichedPrice, locator, messages.StageEnricher
	}
	return t
}
