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

// arenaBytes is the largest room for bytes that is kept to be used again.
const arenaBytes = 256 << 10

// Buffers are the memory that batches are made of, for as long as they are on
// their way. A batch takes about as much as it needs, or the bytes that the
// budget counts would be few of those that it holds. The zero value is ready.
type Buffers struct {
	records   shelf[messages.Record]
	documents shelf[messages.Document]
	arenas    shelf[byte]
}

// recordBatch is an empty batch with room for batchRecords, whose records may
// alias fetch buffers until keep.
func (b *Buffers) recordBatch(c *messages.Claim) *messages.RecordBatch {
	return &messages.RecordBatch{Claim: c, Records: b.records.take(batchRecords, batchRecords)}
}

// keep gives the records of a batch memory of their own. A fetch answers for all
// partitions of a broker in one buffer: a record that stayed in it would pin all
// of it for as long as it is in flight.
func (b *Buffers) keep(batch *messages.RecordBatch) {
	records := batch.Records
	if len(records) <= batchRecords/2 {
		records = append(b.records.take(len(records), batchRecords), records...)
		clear(batch.Records)
		b.records.give(batch.Records, batchRecords)
	}
	arena := b.arenas.take(batch.Bytes, arenaBytes)
	for i := range records {
		arena = moveRecord(arena, &records[i])
	}
	batch.Records, batch.Recycle = records, func() {
		clear(records[:cap(records)]) // one that waits fills up after this
		b.records.give(records, batchRecords)
		b.arenas.give(arena, arenaBytes)
	}
}

// moveRecord appends the bytes of r to an arena that has room for them, and has r
// use these.
func moveRecord(arena []byte, r *messages.Record) []byte {
	arena, r.Key = move(arena, r.Key)
	arena, r.Value = move(arena, r.Value)
	for i := range r.Headers {
		h := &r.Headers[i]
		arena, h.Key = move(arena, h.Key)
		arena, h.Value = move(arena, h.Value)
	}
	return arena
}

// move is what it does with some bytes; null stays null.
func move(arena, from []byte) (grown, moved []byte) {
	if from == nil {
		return arena, nil
	}
	n := len(arena)
	arena = append(arena, from...)
	return arena, arena[n:len(arena):len(arena)]
}

// documentBatch is an empty batch with room for the documents of from, of which
// it is an owner until it is recycled.
func (b *Buffers) documentBatch(from *messages.RecordBatch) *messages.DocumentBatch {
	from.Share()
	room := b.documents.take(len(from.Records), batchRecords)
	return &messages.DocumentBatch{Claim: from.Claim, Docs: room, Recycle: func() {
		clear(room[:cap(room)])
		b.documents.give(room, batchRecords)
		from.Free()
	}}
}

// arena is room for that many bytes, and what gives it back.
func (b *Buffers) arena(bytes int) (room []byte, recycle func()) {
	room = b.arenas.take(bytes, arenaBytes)
	return room, func() { b.arenas.give(room, arenaBytes) }
}

// shelf keeps rooms of sixteen sizes to be used again: the sixteenths of the
// largest, which its callers name and which is always the same. The zero value
// is ready.
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
