package actors

import (
	"errors"
	"time"
	"unicode/utf8"

	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
)

// Locator looks addresses up. It is used by all enrichers at once.
type Locator interface {
	// Lookup returns the geo object for the text of an address as it stands in
	// a record, empty where there is none: JSON of one line, never empty, not to
	// be changed.
	Lookup(address []byte) []byte
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
// may use it, each with a record.Found of its own.
type Format struct {
	Plan    *record.Plan
	ID      ID
	Locator Locator        // nil: documents are the records as they are
	Stage   messages.Stage // that the DLQ is told
	Buffers *Buffers
}

// geoBytes is about what a geo object takes.
const geoBytes = 280

// actionBytes is about what an action line of a bulk request takes.
const actionBytes = 80

// made is what has become of the records of a batch.
type made struct {
	documents *messages.DocumentBatch // nil: none
	refused   *messages.DeadLetters   // nil: none
	settled   []messages.Range        // tombstones that mean nothing
}

// making is a batch while documents are made of it.
type making struct {
	*Format
	made
	batch  *messages.RecordBatch
	found  *record.Found
	arena  *arena // of the documents' sources
	coming int    // bytes that they will take, about
}

// convert makes the documents of b. A record on which it crashes is refused
// with the stack.
func (f *Format) convert(b *messages.RecordBatch, found *record.Found) (m made) {
	if alone(func() { m = f.make(b, found) }) != nil {
		return f.makeAlone(b, found)
	}
	return m
}

// make makes the documents of b.
func (f *Format) make(b *messages.RecordBatch, found *record.Found) made {
	k := f.start(b, found)
	for i := range b.Records {
		k.one(&b.Records[i])
	}
	return k.done()
}

// makeAlone is make with each record under a recover of its own.
func (f *Format) makeAlone(b *messages.RecordBatch, found *record.Found) made {
	k := f.start(b, found)
	for i := range b.Records {
		r := &b.Records[i]
		if crash := alone(func() { k.one(r) }); crash != nil {
			k.refuse(r, crash.Error(), crash.Stack)
		}
	}
	return k.done()
}

func (f *Format) start(b *messages.RecordBatch, found *record.Found) *making {
	k := &making{Format: f, batch: b, found: found, coming: b.Bytes + geoBytes*len(b.Records)}
	k.documents, k.arena = f.Buffers.documentBatch(b)
	return k
}

func (k *making) done() made {
	if len(k.documents.Docs) == 0 {
		k.documents = nil
	}
	return k.made
}

// one makes the document of r, or notes what else becomes of it.
func (k *making) one(r *messages.Record) {
	id, err := k.key(r)
	switch {
	case err == nil && r.Value == nil:
		k.tombstone(r, id)
		return
	case err == nil:
		err = k.Plan.Scan(r.Value, k.found)
	}
	if err != nil {
		k.refuse(r, err.Error(), "")
		return
	}
	if k.ID == IDField {
		id = append([]byte(nil), k.found.ID...)
	}
	k.add(r, k.source(r.Value), id)
}

// What is refused where the key is the id.
var (
	errNoKey   = errors.New("no entity id: the record has no key, or an empty one")
	errLongKey = errors.New("no entity id: the record's key is longer than 512 bytes")
	errRawKey  = errors.New("no entity id: the record's key is no text in UTF-8")
)

// key is the entity id of a record whose topic takes its keys for ids.
func (k *making) key(r *messages.Record) ([]byte, error) {
	switch {
	case k.ID != IDKey:
		return nil, nil
	case len(r.Key) == 0:
		return nil, errNoKey
	case len(r.Key) > record.MaxIDBytes:
		return nil, errLongKey
	case !utf8.Valid(r.Key):
		return nil, errRawKey
	}
	return r.Key, nil
}

func (k *making) tombstone(r *messages.Record, id []byte) {
	if k.ID == IDKey {
		k.add(r, nil, id)
		return
	}
	k.settled = messages.AppendOffset(k.settled, r.Offset, messages.Ignored)
}

// source is the document of a record that has been scanned.
func (k *making) source(value []byte) []byte {
	if k.Locator == nil {
		return record.OneLine(value, k.found)
	}
	geo := k.Locator.Lookup(k.found.AddressText())
	n := k.Plan.SplicedBytes(k.found, geo)
	source := k.Plan.Splice(k.arena.take(n, k.coming), value, k.found, geo)
	k.coming -= n
	return source
}

func (k *making) add(r *messages.Record, source, id []byte) {
	d := k.documents
	d.Docs = append(d.Docs, messages.Document{Record: r, Source: source, ID: id})
	d.Bytes += documentBytes(&d.Docs[len(d.Docs)-1])
}

func (k *making) refuse(r *messages.Record, reason, stack string) {
	if k.refused == nil {
		k.refused = &messages.DeadLetters{Claim: k.batch.Claim}
	}
	k.refused.Letters = append(k.refused.Letters, messages.DeadLetter{
		Record: r.Clone(), Stage: k.Stage, Reason: reason, FailedAt: time.Now(), Stack: stack,
	})
}
