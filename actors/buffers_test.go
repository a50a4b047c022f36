package actors

import (
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

// TestBuffersForgetWhatTheyHeld recycles full batches: no record may pin its
// fetch buffer while the memory waits to be used again.
func TestBuffersForgetWhatTheyHeld(t *testing.T) {
	var b Buffers
	c := &messages.Claim{Topic: "tweets"}
	in := b.recordBatch(c)
	for i := range batchRecords {
		in.Records = append(in.Records, messages.Record{Offset: int64(i), Value: []byte("x")})
	}
	out := b.documentBatch(in)
	for i := range in.Records {
		out.Docs = append(out.Docs, messages.Document{Record: &in.Records[i], Source: in.Records[i].Value})
	}
	if in.Claim != c || out.Claim != c || cap(in.Records) != batchRecords || cap(out.Docs) != batchRecords {
		t.Fatalf("a batch of %d of %v and one of %d of %v, want room for %d and the claim", cap(in.Records), in.Claim, cap(out.Docs), out.Claim, batchRecords)
	}
	out.Recycle() // and with it what it was made from
	for i := range batchRecords {
		if in.Records[i].Value != nil || out.Docs[i].Record != nil || out.Docs[i].Source != nil {
			t.Fatalf("record %d is still held", i)
		}
	}
}

// TestBuffersHandOutEmptyRoom recycles rooms of each kind and takes the next,
// be it the same or not.
func TestBuffersHandOutEmptyRoom(t *testing.T) {
	var b Buffers
	for range 3 {
		in := b.recordBatch(&messages.Claim{})
		plain := b.documentBatch(&messages.RecordBatch{}) // made from what recycles nothing
		room, recycle := b.arena(arenaBytes)
		if len(in.Records) != 0 || len(plain.Docs) != 0 || len(room) != 0 || cap(room) != arenaBytes {
			t.Fatalf("%d records, %d documents, %d of %d bytes, want empty ones", len(in.Records), len(plain.Docs), len(room), cap(room))
		}
		in.Records = append(in.Records, messages.Record{Offset: 1})
		plain.Docs = append(plain.Docs, messages.Document{ID: []byte("x")})
		_ = append(room, "document"...)
		in.Recycle()
		plain.Recycle()
		recycle()
	}
}

func TestBuffersMakeAnArenaForTheOversized(t *testing.T) {
	var b Buffers
	room, recycle := b.arena(arenaBytes + 1)
	if cap(room) < arenaBytes+1 {
		t.Errorf("room for %d bytes, want %d", cap(room), arenaBytes+1)
	}
	recycle()
	if again, _ := b.arena(1); cap(again) != arenaBytes {
		t.Errorf("room for %d bytes, want %d: the oversized one is not kept", cap(again), arenaBytes)
	}
}
