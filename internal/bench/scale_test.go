package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// run fails unless every document is there.
func TestScaleMeasuresEachSize(t *testing.T) {
	t.Parallel()
	self, err := exec.LookPath("bench")
	if err != nil {
		t.Fatal(err)
	}
	s := &scaleSettings{
		settings: settings{
			records: 5500, rounds: 2, addresses: addressesUniform, json: filepath.Join(t.TempDir(), "results.json"),
			self: []string{self}, buildFlags: raceFlags,
		},
		partitionsIn: []int{40}, topicsIn: []int{1}, membersIn: []int{1, 2}, fetchMemoryIn: []string{"32MiB"},
	}
	var table bytes.Buffer
	if err := scale(t.Context(), s, &table, t.Output()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(s.json)
	if err != nil {
		t.Fatal(err)
	}
	var r scaleResults
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Sizes) != 4 || len(r.Runs) != 8 {
		t.Fatalf("%d sizes and %d runs", len(r.Sizes), len(r.Runs))
	}
	if lines := strings.Count(table.String(), " 32MiB "); lines != len(r.Sizes) {
		t.Errorf("the table has lines of %d sizes:\n%s", lines, table.String())
	}
	for _, run := range r.Runs {
		if len(run.Members) != run.size.Members {
			t.Errorf("%s has %d members", run.size, len(run.Members))
		}
		for name, value := range map[string]float64{
			"rate": run.RecordsPerSecond, "CPU": run.CPUMicroseconds, "allocations": run.Allocations, "peak": run.peak(), "bound": run.bound(),
			"room below its bound": run.bound() - run.peak(), "goroutines": run.goroutines(), "assignment": run.assigned(), "first document": run.FirstSeconds,
		} {
			if value <= 0 {
				t.Errorf("%s has no %s", run.size, name)
			}
		}
	}
}

func TestLayoutSharesPartitions(t *testing.T) {
	for _, test := range []struct {
		topics, partitions int
		want               []topic
	}{
		{2, 12, []topic{{"tweets", 10, false}, {"users", 2, true}}},
		{1, 12, []topic{{"tweets", 12, false}}},
		{3, 12, []topic{{"tweets-1", 5, false}, {"tweets-2", 5, false}, {"users", 2, true}}},
		{2, 1, []topic{{"tweets", 1, false}, {"users", 1, true}}},
		{4, 9, []topic{{"tweets-1", 2, false}, {"tweets-2", 3, false}, {"tweets-3", 3, false}, {"users", 1, true}}},
	} {
		if diff := cmp.Diff(test.want, layout(test.topics, test.partitions)); diff != "" {
			t.Errorf("%d topics, %d partitions: %s", test.topics, test.partitions, diff)
		}
	}
	for topics := 1; topics <= 64; topics++ {
		for _, partitions := range []int{topics, 2*topics + 1, 5000} {
			sum := 0
			for _, x := range layout(topics, partitions) {
				if x.Partitions < 1 {
					t.Errorf("%s of %d topics with %d partitions has none", x.Name, topics, partitions)
				}
				sum += int(x.Partitions)
			}
			if want := max(partitions, min(topics, 2)); sum != want {
				t.Errorf("%d topics with %d partitions have %d", topics, partitions, sum)
			}
		}
	}
}

func TestTurnsFillPartitionsEvenly(t *testing.T) {
	f := filling{Topics: layout(3, 12), Even: true}
	for users, records := range map[bool]int{false: 100_000, true: 9_999} {
		to := newTurns(slots(f.Topics, users), records)
		count := map[slot]int{}
		for n := range records {
			at := to.at(n)
			count[at]++
		}
		least, most := records, 0
		for _, n := range count {
			least, most = min(least, n), max(most, n)
		}
		if want := map[bool]int{false: 10, true: 2}[users]; len(count) != want || most-least > runRecords {
			t.Errorf("users %t: %d partitions with %d to %d records", users, len(count), least, most)
		}
	}
	if alone := slots(layout(1, 3), true); !slices.Equal(alone, slots(layout(1, 3), false)) {
		t.Errorf("users of a single topic go to %v", alone)
	}
}

func TestMemberSaysBoundAndAssignment(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const log = `{"time":"2026-01-01T00:00:00.1Z","level":"INFO","msg":"memory: at most 185 MiB (in flight 64 MiB, garbage and program 121 MiB)"}
{"time":"2026-01-01T00:00:00.5Z","level":"INFO","msg":"assignment: ready"}
`
	got, err := memberSays(use{began: began, peakBytes: 2 << 20, log: []byte(log)})
	if want := (memberUse{PeakMiB: 2, BoundMiB: 185, AssignedSeconds: 0.5}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	first, _, _ := strings.Cut(log, "\n")
	for _, bad := range []string{"", first, "no JSON"} {
		if _, err := memberSays(use{began: began, log: []byte(bad)}); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}
