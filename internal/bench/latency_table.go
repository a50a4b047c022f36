package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
)

// latencyResults are all rates, and how they came about.
type latencyResults struct {
	Time       time.Time   `json:"time"`
	Machine    string      `json:"machine"`
	Seconds    float64     `json:"seconds"` // that each rate was measured for, unless it had too many records for that
	Addresses  string      `json:"addresses"`
	Database   string      `json:"database"` // a file's name, or "the sandbox"
	Stack      bool        `json:"stack"`
	Saturation float64     `json:"saturation_records_per_second,omitempty"`
	Share      float64     `json:"share_of_saturation,omitempty"` // that the last rate is
	Rates      []latencyAt `json:"rates"`
}

func newLatencyResults(s *latencySettings) *latencyResults {
	return &latencyResults{
		Time: time.Now().UTC(), Machine: machine(), Seconds: s.period.Seconds(), Addresses: s.addresses, Database: s.database(), Stack: s.stack, Share: s.share,
	}
}

// about is what was measured, in a line.
func (r *latencyResults) about() string {
	return fmt.Sprintf("%s, %v s a rate, %s addresses of %s, %s", servers(r.Stack), r.Seconds, r.Addresses, r.Database, r.Machine)
}

// writeLatencyTable writes a line for each rate and each thing that its records
// waited for.
func writeLatencyTable(out io.Writer, r *latencyResults) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s: milliseconds since each record was due\n\n", r.about())
	fmt.Fprint(t, "records/s\trecords\tuntil\tp50\tp90\tp99\tp99.9\tmax\trequests\trecords/request\tCPU us/record\t")
	if r.Stack {
		fmt.Fprint(t, "of Elasticsearch\t")
	}
	fmt.Fprintln(t)
	for i := range r.Rates {
		r.Rates[i].write(t, r.Stack)
	}
	if r.Share > 0 {
		fmt.Fprintf(t, "\nthe last is %v of the rate at which it is saturated, %s records/s\n", r.Share, humanize.Comma(int64(r.Saturation)))
	}
	return t.Flush()
}

func (l *latencyAt) write(t io.Writer, stack bool) {
	fmt.Fprintf(t, "%s\t%s\tin Kafka\t%s\t\t\t\t\n", humanize.Comma(int64(l.RecordsPerSecond)), humanize.Comma(int64(l.Records)), l.InKafka)
	fmt.Fprintf(t, "\t\tacknowledged\t%s\t%d\t%.1f\t%.2f\t", l.Acknowledged, l.Requests, l.RecordsPerRequest, l.CPUMicroseconds)
	if stack {
		fmt.Fprintf(t, "%.1f\t", l.ElasticsearchCPU)
	}
	fmt.Fprintln(t)
	if l.Searchable != nil {
		fmt.Fprintf(t, "\t\tsearchable\t%s\t\t\t\t\n", l.Searchable)
	}
}

// String is the columns of a table.
func (l latencies) String() string {
	return fmt.Sprintf("%.1f\t%.1f\t%.1f\t%.1f\t%.1f", l.P50, l.P90, l.P99, l.P999, l.Max)
}
