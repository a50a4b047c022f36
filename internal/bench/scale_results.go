package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
)

// scaleResults are all runs of all sizes, and how they came about.
type scaleResults struct {
	Time      time.Time   `json:"time"`
	Machine   string      `json:"machine"`
	Records   int         `json:"records"`
	Rounds    int         `json:"rounds"`
	Addresses string      `json:"addresses"`
	Database  string      `json:"database"` // a file's name, or "the sandbox"
	Sizes     []size      `json:"sizes"`    // the first is what the others are compared with
	Runs      []*scaleRun `json:"runs"`
}

func newScaleResults(s *scaleSettings) *scaleResults {
	about := newResults(&s.settings)
	return &scaleResults{
		Time: about.Time, Machine: about.Machine, Records: about.Records, Rounds: about.Rounds, Addresses: about.Addresses, Database: about.Database,
		Sizes: s.sizes(),
	}
}

// of is what the runs of a size come to, by round.
func (r *scaleResults) of(z size, value func(*scaleRun) float64) (values []float64) {
	for _, run := range r.Runs {
		if run.size == z {
			values = append(values, value(run))
		}
	}
	return values
}

// ratios are the CPU of a size against that of the first, round by round. Runs are
// in the order of their rounds.
func (r *scaleResults) ratios(z size) spread {
	values := r.of(z, (*scaleRun).cpu)
	for i, divisor := range r.of(r.Sizes[0], (*scaleRun).cpu) {
		values[i] /= divisor
	}
	return spreadOf(values)
}

// writeTable writes a line for each size: minimum, median and maximum of its CPU,
// and of what that is against the first size in the same round; else medians, and
// of memory the most that any member of any run has taken.
func (r *scaleResults) writeTable(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "%s records, %d rounds, %s addresses of %s, %s\n\n", humanize.Comma(int64(r.Records)), r.Rounds, r.Addresses, r.Database, r.Machine)
	fmt.Fprint(t, "partitions\ttopics\tmembers\tfetch_memory\tCPU us/record\tround by round\trecords/s\tallocations\tpeak MiB\tof\tgoroutines\tassigned s\tfirst document s\n")
	for _, z := range r.Sizes {
		median := func(value func(*scaleRun) float64) float64 { return spreadOf(r.of(z, value)).Median }
		fmt.Fprintf(t, "%d\t%d\t%d\t%s\t", z.Partitions, z.Topics, z.Members, z.FetchMemory)
		fmt.Fprintf(t, "%s\t%s\t", spreadOf(r.of(z, (*scaleRun).cpu)).text("%.2f"), r.ratios(z).text("%.2f"))
		fmt.Fprintf(t, "%.0f\t%.2f\t", median(func(run *scaleRun) float64 { return run.RecordsPerSecond }), median(func(run *scaleRun) float64 { return run.Allocations }))
		fmt.Fprintf(t, "%.0f\t%.0f\t", spreadOf(r.of(z, (*scaleRun).peak)).Max, median((*scaleRun).bound))
		fmt.Fprintf(t, "%.0f\t%.2f\t%.2f\n", median((*scaleRun).goroutines), median((*scaleRun).assigned), median(func(run *scaleRun) float64 { return run.FirstSeconds }))
	}
	return t.Flush()
}

func (r *scaleRun) cpu() float64 { return r.CPUMicroseconds }

// The most of any member.
func (r *scaleRun) peak() float64 { return r.most(func(m *memberUse) float64 { return m.PeakMiB }) }

func (r *scaleRun) bound() float64 { return r.most(func(m *memberUse) float64 { return m.BoundMiB }) }

func (r *scaleRun) goroutines() float64 {
	return r.most(func(m *memberUse) float64 { return float64(m.Goroutines) })
}

func (r *scaleRun) assigned() float64 {
	return r.most(func(m *memberUse) float64 { return m.AssignedSeconds })
}

func (r *scaleRun) most(of func(*memberUse) float64) (n float64) {
	for i := range r.Members {
		n = max(n, of(&r.Members[i]))
	}
	return n
}
