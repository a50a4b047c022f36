package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/dustin/go-humanize"
)

// measurement is one run of a variant.
type measurement struct {
	Variant          string  `json:"variant"`
	Round            int     `json:"round"`
	RecordsPerSecond float64 `json:"records_per_second"`
	CPUMicroseconds  float64 `json:"cpu_microseconds_per_record"`
	Allocations      float64 `json:"allocations_per_record"`
	AllocatedBytes   float64 `json:"allocated_bytes_per_record"`
	PeakMiB          float64 `json:"peak_mib"`
	Requests         int64   `json:"bulk_requests"` // 0: not known
}

// String is the measurement in a line.
func (m measurement) String() string {
	return fmt.Sprintf("%-9s %7.0f records/s, %5.2f us of CPU, %5.2f allocations and %4.0f bytes a record, peak %3.0f MiB",
		m.Variant, m.RecordsPerSecond, m.CPUMicroseconds, m.Allocations, m.AllocatedBytes, m.PeakMiB)
}

// quantity is something that is measured.
type quantity struct {
	name, unit string
	format     string
	plot       string // file; empty: none
	of         func(m measurement) float64
}

// quantities are the columns of the table. Elasticsearch does not say how many
// requests there were.
func (r *results) quantities() []quantity {
	all := []quantity{
		{"rate", "records/s", "%.0f", "rate.svg", func(m measurement) float64 { return m.RecordsPerSecond }},
		{"CPU", "us/record", "%.2f", "cpu.svg", func(m measurement) float64 { return m.CPUMicroseconds }},
		{"allocations", "a record", "%.2f", "allocations.svg", func(m measurement) float64 { return m.Allocations }},
		{"allocated", "bytes/record", "%.0f", "", func(m measurement) float64 { return m.AllocatedBytes }},
		{"peak memory", "MiB", "%.0f", "memory.svg", func(m measurement) float64 { return m.PeakMiB }},
		{"requests", "", "%.0f", "", func(m measurement) float64 { return float64(m.Requests) }},
	}
	if r.Stack {
		return all[:len(all)-1]
	}
	return all
}

// spread is the minimum, the median and the maximum of some values.
type spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

// spreadOf is that of at least one value.
func spreadOf(values []float64) spread {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return spread{v[0], (v[(n-1)/2] + v[n/2]) / 2, v[n-1]}
}

// text is the spread in one column.
func (s spread) text(format string) string {
	return fmt.Sprintf(format+"  "+format+"  "+format, s.Min, s.Median, s.Max)
}

// ratio is one variant against another, round by round.
type ratio struct {
	Of      string    `json:"of"`
	To      string    `json:"to"`
	CPU     []float64 `json:"cpu"`  // by round
	Rate    []float64 `json:"rate"` // by round
	CPUAll  spread    `json:"cpu_spread"`
	RateAll spread    `json:"rate_spread"`
}

// results are all measurements, and how they came about.
type results struct {
	Time         time.Time     `json:"time"`
	Machine      string        `json:"machine"`
	Records      int           `json:"records"`
	Rounds       int           `json:"rounds"`
	Addresses    string        `json:"addresses"`
	Database     string        `json:"database"` // a file's name, or "the sandbox"
	Stack        bool          `json:"stack"`
	Variants     []string      `json:"variants"`
	Measurements []measurement `json:"measurements"`
	Ratios       []ratio       `json:"ratios"` // set by writeJSON
}

func newResults(s *settings) *results {
	return &results{
		Time: time.Now().UTC(), Machine: machine(), Records: s.records, Rounds: s.rounds, Addresses: s.addresses, Database: s.database(), Stack: s.stack,
		Variants: s.variants,
	}
}

// about is what was measured, in a line.
func (r *results) about() string {
	return fmt.Sprintf("%s, %s records, %d rounds, %s addresses of %s, %s", servers(r.Stack), humanize.Comma(int64(r.Records)), r.Rounds, r.Addresses, r.Database, r.Machine)
}

// servers are where records came from and documents went to.
func servers(stack bool) string {
	if stack {
		return "Kafka and Elasticsearch"
	}
	return "embedded broker and sink"
}

// values are those of one variant, by round.
func (r *results) values(variant string, of func(measurement) float64) (values []float64) {
	for _, m := range r.Measurements {
		if m.Variant == variant {
			values = append(values, of(m))
		}
	}
	return values
}

// ratios are those of actorpipe to each other variant, none where it did not run.
func (r *results) ratios() (all []ratio) {
	if !slices.Contains(r.Variants, nameActorpipe) {
		return nil
	}
	for _, other := range r.Variants {
		if other == nameActorpipe {
			continue
		}
		x := ratio{
			Of: nameActorpipe, To: other,
			CPU:  r.pairs(nameActorpipe, other, func(m measurement) float64 { return m.CPUMicroseconds }),
			Rate: r.pairs(nameActorpipe, other, func(m measurement) float64 { return m.RecordsPerSecond }),
		}
		x.CPUAll, x.RateAll = spreadOf(x.CPU), spreadOf(x.Rate)
		all = append(all, x)
	}
	return all
}

// pairs are one variant's values through another's of the same round.
func (r *results) pairs(variant, by string, of func(measurement) float64) []float64 {
	values := r.values(variant, of)
	for i, divisor := range r.values(by, of) {
		values[i] /= divisor
	}
	return values
}

// writeJSON writes the results to the file, - for out; nothing where it is empty.
func (r *results) writeJSON(path string, out io.Writer) error {
	r.Ratios = r.ratios()
	return writeJSON(r, path, out)
}

// writeJSON writes results to the file, - for out; nothing where it is empty.
func writeJSON(results any, path string, out io.Writer) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if path == "-" {
		_, err = out.Write(text)
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // part of the documentation
		return err
	}
	return os.WriteFile(path, text, 0o644) //nolint:gosec // as above
}
