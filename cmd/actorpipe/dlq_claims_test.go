package main

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/actorpipe/actorpipe/messages"
)

// at is a record that is told from others by its value.
func at(offset, timestamp int64, value string) messages.Record {
	return messages.Record{Offset: offset, Timestamp: timestamp, Value: []byte(value)}
}

func TestAscendingMakesClaimsOfAnyEntries(t *testing.T) {
	for name, tt := range map[string]struct {
		in      []messages.Record
		want    [][]messages.Record
		repeats int
	}{
		"in order":     {[]messages.Record{at(1, 5, "a"), at(4, 5, "b")}, [][]messages.Record{{at(1, 5, "a"), at(4, 5, "b")}}, 0},
		"out of order": {[]messages.Record{at(4, 5, "b"), at(1, 5, "a")}, [][]messages.Record{{at(1, 5, "a"), at(4, 5, "b")}}, 0},
		"repeats, of which the last counts": {
			[]messages.Record{at(4, 5, "b"), at(1, 5, "a"), at(4, 5, "c"), at(4, 5, "d")}, [][]messages.Record{{at(1, 5, "a"), at(4, 5, "d")}}, 2,
		},
		"a topic that was made again": {
			[]messages.Record{at(1, 9, "a"), at(2, 5, "b"), at(1, 5, "c"), at(2, 9, "d"), at(1, 5, "e"), at(1, 12, "f")},
			[][]messages.Record{{at(1, 5, "e"), at(2, 5, "b")}, {at(1, 9, "a"), at(2, 9, "d")}, {at(1, 12, "f")}},
			1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, repeats := ascending(tt.in)
			if diff := cmp.Diff(tt.want, got); diff != "" || repeats != tt.repeats {
				t.Errorf("%d repeats, want %d\n%s", repeats, tt.repeats, diff)
			}
		})
	}
}

func TestAscendingLosesNoRecord(t *testing.T) {
	type id struct{ offset, timestamp int64 }
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOf(rapid.Custom(func(t *rapid.T) messages.Record {
			return at(rapid.Int64Range(0, 20).Draw(t, "offset"), rapid.Int64Range(-1, 2).Draw(t, "timestamp"), "")
		})).Draw(t, "records")
		want := map[id]bool{}
		for _, r := range records {
			want[id{r.Offset, r.Timestamp}] = true
		}
		n := len(records)
		runs, repeats := ascending(records)
		got := map[id]bool{}
		for _, run := range runs {
			for i, r := range run {
				if i > 0 && run[i-1].Offset >= r.Offset {
					t.Fatalf("offsets are not ascending: %v", run)
				}
				got[id{r.Offset, r.Timestamp}] = true
				n--
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || n != repeats {
			t.Fatalf("%d records are missing, %d were counted as repeats\n%s", n, repeats, diff)
		}
	})
}

// TestReplayEndsWhenAllIsSettled: a claim that ended sooner would be revoked, and what
// is under way given back.
func TestReplayEndsWhenAllIsSettled(t *testing.T) {
	records := []messages.Record{at(3, 0, ""), at(7, 0, "")}
	p := newReplay(origin{"users", 1}, records)
	ended := make(chan struct{})
	go func() { // owned by the test
		defer close(ended)
		p.run(t.Context(), t.Context())
	}()
	got := []messages.Record{<-p.Messages(), <-p.Messages()}
	if diff := cmp.Diff(records, got); diff != "" {
		t.Error(diff)
	}
	p.Mark(4)
	p.Mark(7)
	select {
	case <-ended:
		t.Error("the claim ended before its last record was settled")
	case <-p.settled:
		t.Error("a record in flight counts as settled")
	default:
	}
	p.Mark(8)
	p.Mark(8)
	<-ended
	if _, open := <-p.Messages(); open {
		t.Error("there is a record more")
	}
}

func TestReplayEndsWithTheDrain(t *testing.T) {
	drain, cancel := context.WithCancel(t.Context())
	cancel()
	for _, records := range [][]messages.Record{{at(1, 0, "")}, slices.Repeat([]messages.Record{at(1, 0, "")}, readAhead+1)} {
		p := newReplay(origin{"users", 1}, records)
		p.run(drain, t.Context())
		for range p.Messages() { // to its closing
		}
	}
}
