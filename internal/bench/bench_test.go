package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// TestMain lets the test run this binary as the bench's processes.
func TestMain(m *testing.M) {
	testscript.Main(noLeaks{m}, map[string]func(){"bench": func() { os.Exit(run()) }})
}

// noLeaks looks for goroutines that the tests have left.
type noLeaks struct{ *testing.M }

func (m noLeaks) Run() int {
	code := m.M.Run()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// measure fails unless every run has left the same documents.
func TestVariantsLeaveTheSameDocuments(t *testing.T) {
	t.Parallel()
	self, err := exec.LookPath("bench")
	if err != nil {
		t.Fatal(err)
	}
	s := &settings{
		records: 5500, rounds: 1, addresses: addressesUniform, variants: variantNames(),
		json: filepath.Join(t.TempDir(), "new", "results.json"), plots: t.TempDir(), self: []string{self}, buildFlags: raceFlags,
	}
	var table bytes.Buffer
	if err := bench(t.Context(), s, &table, t.Output()); err != nil {
		t.Fatal(err)
	}
	for _, line := range append(variantNames(), "actorpipe/channels", "actorpipe/bare") {
		if !strings.Contains(table.String(), "\n"+line+" ") {
			t.Errorf("the table has no line of %s:\n%s", line, table.String())
		}
	}
	plots, err := filepath.Glob(filepath.Join(s.plots, "*.svg"))
	if err != nil || len(plots) != 6 {
		t.Errorf("the plots are %v, %v", plots, err)
	}
	text, err := os.ReadFile(s.json)
	if err != nil {
		t.Fatal(err)
	}
	var r results
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Measurements) != len(variantNames()) {
		t.Fatalf("%d measurements", len(r.Measurements))
	}
	for _, m := range r.Measurements {
		for _, q := range r.quantities() {
			if q.of(m) <= 0 {
				t.Errorf("%s has no %s", m.Variant, q.name)
			}
		}
	}
}

func TestOtherDocumentsAreAnError(t *testing.T) {
	sum := func(documents ...[3]string) sinkHolds {
		var d digest
		for _, x := range documents {
			d.add(x[0], x[1], x[2])
		}
		return sinkHolds{Documents: d.documents, Sum: d.String(), Sample: d.sample}
	}
	a, b := [3]string{"tweets", "1", "{}"}, [3]string{"tweets", "2", "{}"}
	m := &measuring{settings: &settings{records: 2}, first: sum(a, b)}
	if err := m.same(nameBare, sum(b, a)); err != nil {
		t.Errorf("another order: %v", err)
	}
	for name, other := range map[string]sinkHolds{
		"source": sum(a, [3]string{"tweets", "2", "{ }"}), "id": sum(a, [3]string{"tweets", "3", "{}"}), "index": sum(a, [3]string{"users", "2", "{}"}),
		"twice": sum(a, a), "fewer": sum(a), "more": sum(a, b, a), "parts": sum(a, [3]string{"tweets", "2{", "}"}),
	} {
		if m.same(nameBare, other) == nil {
			t.Errorf("another %s is no error", name)
		}
	}
}

func TestAddressesAreKnownAndZipfRepeats(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "City.mmdb")
	if err := sandbox.WriteDatabase(database); err != nil {
		t.Fatal(err)
	}
	const draws = 5000
	for kind, atMost := range map[string]int{addressesUniform: 3, addressesZipf: draws} {
		a, err := newAddresses(kind, database, 1000)
		if err != nil {
			t.Fatal(err)
		}
		count, most := map[string]int{}, 0
		for range draws {
			address := a.draw()
			if !a.database.Lookup(address).Found() {
				t.Errorf("%s: the database does not know %s", kind, address)
			}
			count[address.String()]++
			most = max(most, count[address.String()])
		}
		if most > atMost || kind == addressesZipf && most < draws/20 {
			t.Errorf("%s: of %d addresses one came %d times", kind, draws, most)
		}
		if err := a.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRatiosArePairByPair(t *testing.T) {
	r := &results{Variants: []string{nameBare, nameActorpipe}, Measurements: []measurement{
		{Variant: nameActorpipe, Round: 1, CPUMicroseconds: 2, RecordsPerSecond: 100},
		{Variant: nameBare, Round: 1, CPUMicroseconds: 1, RecordsPerSecond: 400},
		{Variant: nameBare, Round: 2, CPUMicroseconds: 10, RecordsPerSecond: 40},
		{Variant: nameActorpipe, Round: 2, CPUMicroseconds: 11, RecordsPerSecond: 20},
	}}
	got := r.ratios()
	if len(got) != 1 || got[0].CPUAll != (spread{1.1, 1.55, 2}) || got[0].RateAll != (spread{0.25, 0.375, 0.5}) {
		t.Errorf("the ratios are %+v", got)
	}
	if s := spreadOf([]float64{5, 1, 3}); s != (spread{1, 3, 5}) {
		t.Errorf("the spread is %+v", s)
	}
}
