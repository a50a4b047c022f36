package messages

import (
	"fmt"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// RecordCost is what the budget counts for a record beside its bytes.
const RecordCost = 256

// Header is a header of a Kafka record.
type Header struct {
	Key, Value []byte
}

// Record came from Kafka. Its bytes are memory of its batch, which is used again
// once the batch is recycled: they are read only, never appended to, and copied
// where they outlive their bulk.
type Record struct {
	Offset    int64
	Timestamp int64  // epoch milliseconds, -1 if the record has none
	Key       []byte // nil: null
	Value     []byte // nil: null, a tombstone
	Headers   []Header
}

// Bytes are those of key, value and headers.
func (r *Record) Bytes() int {
	n := len(r.Key) + len(r.Value)
	for i := range r.Headers {
		n += len(r.Headers[i].Key) + len(r.Headers[i].Value)
	}
	return n
}

// Claim is one partition for as long as this process holds it. Consumer and
// HighWater are set before the first batch is made and never change.
type Claim struct {
	Topic     string
	Partition int32
	Number    int64        // of this claim in this process, from 1
	Consumer  *actor.PID   // the partition consumer, which hears Settled
	HighWater func() int64 // the offset that the partition's next record will have, as of the last fetch, 0: not known; nil: never
	revoked   atomic.Bool
}

// Revoke tells everybody who holds records of the claim that they need not be
// written: the next owner of the partition reads them.
func (c *Claim) Revoke() { c.revoked.Store(true) }

// Revoked says whether the claim has been revoked.
func (c *Claim) Revoked() bool { return c.revoked.Load() }

// String is the name of the claim's partition consumer, as "tweets-0#3".
func (c *Claim) String() string { return fmt.Sprintf("%s-%d#%d", c.Topic, c.Partition, c.Number) }

// RecordBatch is what a claim passes on at once: at least one record, offsets
// ascending, gaps possible.
type RecordBatch struct {
	Claim   *Claim
	Records []Record
	Bytes   int    // of all records, without RecordCost
	Recycle func() // gives Records back to their pool; called by Free. nil: nothing to give back
	owners  atomic.Int32
}

// Share makes one more owner of the records, beside whoever holds the batch.
func (b *RecordBatch) Share() { b.owners.Add(1) }

// Free is called by each owner that reads the records no more, once, or never:
// the last one recycles them.
func (b *RecordBatch) Free() {
	if b.owners.Add(-1) < 0 && b.Recycle != nil {
		b.Recycle()
	}
}

// Weight is the number of records.
func (b *RecordBatch) Weight() int { return len(b.Records) }

// Size is the bytes of the records.
func (b *RecordBatch) Size() int { return b.Bytes }

// Document is a record that is ready to be written.
type Document struct {
	Record *Record
	Source []byte // the document: one line of JSON; nil deletes the entity
	ID     []byte // the entity's id; nil: the id is made of the record's place
}

// DocumentBatch is documents of one claim, offsets ascending; what was refused
// before is not in it.
type DocumentBatch struct {
	Claim    *Claim
	Docs     []Document
	Bytes    int    // of the bulk body they will take, about
	Attempts int    // requests that carried them so far
	Delays   int    // answers that refused these documents for now, one by one: the length of the next wait
	Suspect  bool   // one of these documents may have crashed a writer
	Recycle  func() // gives pooled memory back; called once, after the unit is released, or never
}

// Weight is the number of documents.
func (b *DocumentBatch) Weight() int { return len(b.Docs) }

// Size is the bytes of the bulk body they will take, about.
func (b *DocumentBatch) Size() int { return b.Bytes }

// Slice is the documents from..to of b as a batch of its own, which shares
// their memory and recycles nothing.
func (b *DocumentBatch) Slice(from, to int) *DocumentBatch {
	return &DocumentBatch{Claim: b.Claim, Docs: b.Docs[from:to], Bytes: b.Bytes * (to - from) / max(len(b.Docs), 1), Attempts: b.Attempts, Delays: b.Delays, Suspect: b.Suspect}
}
