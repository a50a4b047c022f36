package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
)

// idsResults are all measurements, in the order in which they were made.
type idsResults struct {
	Time         time.Time        `json:"time"`
	Machine      string           `json:"machine"`
	Measurements []idsMeasurement `json:"measurements"`
}

// String is the measurement in a line.
func (m idsMeasurement) String() string {
	return fmt.Sprintf("%-13s %6.0f documents/s, %5.2f us of CPU and %5.1f bytes a document, %4.1f of these the id's; again %6.0f documents/s",
		m.Layout, m.Rate, m.CPU, m.each(m.FinalBytes), m.each(m.idBytes()), m.RedeliveredRate)
}

func (m idsMeasurement) idBytes() int64 { return m.IDTermsBytes + m.IDStoredBytes }

// each is the share of a document.
func (m idsMeasurement) each(sum int64) float64 { return float64(sum) / float64(m.Documents) }

// idsQuantity is a column of the table.
type idsQuantity struct {
	name, format string
	of           func(idsMeasurement) float64
}

// idsQuantities are the columns. Bytes and microseconds are those of a document.
var idsQuantities = []idsQuantity{
	{"id chars", "%.1f", func(m idsMeasurement) float64 { return m.IDCharacters }},
	{"docs/s", "%.0f", func(m idsMeasurement) float64 { return m.Rate }},
	{"ES CPU us", "%.2f", func(m idsMeasurement) float64 { return m.CPU }},
	{"bench CPU us", "%.2f", func(m idsMeasurement) float64 { return m.BenchCPU }},
	{"merged times", "%.2f", func(m idsMeasurement) float64 { return m.each(m.MergedDocuments) }},
	{"merged bytes", "%.0f", func(m idsMeasurement) float64 { return m.each(m.MergedBytes) }},
	{"merge us", "%.2f", func(m idsMeasurement) float64 { return m.MergeSeconds * 1e6 / float64(m.Documents) }},
	{"segments", "%.0f", func(m idsMeasurement) float64 { return float64(m.Segments) }},
	{"bytes", "%.1f", func(m idsMeasurement) float64 { return m.each(m.WrittenBytes) }},
	{"again/s", "%.0f", func(m idsMeasurement) float64 { return m.RedeliveredRate }},
	{"again CPU us", "%.2f", func(m idsMeasurement) float64 { return m.RedeliveredCPU }},
	{"force merge s", "%.1f", func(m idsMeasurement) float64 { return m.ForceSeconds }},
	{"its CPU us", "%.2f", func(m idsMeasurement) float64 { return m.ForceCPU }},
	{"then bytes", "%.1f", func(m idsMeasurement) float64 { return m.each(m.FinalBytes) }},
	{"_id terms", "%.1f", func(m idsMeasurement) float64 { return m.each(m.IDTermsBytes) }},
	{"stored", "%.1f", func(m idsMeasurement) float64 { return m.each(m.IDStoredBytes) }},
}

// show writes what was measured as a table, and as JSON where that is wanted.
func (r *idsResults) show(path string, out io.Writer) error {
	if len(r.Measurements) == 0 {
		return nil
	}
	if err := r.writeTable(out); err != nil {
		return err
	}
	return writeJSON(r, path, out)
}

func (r *idsResults) writeTable(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "%s documents of %d partitions, %d connections, %s\n\n", humanize.Comma(int64(r.Measurements[0].Documents)), idsPartitions, idsConnections, r.Machine)
	fmt.Fprint(t, "layout\t")
	for _, q := range idsQuantities {
		fmt.Fprint(t, q.name+"\t")
	}
	fmt.Fprintln(t)
	for _, m := range r.Measurements {
		fmt.Fprint(t, m.Layout+"\t")
		for _, q := range idsQuantities {
			fmt.Fprintf(t, q.format+"\t", q.of(m))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
