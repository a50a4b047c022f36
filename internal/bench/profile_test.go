package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAreaOfAFunction has the longest beginning decide.
func TestAreaOfAFunction(t *testing.T) {
	for function, want := range map[string]string{
		ours + "internal/record.(*Plan).Scan":                       "scanning",
		ours + "internal/record.(*Plan).Splice":                     "splicing",
		ours + "internal/elastic.(*Bulker).build":                   "bulk bodies",
		ours + "internal/elastic.(*Bulker).appendPlace":             "bulk bodies",
		ours + "internal/elastic.(*decimals).append":                "bulk bodies",
		ours + "internal/elastic.(*Client).do":                      "HTTP",
		ours + "actors.(*making).some":                              "enrichers and writers",
		ours + "actors.(*intake).add":                               "claims",
		ours + "actors/mailbox.(*Queue).take":                       "mailboxes and dispatch",
		"github.com/IBM/sarama.(*partitionConsumer).responseFeeder": "Kafka client",
		"runtime.mallocgc":                                          "allocating",
		"runtime.memmove":                                           "",
	} {
		got := ""
		if i := areaNamed(function); i >= 0 {
			got = areas[i].name
		}
		if got != want {
			t.Errorf("%s belongs to %q, want %q", function, got, want)
		}
	}
}

// TestProfileSaysWhereTheTimeGoes profiles a run: its figures are shares of what it
// used, some of it in an area that is known.
func TestProfileSaysWhereTheTimeGoes(t *testing.T) {
	t.Parallel()
	self, err := exec.LookPath("bench")
	if err != nil {
		t.Fatal(err)
	}
	s := &profileSettings{settings: settings{
		records: 55_000, addresses: addressesUniform, json: filepath.Join(t.TempDir(), "profile.json"), plots: t.TempDir(), self: []string{self}, buildFlags: raceFlags,
	}, keep: t.TempDir()}
	var table bytes.Buffer
	if err := profileRun(t.Context(), s, &table, t.Output()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(s.json)
	if err != nil {
		t.Fatal(err)
	}
	var r profileResults
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Spendings) != len(areas)+1 {
		t.Fatalf("it is spent on %d areas, want %d and the rest", len(r.Spendings), len(areas))
	}
	percent, known := 0.0, 0.0
	for _, spent := range r.Spendings {
		percent += spent.Percent
		if spent.Area != restName {
			known += spent.Percent
		}
		if !strings.Contains(table.String(), "\n"+spent.Area+" ") {
			t.Errorf("the table has no line of %s:\n%s", spent.Area, table.String())
		}
	}
	if percent < 99.9 || percent > 100.1 || known == 0 {
		t.Errorf("the areas have %.1f %% of the CPU, %.1f without the rest", percent, known)
	}
	if len(r.Blocked) == 0 {
		t.Error("nobody ever waited")
	}
	plots, err := filepath.Glob(filepath.Join(s.plots, "*.svg"))
	if err != nil || len(plots) != 1 {
		t.Errorf("the plots are %v, %v", plots, err)
	}
	profiles, err := filepath.Glob(filepath.Join(s.keep, "*"))
	if err != nil || len(profiles) != 4 {
		t.Errorf("the profiles are %v, %v", profiles, err)
	}
}
