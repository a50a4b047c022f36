package actors

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

// filledBatch is a batch of that many records, which come from one fetch buffer.
func filledBatch(b *Buffers, records int, buffer []byte) *messages.RecordBatch {
	p := b.begin(&messages.Claim{Topic: "tweets"}, batchRecords)
	for i := range records {
		p.fill(b, messages.Record{Offset: int64(i), Key: buffer[:1], Value: buffer[1:]}, records-1-i)
	}
	b.fit(p.batch)
	return p.batch
}

// fill is what an intake does with a record.
func (p *pending) fill(b *Buffers, r messages.Record, more int) { b.add(p, r, r.Bytes(), more) }

// TestBuffersForgetWhatTheyHeld recycles full batches: what waits to be used again
// may pin no record.
func TestBuffersForgetWhatTheyHeld(t *testing.T) {
	var b Buffers
	in := filledBatch(&b, batchRecords, []byte("kvv"))
	out, _ := b.documentBatch(in)
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

// TestBuffersForgetWhatCameBitByBit recycles a batch that was filled up after it had
// been fitted, as one that waits is: into the room behind, and into a larger one.
func TestBuffersForgetWhatCameBitByBit(t *testing.T) {
	for _, more := range []int{1, batchRecords / 2} {
		var b Buffers
		in := b.begin(&messages.Claim{}, batchRecords)
		for range batchRecords/16 + 1 {
			in.fill(&b, messages.Record{Value: []byte("vv")}, 0)
		}
		b.fit(in.batch)
		before := in.batch.Records[:cap(in.batch.Records)]
		for range more {
			in.fill(&b, messages.Record{Value: []byte("later")}, 0)
		}
		if grew := &in.batch.Records[0] != &before[0]; grew != (more > 1) {
			t.Fatalf("%d more records: a larger room was taken: %v", more, grew)
		}
		after := in.batch.Records[:cap(in.batch.Records)]
		in.batch.Free()
		for _, room := range [][]messages.Record{before, after} {
			for i := range room {
				if room[i].Value != nil {
					t.Errorf("%d more records: record %d is still held", more, i)
				}
			}
		}
	}
}

// TestBuffersCopyWhatComesBitByBit takes records of all sizes, and has the fetch
// buffer of each written over once it is taken.
func TestBuffersCopyWhatComesBitByBit(t *testing.T) {
	var b Buffers
	p := b.begin(&messages.Claim{}, 0)
	want := 0
	for _, sizes := range [][]int{{1}, {2, 3}, {0}, {ownBytes, ownBytes + 1}, {700}, slices.Repeat([]int{roomBytes / 100}, 300), {5}} {
		for i, n := range sizes {
			buffer := bytes.Repeat([]byte{byte(want)}, n)
			p.fill(&b, messages.Record{Offset: int64(want), Value: buffer}, len(sizes)-1-i)
			clear(buffer)
			want++
			if r := p.batch.Records[want-1]; len(r.Value) != n || cap(r.Value) != n {
				t.Errorf("record %d is %d bytes, with room for %d, want %d", r.Offset, len(r.Value), cap(r.Value), n)
			}
		}
	}
	if len(p.arena.taken) < 2 {
		t.Errorf("%d rooms were taken, want two or more", len(p.arena.taken))
	}
	for i := range p.batch.Records {
		r := &p.batch.Records[i]
		if bytes.Count(r.Value, []byte{byte(r.Offset)}) != len(r.Value) {
			t.Errorf("record %d was written over", r.Offset)
		}
	}
}

// TestBuffersCopyOutOfTheFetchBuffer has the buffer written over once records are
// taken: they are what they were, null and empty apart.
func TestBuffersCopyOutOfTheFetchBuffer(t *testing.T) {
	var b Buffers
	buffer := []byte("keyvaluehv and the next record")
	p := b.begin(&messages.Claim{}, batchRecords)
	for _, r := range []messages.Record{
		{Offset: 7, Timestamp: -1, Key: buffer[:3], Value: buffer[3:8], Headers: []messages.Header{{Key: buffer[8:9]}, {Key: buffer[9:9], Value: buffer[9:10]}}},
		{Offset: 8, Key: buffer[:0], Value: nil},
		{Offset: 9, Key: nil, Value: buffer[3:8]},
	} {
		p.fill(&b, r, 0)
	}
	clear(buffer)
	want := []messages.Record{
		{Offset: 7, Timestamp: -1, Key: []byte("key"), Value: []byte("value"), Headers: []messages.Header{{Key: []byte("h")}, {Key: []byte{}, Value: []byte("v")}}},
		{Offset: 8, Key: []byte{}, Value: nil},
		{Offset: 9, Key: nil, Value: []byte("value")},
	}
	if !reflect.DeepEqual(p.batch.Records, want) || p.batch.Bytes != 15 {
		t.Errorf("the records are %d bytes: %+v, want 15: %+v", p.batch.Bytes, p.batch.Records, want)
	}
	if c := cap(p.batch.Records[0].Value); c != 5 {
		t.Errorf("a value has room for %d bytes, want none behind it: the next record lies there", c)
	}
}

// TestBuffersTakeWhatIsNeeded wants small batches to be small: where each record
// comes alone, a full batch's room for each would be hundreds of times the memory
// that the budget counts.
func TestBuffersTakeWhatIsNeeded(t *testing.T) {
	for _, n := range []int{1, 7, 16, 17, 100, 256, 257, 400, 512} {
		var b Buffers
		in := filledBatch(&b, n, []byte("kvv"))
		out, _ := b.documentBatch(in)
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
	for _, size := range []int{1, 100, 1000, ownBytes, ownBytes + 1, 20 << 10} {
		for _, n := range []int{1, 3, 40, 160} {
			var b Buffers
			a := b.arena()
			taken := 0
			for i := range n {
				before := cap(a.open) - len(a.open)
				if got := a.take(size, size*(n-i)); len(got) != 0 || cap(got) != size {
					t.Fatalf("%d bytes of room, want %d", cap(got), size)
				}
				switch {
				case size > ownBytes:
					taken += size
				case size > before:
					taken += cap(a.open)
				}
			}
			if need := size * n; taken < need || taken > need+need/3+1 {
				t.Errorf("%d times %d bytes take %d", n, size, taken)
			}
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
			plain, arena := b.documentBatch(&messages.RecordBatch{Records: in.Records}) // made from what recycles nothing
			if len(in.Records) != n || len(plain.Docs) != 0 || cap(plain.Docs) < n {
				t.Fatalf("%d records, %d documents, want room for %d", len(in.Records), len(plain.Docs), n)
			}
			plain.Docs = append(plain.Docs, messages.Document{ID: []byte("x")})
			for range 10 {
				if got := arena.take(ownBytes, roomBytes); len(got) != 0 || cap(got) != ownBytes {
					t.Fatalf("%d of %d bytes, want none of %d", len(got), cap(got), ownBytes)
				}
			}
			plain.Recycle()
			in.Free()
		}
	}
}

// TestBuffersUseRoomAgain takes what was given back, at least now and then (under
// the race detector pools forget on purpose): at full speed batches cost no memory
// of their own.
func TestBuffersUseRoomAgain(t *testing.T) {
	var b Buffers
	var records, documents, rooms int
	value := bytes.Repeat([]byte("v"), 200)
	for range 100 {
		in := filledBatch(&b, batchRecords, value)
		out, _ := b.documentBatch(in)
		first, document, bytes := &in.Records[0], &out.Docs[:1][0], &in.Records[0].Value[0]
		out.Recycle()
		in.Free()
		in = filledBatch(&b, batchRecords, value)
		out, _ = b.documentBatch(in)
		records += same(first, &in.Records[0])
		documents += same(document, &out.Docs[:1][0])
		for i := range in.Records {
			rooms += same(bytes, &in.Records[i].Value[0])
		}
	}
	if records == 0 || documents == 0 || rooms == 0 {
		t.Errorf("of 100 rooms each %d, %d and %d were used again", records, documents, rooms)
	}
}

func same[T any](a, b *T) int {
	if a == b {
		return 1
	}
	return 0
}
