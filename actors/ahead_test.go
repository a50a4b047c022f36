package actors

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/actorpipe/actorpipe/messages"
)

// TestReadAheadStopsEveryPartition has claims of one topic hold more than they may
// together: none of its partitions is fetched until half of it is gone.
func TestReadAheadStopsEveryPartition(t *testing.T) {
	a := NewReadAhead(1000)
	var flows [3]*fakePartition
	var valves [3]*valve
	for i := range flows {
		flows[i] = &fakePartition{}
		valves[i] = a.join(flows[i])
	}
	steps := []struct {
		claim int
		held  int64
		shut  bool
		want  [3]string // told by then
	}{
		{0, 600, false, [3]string{}},
		{1, 400, false, [3]string{}},
		{1, 401, false, [3]string{"pause", "pause", "pause"}},
		{1, 300, true, [3]string{"pause", "pause", "pause"}},
		{0, 201, false, [3]string{"pause", "pause", "pause"}},
		{0, 200, false, [3]string{"pause resume", "pause", "pause resume"}}, // claim 1 has too much for itself
		{1, 300, false, [3]string{"pause resume", "pause resume", "pause resume"}},
		{2, 501, true, [3]string{"pause resume pause", "pause resume pause", "pause resume pause"}},
		{2, 0, true, [3]string{"pause resume pause resume", "pause resume pause resume", "pause resume pause"}},
	}
	for i, s := range steps {
		valves[s.claim].set(s.held, s.shut)
		for j := range flows {
			if got := flows[j].said(); got != s.want[j] {
				t.Errorf("step %d: partition %d was told %q, want %q", i, j, got, s.want[j])
			}
		}
	}
}

// TestReadAheadForgetsClaims ends the claim that holds too much: the others go on,
// it is told nothing more; and one that comes while too much is held starts
// stopped.
func TestReadAheadForgetsClaims(t *testing.T) {
	a := NewReadAhead(1000)
	hog, other, late := &fakePartition{}, &fakePartition{}, &fakePartition{}
	v := a.join(hog)
	a.join(other)
	v.set(2000, false)
	a.join(late)
	v.leave()
	if hog.said() != "pause" || other.said() != "pause resume" || late.said() != "pause resume" {
		t.Errorf("they were told %q, %q and %q", hog.said(), other.said(), late.said())
	}
	if a.held != 0 || len(a.valves) != 2 {
		t.Errorf("%d bytes are held by %d claims, want none by 2", a.held, len(a.valves))
	}
}

// TestFeedStopsForItsTopic holds 1000 bytes for the whole topic: records that
// nobody takes stop the partition although a fetch is larger, and what is fixed of
// a record counts.
func TestFeedStopsForItsTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1, budget: 1 << 20, ahead: 1000})
		h.block()
		for held := range 4 {
			if got, want := h.partition.said(), ""; got != want {
				t.Errorf("with %d records held the partition was told %q, want %q", held, got, want)
			}
			h.partition.send("x")
			synctest.Wait()
		}
		if got := h.partition.said(); got != "pause" {
			t.Errorf("with 4 records held the partition was told %q, want pause", got)
		}
		close(h.partition.records)
		h.end(messages.Books{Consumed: 2, Returned: 2})
		if held := h.claims.Topics["tweets"].Ahead.held; held != 0 {
			t.Errorf("%d bytes are held after the claim, want none", held)
		}
	})
}

// TestIntakeHoldsNoFetchBuffer has records arrive in a buffer that is written over
// as soon as they have been taken in: whatever cannot go on, be it a batch, a part
// of one or alone, is what it was.
func TestIntakeHoldsNoFetchBuffer(t *testing.T) {
	for name, test := range map[string]struct {
		budget int64
		rounds []int // records that are ready at once
	}{
		"for budget":                  {1000, []int{1, 1, 3, 1, 600, 2}},
		"for room":                    {1 << 20, []int{1, 1, 3, 1, 600, 2}},
		"for budget, from the first":  {1000, []int{7}},
		"for budget, a batch and one": {batchRecords * 1000, []int{batchRecords + 1, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			in := newIntake(t, true, test.budget)
			offset := int64(0)
			for _, round := range test.rounds {
				buffer := []byte(strings.Repeat("value", round))
				for i := range round {
					in.add(messages.Record{Offset: offset, Value: buffer[5*i : 5*i+5]}, round-1-i)
					offset++
				}
				in.pass()
				clear(buffer)
			}
			held := in.held
			if in.forming != nil {
				held = append(held, in.forming)
			}
			seen := wantValues(t, held)
			if in.heldRecords != seen {
				t.Errorf("%d records are held, %d counted", seen, in.heldRecords)
			}
			for _, p := range in.parked {
				b, _ := p.message.(*messages.RecordBatch)
				seen += wantValues(t, []*pending{{batch: b}})
			}
			if seen == 0 {
				t.Error("nothing is held")
			}
			in.abandon()
		})
	}
}

// wantValues fails the test unless each record is what it was, and counts them.
func wantValues(t *testing.T, batches []*pending) (records int) {
	t.Helper()
	for _, p := range batches {
		for i := range p.batch.Records {
			if r := &p.batch.Records[i]; string(r.Value) != "value" {
				t.Fatalf("record %d is %q", r.Offset, r.Value)
			}
			records++
		}
	}
	return records
}
