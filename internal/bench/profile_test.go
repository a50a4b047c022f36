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

// TestProfileSaysWhereTheTimeGoes profiles a run: its figures are shares of what it
// used, and name what surely takes some.
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
		if spent.Area == "scanning" && spent.Microseconds <= 0 {
			t.Error("scanning takes nothing")
		}
		if !strings.Contains(table.String(), "\n"+spent.Area+" ") {
			t.Errorf("the table has no line of %s:\n%s", spent.Area, table.String())
		}
	}
	if percent < 99.9 || percent > 100.1 || known < 50 {
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
