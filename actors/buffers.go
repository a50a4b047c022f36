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

// arenaBytes is the room that the documents of a full batch of tweets need.
const arenaBytes = 256 << 10

// Buffers are the memory that batches are made of, for as long as they are on
// their way. The zero value is ready.
type Buffers struct {
	records   sync.Pool // of *[]messages.Record
	documents sync.Pool // of *[]messages.Document
	arenas    sync.Pool // of *[]byte
}

// recordBatch is an empty batch with room for batchRecords.
func (b *Buffers) recordBatch(c *messages.Claim) *messages.RecordBatch {
	room, ok := b.records.Get().(*[]messages.Record)
	if !ok {
		fresh := make([]messages.Record, 0, batchRecords)
		room = &fresh
	}
	return &messages.RecordBatch{Claim: c, Records: *room, Recycle: func() {
		clear((*room)[:batchRecords]) // or they would pin their fetch buffer
		b.records.Put(room)
	}}
}

// documentBatch is an empty batch with room for the documents of from.
func (b *Buffers) documentBatch(from *messages.RecordBatch) *messages.DocumentBatch {
	room, ok := b.documents.Get().(*[]messages.Document)
	if !ok {
		fresh := make([]messages.Document, 0, batchRecords)
		room = &fresh
	}
	return &messages.DocumentBatch{Claim: from.Claim, Docs: *room, Recycle: func() {
		clear((*room)[:batchRecords])
		b.documents.Put(room)
		if from.Recycle != nil {
			from.Recycle()
		}
	}}
}

// arena is room for that many bytes, and what gives it back.
func (b *Buffers) arena(bytes int) (room []byte, recycle func()) {
	if bytes > arenaBytes {
		return make([]byte, 0, bytes), func() {}
	}
	a, ok := b.arenas.Get().(*[]byte)
	if !ok {
		fresh := make([]byte, 0, arenaBytes)
		a = &fresh
	}
	return *a, func() { b.arenas.Put(a) }
}
