package actors

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

// filledBatch is a batch of that many records that alias one fetch buffer.
func filledBatch(b *Buffers, records int, buffer []byte) *messages.RecordBatch {
	batch := b.recordBatch(&messages.Claim{Topic: "tweets"})
	for i := range records {
		r := messages.Record{Offset: int64(i), Key: buffer[:1], Value: buffer[1:3]}
		batch.Records = append(batch.Records, r)
		batch.Bytes += r.Bytes()
	}
	return batch
}

// TestBuffersForgetWhatTheyHeld recycles full batches: what waits to be used again
// may pin no record.
func TestBuffersForgetWhatTheyHeld(t *testing.T) {
	var b Buffers
	in := filledBatch(&b, batchRecords, []byte("kvv"))
	b.keep(in)
	out := b.documentBatch(in)
	for i := range in.Records {
		out.Docs = append(out.Docs, messages.Document{Record: &in.Records[i], Source: in.Records[i].Value})
	}
	if out.Claim != in.Claim || cap(in.Records) != batchRecords || cap(out.Docs) != batchRecords {
		t.Fatalf("batches of %d and %d, want room for %d each and one claim", cap(in.Records), cap(out.Docs), batchRecords)
	}
	out.Recycle()
	in.Free()
	for i := range batchRecords {
		if in.Records[i].Value != nil || out.Docs[i].Record != nil || out.Docs[i].Source != nil {
			t.Fatalf("record %d is still held", i)
		}
	}
}

// TestBuffersForgetWhatCameAfterKeep recycles a batch that was filled up after it was
// kept, as one that waits is.
func TestBuffersForgetWhatCameAfterKeep(t *testing.T) {
	var b Buffers
	in := filledBatch(&b, batchRecords/16+1, []byte("kvv"))
	b.keep(in)
	room := in.Records[:cap(in.Records)]
	in.Records = append(in.Records, messages.Record{Value: []byte("later")})
	if &in.Records[0] != &room[0] {
		t.Fatal("no room was left behind what was kept: the test shows nothing")
	}
	in.Free()
	for i := range room {
		if room[i].Value != nil {
			t.Errorf("record %d is still held", i)
		}
	}
}

// TestBuffersKeepOutOfTheFetchBuffer has the buffer written over once a batch is
// kept: its records are what they were, null and empty apart.
func TestBuffersKeepOutOfTheFetchBuffer(t *testing.T) {
	var b Buffers
	buffer := []byte("keyvaluehv and the next record")
	in := b.recordBatch(&messages.Claim{})
	in.Records = append(in.Records,
		messages.Record{Offset: 7, Timestamp: -1, Key: buffer[:3], Value: buffer[3:8], Headers: []messages.Header{{Key: buffer[8:9]}, {Key: buffer[9:9], Value: buffer[9:10]}}},
		messages.Record{Offset: 8, Key: buffer[:0], Value: nil},
		messages.Record{Offset: 9, Key: nil, Value: buffer[3:8]},
	)
	in.Bytes = 3 + 5 + 2 + 5
	b.keep(in)
	clear(buffer)
	want := []messages.Record{
		{Offset: 7, Timestamp: -1, Key: []byte("key"), Value: []byte("value"), Headers: []messages.Header{{Key: []byte("h")}, {Key: []byte{}, Value: []byte("v")}}},
		{Offset: 8, Key: []byte{}, Value: nil},
		{Offset: 9, Key: nil, Value: []byte("value")},
	}
	if !reflect.DeepEqual(in.Records, want) {
		t.Errorf("the records are %+v, want %+v", in.Records, want)
	}
	if c := cap(in.Records[0].Value); c != 5 {
		t.Errorf("a value has room for %d bytes, want none behind it: the next record lies there", c)
	}
}

// TestBuffersTakeWhatIsNeeded wants small batches to be small: where each record
// comes alone, a full batch's room for each would be hundreds of times the memory
// that the budget counts.
func TestBuffersTakeWhatIsNeeded(t *testing.T) {
	buffer := bytes.Repeat([]byte("x"), 3)
	for _, n := range []int{1, 7, 16, 17, 100, 256, 257, 400, 512} {
		var b Buffers
		in := filledBatch(&b, n, buffer)
		b.keep(in)
		out := b.documentBatch(in)
		most := max(n+n/8+batchRecords/16, 2)
		if n > batchRecords/2 {
			most = batchRecords // it keeps its room
		}
		if n < batchRecords/32 {
			most = n
		}
		if cap(in.Records) < n || cap(in.Records) > most || cap(out.Docs) < n || cap(out.Docs) > max(most, n) {
			t.Errorf("%d records take room for %d and %d documents, want at most %d", n, cap(in.Records), cap(out.Docs), most)
		}
	}
	for _, n := range []int{0, 1, 100, 8 << 10, 8<<10 + 1, 100 << 10, arenaBytes, arenaBytes + 1} {
		var b Buffers
		if room, _ := b.arena(n); cap(room) < n || cap(room)-n > max(n, arenaBytes/16) {
			t.Errorf("room for %d bytes has %d", n, cap(room))
		}
	}
}

// TestBuffersHandOutEmptyRoom recycles rooms of each kind and size and takes the
// next, be it the same or not.
func TestBuffersHandOutEmptyRoom(t *testing.T) {
	var b Buffers
	for range 3 {
		for _, n := range []int{1, 40, batchRecords} {
			in := filledBatch(&b, n, []byte("kvv"))
			b.keep(in)
			plain := b.documentBatch(&messages.RecordBatch{Records: in.Records}) // made from what recycles nothing
			room, recycle := b.arena(n << 9)
			if len(in.Records) != n || len(plain.Docs) != 0 || cap(plain.Docs) < n || len(room) != 0 || cap(room) < n<<9 {
				t.Fatalf("%d records, %d documents, %d of %d bytes, want room for %d", len(in.Records), len(plain.Docs), len(room), cap(room), n)
			}
			plain.Docs = append(plain.Docs, messages.Document{ID: []byte("x")})
			_ = append(room, "document"...)
			plain.Recycle()
			in.Free()
			recycle()
		}
	}
}

// TestBuffersUseRoomAgain takes what was given back, at least now and then (under
// the race detector pools forget on purpose): at full speed batches cost no memory
// of their own.
func TestBuffersUseRoomAgain(t *testing.T) {
	var b Buffers
	var records, documents, arenas int
	for range 100 {
		in := filledBatch(&b, batchRecords, []byte("kvv"))
		b.keep(in)
		out := b.documentBatch(in)
		room, recycle := b.arena(arenaBytes)
		first, document, arena := &in.Records[0], &out.Docs[:1][0], &room[:1][0]
		out.Recycle()
		in.Free()
		recycle()
		in = filledBatch(&b, batchRecords, []byte("kvv"))
		out = b.documentBatch(in)
		room, _ = b.arena(arenaBytes)
		records += same(first, &in.Records[0])
		documents += same(document, &out.Docs[:1][0])
		arenas += same(arena, &room[:1][0])
	}
	if records == 0 || documents == 0 || arenas == 0 {
		t.Errorf("of 100 rooms each %d, %d and %d were used again", records, documents, arenas)
	}
}

func same[T any](a, b *T) int {
	if a == b {
		return 1
	}
	return 0
}
