package messages

import (
	"bytes"
	"reflect"
	"testing"
)

func TestAppendOffsetJoinsNeighbours(t *testing.T) {
	var got []Range
	for _, step := range []struct {
		offset  int64
		outcome Outcome
	}{{5, Indexed}, {6, Indexed}, {7, Duplicate}, {8, Indexed}, {10, Indexed}} {
		got = AppendOffset(got, step.offset, step.outcome)
	}
	want := []Range{{5, 7, Indexed}, {7, 8, Duplicate}, {8, 9, Indexed}, {10, 11, Indexed}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("ranges are %v, want %v", got, want)
	}
}

func TestBooksBalance(t *testing.T) {
	b := Books{Consumed: int64(Outcomes) + 3, InFlight: 3}
	for i := range Outcomes {
		*b.Outcome(Outcome(i))++
	}
	if !b.Balanced() || b.Settled() != int64(Outcomes) {
		t.Errorf("%+v do not balance", b)
	}
	sum := b
	sum.Add(b)
	if !sum.Balanced() || sum.Consumed != 2*b.Consumed || sum.Returned != 2 {
		t.Errorf("twice %+v is %+v", b, sum)
	}
	sum.InFlight++
	if sum.Balanced() {
		t.Errorf("%+v balance", sum)
	}
}

// TestCloneSharesNothing wants a copy that outlives its fetch buffer, and keeps
// null apart from empty.
func TestCloneSharesNothing(t *testing.T) {
	buffer := []byte("keyvaluehv and the next record")
	r := Record{Offset: 7, Timestamp: -1, Key: buffer[:3], Value: buffer[3:8], Headers: []Header{{Key: buffer[8:9], Value: nil}, {Key: []byte{}, Value: buffer[9:10]}}}
	c := r.Clone()
	clear(buffer)
	want := Record{Offset: 7, Timestamp: -1, Key: []byte("key"), Value: []byte("value"), Headers: []Header{{Key: []byte("h"), Value: nil}, {Key: []byte{}, Value: []byte("v")}}}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("the copy is %+v, want %+v", c, want)
	}
	if cap(c.Value) != len(c.Value) {
		t.Errorf("the copy has room for %d bytes behind its value", cap(c.Value)-len(c.Value))
	}
	tombstone := (&Record{Key: []byte("k")}).Clone()
	if tombstone.Value != nil || !bytes.Equal(tombstone.Key, []byte("k")) {
		t.Errorf("a tombstone became %+v", tombstone)
	}
}

func TestSliceKeepsWhatTheBatchIs(t *testing.T) {
	recycled := false
	d := &DocumentBatch{Claim: &Claim{Topic: "t", Partition: 1, Number: 2}, Docs: make([]Document, 4), Bytes: 400, Attempts: 3, Suspect: true, Recycle: func() { recycled = true }}
	s := d.Slice(1, 3)
	if s.Claim != d.Claim || len(s.Docs) != 2 || s.Bytes != 200 || s.Attempts != 3 || !s.Suspect || s.Recycle != nil || recycled {
		t.Errorf("the slice is %+v", s)
	}
	if got := d.Claim.String(); got != "t-1#2" {
		t.Errorf("the claim is called %s, want t-1#2", got)
	}
}

func TestOutcomesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for i := range Outcomes {
		seen[Outcome(i).String()] = true
	}
	if len(seen) != Outcomes || seen[""] {
		t.Errorf("names are %v", seen)
	}
}
