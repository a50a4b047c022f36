package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/messages"
)

// refused is a line with an entry of that reason.
func refused(offset int64, reason string) *dlq.Line {
	return &dlq.Line{
		Raw: fmt.Appendf(nil, `{"offset":%d}`, offset),
		Entry: dlq.Entry{
			Topic: "users", Partition: 1, Offset: offset, Stage: messages.StageWriter, Status: 400, Reason: reason,
			FailedAt: time.Date(2026, 3, 1, 12, 30, 0, 5e6, time.UTC),
		},
	}
}

// listed is what inspect prints of the lines.
func listed(t *testing.T, f *inspectFlags, lines ...*dlq.Line) string {
	t.Helper()
	var out bytes.Buffer
	s := newListing(f, &out)
	for _, l := range lines {
		if err := s.add(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestListingShowsTheLastAndCountsAll(t *testing.T) {
	got := listed(t, &inspectFlags{limit: 2},
		refused(1, "no [x] in 'a'"), refused(2, "boom"), refused(3, "no [x] in 'b', 5 times"), refused(4, "no [x] in 'b', 7 times"), refused(5, "two\nlines\x1b[31m"))
	want := `TOPIC  PARTITION  OFFSET  FAILED AT             STAGE   STATUS  REASON
users  1          4       2026-03-01T12:30:00Z  writer  400     no [x] in 'b', 7 times
users  1          5       2026-03-01T12:30:00Z  writer  400     two lines [31m

5 entries, the last 2 are shown (--limit 0 shows all)

ENTRIES  STAGE   STATUS  REASON
2        writer  400     no [x] in '...', N times
1        writer  400     boom
1        writer  400     no [x] in '...'
1        writer  400     two lines [Nm
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestListingPrintsEntriesAsTheyAre(t *testing.T) {
	for limit, want := range map[int]string{0: "{\"offset\":1}\n{\"offset\":2}\n{\"offset\":3}\n", 2: "{\"offset\":2}\n{\"offset\":3}\n"} {
		got := listed(t, &inspectFlags{limit: limit, asJSON: true}, refused(1, "a"), refused(2, "b"), refused(3, "c"))
		if got != want {
			t.Errorf("limit %d: %q, want %q", limit, got, want)
		}
	}
}

func TestListingHoldsNoMoreThanItsBounds(t *testing.T) {
	s := newListing(&inspectFlags{limit: 10}, &bytes.Buffer{})
	for i := range 3 * mostKinds {
		if err := s.add(refused(int64(i), strings.Repeat("x", i/3))); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.last) != 10 || len(s.kinds) > mostKinds+1 {
		t.Errorf("%d entries and %d kinds are held", len(s.last), len(s.kinds))
	}
	sum := 0
	for _, n := range s.kinds {
		sum += n
	}
	if sum != 3*mostKinds {
		t.Errorf("%d entries are counted, want %d", sum, 3*mostKinds)
	}
}

func TestFilterTakesWhatIsMeant(t *testing.T) {
	now := time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		filter entryFilter
		want   bool
	}{
		"all":          {entryFilter{}, true},
		"topic":        {entryFilter{topics: []string{"tweets", "users"}}, true},
		"other topic":  {entryFilter{topics: []string{"user"}}, false},
		"stage":        {entryFilter{stages: []string{"writer"}}, true},
		"other stage":  {entryFilter{stages: []string{"consumer", "enricher"}}, false},
		"reason":       {entryFilter{reason: "BOOM"}, true},
		"other reason": {entryFilter{reason: "bang"}, false},
		"ago":          {entryFilter{since: "31m"}, true},
		"too long ago": {entryFilter{since: "29m"}, false},
		"time":         {entryFilter{since: "2026-03-01T13:29:00+01:00"}, true},
		"later":        {entryFilter{since: "2026-03-01T12:31:00Z"}, false},
		"day":          {entryFilter{since: "2026-03-01"}, true},
		"next day":     {entryFilter{since: "2026-03-02"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := tt.filter.check(now); err != nil {
				t.Fatal(err)
			}
			if got := tt.filter.takes(&refused(1, "it went boom").Entry); got != tt.want {
				t.Errorf("takes = %v", got)
			}
		})
	}
}

func TestBarCountsTheChunkByItsSettledRecords(t *testing.T) {
	b := &bar{}
	b.read(100)
	for _, step := range []struct {
		do            func()
		settled, want int64
	}{
		{func() {}, 0, 0},
		{func() { b.sending(4) }, 0, 0},
		{func() {}, 1, 25},
		{func() {}, 4, 100},
		{b.sent, 4, 100},
		{func() { b.read(50); b.read(10) }, 4, 100},
		{func() { b.sending(2) }, 5, 130},
		{b.sent, 6, 160},
		{func() { b.read(5); b.sending(0) }, 6, 160},
		{b.sent, 6, 165},
	} {
		step.do()
		if got := b.at(step.settled); got != step.want {
			t.Errorf("with %d settled it is at %d, want %d", step.settled, got, step.want)
		}
	}
}
