package actors

import (
	"sync"

	"github.com/actorpipe/actorpipe/messages"
)

// A batch is closed at so many records, or so many bytes of them.
const (
	batchRecords = 512
	batchBytes   = 256 << 10
)

// Buffers are the memory that batches are made of, for as long as they are on
// their way. A batch that waits takes about as much as it needs, or the bytes that
// the budget counts would be few of those that it holds. The zero value is ready.
type Buffers struct {
	records   shelf[messages.Record]
	documents shelf[messages.Document]
	rooms     sync.Pool // of *room
}

func (b *Buffers) arena() *arena { return &arena{rooms: &b.rooms} }

// begin is an empty batch of the claim, with room for so many records.
func (b *Buffers) begin(c *messages.Claim, room int) *pending {
	batch := &messages.RecordBatch{Claim: c, Records: b.records.take(room, batchRecords)}
	p := &pending{batch: batch, arena: b.arena()}
	batch.Recycle = func() {
		clear(batch.Records)
		b.records.give(batch.Records, batchRecords)
		p.arena.free()
	}
	return p
}

// add adds a record, which has so many bytes, with memory of its own: a fetch answers
// for all partitions of a broker in one buffer, and a record that stayed in it would
// pin all of it for as long as it is in flight. About so many more are to come.
func (b *Buffers) add(p *pending, r messages.Record, bytes, more int) {
	batch := p.batch
	batch.Records = b.grown(batch.Records)
	more = min(more, batchRecords-1-len(batch.Records))
	moveRecord(p.arena.take(bytes, max((1+more)*bytes, batch.Bytes)), &r)
	batch.Records = append(batch.Records, r)
	batch.Bytes += bytes
}

// grown is records with room for one more.
func (b *Buffers) grown(records []messages.Record) []messages.Record {
	if len(records) < cap(records) {
		return records
	}
	return b.moved(records, min(2*len(records)+1, batchRecords))
}

// fit takes room from a batch that has come to half of what it has room for, or less.
func (b *Buffers) fit(batch *messages.RecordBatch) {
	if len(batch.Records) <= batchRecords/2 && cap(batch.Records) == batchRecords {
		batch.Records = b.moved(batch.Records, len(batch.Records))
	}
}

// moved is records in room for so many; the room that they were in is given back.
func (b *Buffers) moved(records []messages.Record, size int) []messages.Record {
	to := append(b.records.take(size, batchRecords), records...)
	clear(records)
	b.records.give(records, batchRecords)
	return to
}

// moveRecord appends the bytes of r to memory that has room for them, and has r
// use these.
func moveRecord(to []byte, r *messages.Record) {
	to, r.Key = move(to, r.Key)
	to, r.Value = move(to, r.Value)
	for i := range r.Headers {
		h := &r.Headers[i]
		to, h.Key = move(to, h.Key)
		to, h.Value = move(to, h.Value)
	}
}

// move is what it does with some bytes. Null stays null, and what is empty does
// not become null.
func move(to, from []byte) (grown, moved []byte) {
	switch {
	case from == nil:
		return to, nil
	case len(from) == 0:
		return to, []byte{}
	}
	n := len(to)
	to = append(to, from...)
	return to, to[n:len(to):len(to)]
}

// documentBatch is an empty batch with room for the documents of from, of which
// it is an owner until it is recycled, and memory for their bytes.
func (b *Buffers) documentBatch(from *messages.RecordBatch) (*messages.DocumentBatch, *arena) {
	from.Share()
	room, bytes := b.documents.take(len(from.Records), batchRecords), b.arena()
	return &messages.DocumentBatch{Claim: from.Claim, Docs: room, Recycle: func() {
		clear(room[:cap(room)])
		b.documents.give(room, batchRecords)
		bytes.free()
		from.Free()
	}}, bytes
}

// shelf keeps room for records or documents to be used again, in sixteen sizes:
// the sixteenths of the largest, which its callers name and which is always the
// same. The zero value is ready.
type shelf[T any] struct {
	sizes [16]sync.Pool // of *[]T, empty ones
}

// take is empty room for n, about a sixteenth of the largest more at most. Room
// for few, or for more than the largest, is just as large as asked for.
func (s *shelf[T]) take(n, largest int) []T {
	step := largest / len(s.sizes)
	if n > largest || n <= step/2 {
		return make([]T, 0, n)
	}
	size := (n + step - 1) / step
	if room, ok := s.sizes[size-1].Get().(*[]T); ok {
		return *room
	}
	return make([]T, 0, size*step)
}

// give takes room back that nobody reads any more. What it holds of others is
// to be cleared before.
func (s *shelf[T]) give(room []T, largest int) {
	step := largest / len(s.sizes)
	if n := cap(room); n >= step && n <= largest && n%step == 0 {
		room = room[:0]
		s.sizes[n/step-1].Put(&room)
	}
}
