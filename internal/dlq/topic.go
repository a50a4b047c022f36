package dlq

import (
	"context"
	"fmt"
	"slices"

	"github.com/actorpipe/actorpipe/messages"
)

// Sender sends records to the topic of a DLQ.
type Sender interface {
	// Send returns when key and value of every record are acknowledged for good, but
	// for those records that are too large for the topic, whose indices it returns,
	// in any order.
	// It waits while that may pass. An error does not pass, or is that of ctx.
	Send(ctx context.Context, records []messages.Record) (tooLarge []int, err error)
}

// Topic is a topic of entries. It has one caller at a time.
type Topic struct {
	name   string
	sender Sender
	beside *File
}

// NewTopic returns a DLQ in the topic of that name, which sender sends to. What is
// too large for it goes to the file, which stays the caller's.
func NewTopic(name string, sender Sender, beside *File) *Topic { return &Topic{name, sender, beside} }

// Store sends an entry for each letter, under the key of its record, and returns
// when all of them are acknowledged, or on the disk if they are too large. It waits
// while that may pass, until ctx is done; other errors do not pass. After an error
// some of the entries may be stored.
func (t *Topic) Store(ctx context.Context, letters *messages.DeadLetters) error {
	records := make([]messages.Record, len(letters.Letters))
	for i := range letters.Letters {
		entry := NewEntry(letters.Claim, &letters.Letters[i])
		value, err := entry.MarshalJSON()
		if err != nil {
			return fmt.Errorf("encode offset %d of %s: %w", entry.Offset, letters.Claim, err)
		}
		records[i] = messages.Record{Key: entry.Key, Value: value}
	}
	tooLarge, err := t.sender.Send(ctx, records)
	if err != nil {
		return fmt.Errorf("store %d records of %s in DLQ topic %s: %w", len(records), letters.Claim, t.name, err)
	}
	if len(tooLarge) == 0 {
		return nil
	}
	slices.Sort(tooLarge)
	rest := &messages.DeadLetters{Claim: letters.Claim}
	for _, i := range tooLarge {
		rest.Letters = append(rest.Letters, letters.Letters[i])
	}
	return t.beside.Store(ctx, rest)
}
