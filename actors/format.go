package actors

import (
	"slices"

	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
)

// Locator looks addresses up. It is used by all enrichers at once.
type Locator interface {
	// LookupAll puts into objects the geo objects for the texts of addresses as
	// they stand in records, empty where there is none: JSON of one line, never
	// empty, not to be changed.
	LookupAll(addresses, objects [][]byte)
}

// ID is what a topic's document ids are made of.
type ID uint8

// The kinds of id.
const (
	IDOffset ID = iota // the record's place
	IDKey              // the record's key
	IDField            // a field of the record, which the Plan names
)

// Format makes documents of the records of one topic. Any number of goroutines
// may use it, each with a scratch of its own.
type Format struct {
	Plan    *record.Plan
	ID      ID
	Locator Locator        // nil: documents are the records as they are
	Stage   messages.Stage // that the DLQ is told
	Buffers *Buffers
}

// geoBytes is about what a geo object takes.
const geoBytes = 280

// idBytes is about what the id of an entity takes.
const idBytes = 32

// actionBytes is about what an action line of a bulk request takes.
const actionBytes = 80

// made is what has become of the records of a batch.
type made struct {
	documents *messages.DocumentBatch // nil: none
	refused   *messages.DeadLetters   // nil: none
	settled   []messages.Range        // tombstones that mean nothing
}

// convert makes the documents of b. A record on which it crashes is refused
// with the stack. (What a crash leaves behind owns b for good: its memory is not
// used again.)
func (f *Format) convert(b *messages.RecordBatch, on *scratch) (m made) {
	if alone(func() { m = f.make(b, on) }) != nil {
		return f.makeAlone(b, on)
	}
	return m
}

// make makes the documents of b.
func (f *Format) make(b *messages.RecordBatch, on *scratch) made {
	k := f.start(b, on)
	for some := range slices.Chunk(b.Records, together) {
		k.some(some)
	}
	return k.done()
}

// makeAlone is make with each record under a recover of its own.
func (f *Format) makeAlone(b *messages.RecordBatch, on *scratch) made {
	k := f.start(b, on)
	for one := range slices.Chunk(b.Records, 1) {
		if crash := alone(func() { k.some(one) }); crash != nil {
			k.refuse(&one[0], crash.Error(), crash.Stack)
		}
	}
	return k.done()
}
