package actors

import (
	"errors"
	"time"
	"unicode/utf8"

	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
)

// together is how many records are scanned before their addresses are looked up:
// the waits for memory of several lookups overlap.
const together = 16

// scratch is where one goroutine makes documents: what was found in a few records,
// and what goes into them. The zero value is ready.
type scratch struct {
	readings           [together]reading
	addresses, objects [together][]byte
}

// reading is a record that becomes a document.
type reading struct {
	record *messages.Record
	id     []byte // of the entity, nil: none
	found  record.Found
}

// address is the text to look up.
func (r *reading) address() []byte {
	if r.record.Value == nil { // nothing was found in it
		return nil
	}
	return r.found.AddressText()
}

// making is a batch while documents are made of it.
type making struct {
	*Format
	*scratch
	made
	batch  *messages.RecordBatch
	arena  *arena // of what documents have beside their records
	coming int    // bytes that they will take of it, about
}

func (f *Format) start(b *messages.RecordBatch, on *scratch) *making {
	k := &making{Format: f, scratch: on, batch: b}
	k.documents, k.arena = f.Buffers.documentBatch(b)
	if f.Locator != nil {
		k.coming += b.Bytes + geoBytes*len(b.Records)
	}
	if f.ID == IDField {
		k.coming += idBytes * len(b.Records)
	}
	return k
}

func (k *making) done() made {
	if len(k.documents.Docs) == 0 {
		k.documents.Recycle() // the batch has an owner less
		k.documents = nil
	}
	return k.made
}

// some makes the documents of at most together records, or notes what
// else becomes of them.
func (k *making) some(records []messages.Record) {
	n := 0
	for i := range records {
		if k.read(&records[i], &k.readings[n]) {
			n++
		}
	}
	if k.Locator != nil {
		for i := range n {
			k.addresses[i] = k.readings[i].address()
		}
		k.Locator.LookupAll(k.addresses[:n], k.objects[:n])
	}
	for i := range n {
		r := &k.readings[i]
		k.add(r, k.source(r, k.objects[i]))
	}
}

// read reads a record; false where it becomes no document.
func (k *making) read(r *messages.Record, to *reading) bool {
	id, err := k.key(r)
	switch {
	case err == nil && r.Value == nil && k.ID != IDKey:
		k.settled = messages.AppendOffset(k.settled, r.Offset, messages.Ignored)
		return false
	case err == nil && r.Value != nil:
		err = k.Plan.Scan(r.Value, &to.found)
	}
	if err != nil {
		k.refuse(r, err.Error(), "")
		return false
	}
	if k.ID == IDField {
		id = append(k.take(len(to.found.ID)), to.found.ID...)
	}
	to.record, to.id = r, id
	return true
}

// take is memory for so many bytes.
func (k *making) take(bytes int) []byte {
	taken := k.arena.take(bytes, k.coming)
	k.coming -= bytes
	return taken
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

// source is the document of a record that has been read, with its geo object where
// it gets one; nil where the entity is deleted.
func (k *making) source(r *reading, geo []byte) []byte {
	value := r.record.Value
	switch {
	case value == nil:
		return nil
	case k.Locator == nil:
		return record.OneLine(value, &r.found)
	}
	return k.Plan.Splice(k.take(k.Plan.SplicedBytes(&r.found, geo)), value, &r.found, geo)
}

func (k *making) add(r *reading, source []byte) {
	d := k.documents
	d.Docs = append(d.Docs, messages.Document{Record: r.record, Source: source, ID: r.id})
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
