package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/go-analyze/charts"
	"github.com/google/pprof/profile"
)

// spending is what a part of the program takes of a record.
type spending struct {
	Area         string  `json:"area"`
	Microseconds float64 `json:"cpu_microseconds_per_record"`
	Percent      float64 `json:"cpu_percent"`
	Objects      float64 `json:"objects_per_record"`
	Bytes        float64 `json:"bytes_per_record"`
}

// wait is how long goroutines waited in a function, all together.
type wait struct {
	Function string        `json:"function"`
	Total    time.Duration `json:"nanoseconds"`
}

// profileResults are what the profiles say.
type profileResults struct {
	Machine   string     `json:"machine"`
	Records   int        `json:"records"`
	Addresses string     `json:"addresses"`
	Database  string     `json:"database"`
	Spendings []spending `json:"spendings"` // most CPU first
	Mutexes   []wait     `json:"mutexes"`   // for a lock that another had; longest first
	Blocked   []wait     `json:"blocked"`   // for anything; longest first
}

// mostWaits is how many functions are listed of those that wait.
const mostWaits = 8

func newProfileResults(s *settings, folder string) (*profileResults, error) {
	r := &profileResults{Machine: machine(), Records: s.records, Addresses: s.addresses, Database: s.database()}
	cpu, err := readProfile(folder, "cpu")
	if err != nil {
		return nil, err
	}
	allocs, err := readProfile(folder, "allocs")
	if err != nil {
		return nil, err
	}
	r.spend(cpu, allocs)
	if r.Mutexes, err = readWaits(folder, "mutex"); err != nil {
		return nil, err
	}
	r.Blocked, err = readWaits(folder, "block")
	return r, err
}

func readProfile(folder, name string) (*profile.Profile, error) {
	f, err := os.Open(filepath.Join(folder, name+".pprof"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	p, err := profile.Parse(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return p, nil
}

// spend adds up samples by area: nanoseconds are the second value of one of CPU,
// objects and bytes the first two of one of allocations.
func (r *profileResults) spend(cpu, allocs *profile.Profile) {
	all, n, total := make([]spending, len(areas)+1), float64(r.Records), 0.0
	for i := range areas {
		all[i].Area = areas[i].name
	}
	all[len(areas)].Area = restName
	for _, s := range cpu.Sample {
		all[areaOf(s)].Microseconds += float64(s.Value[1]) / 1000 / n
		total += float64(s.Value[1]) / 1000 / n
	}
	for _, s := range allocs.Sample {
		p := &all[areaOf(s)]
		p.Objects += float64(s.Value[0]) / n
		p.Bytes += float64(s.Value[1]) / n
	}
	for i := range all {
		all[i].Percent = 100 * all[i].Microseconds / total
	}
	slices.SortStableFunc(all, func(a, b spending) int { return cmp.Compare(b.Microseconds, a.Microseconds) })
	r.Spendings = all
}

// readWaits is who waited longest: nanoseconds are the second value of a sample.
func readWaits(folder, name string) (waits []wait, err error) {
	p, err := readProfile(folder, name)
	if err != nil {
		return nil, err
	}
	by := map[string]time.Duration{}
	for _, s := range p.Sample {
		by[waiter(s)] += time.Duration(s.Value[1])
	}
	for function, total := range maps.All(by) {
		waits = append(waits, wait{function, total})
	}
	slices.SortFunc(waits, func(a, b wait) int { return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Function, b.Function)) })
	return waits[:min(len(waits), mostWaits)], nil
}

// about is what was profiled, in a line.
func (r *profileResults) about() string {
	return fmt.Sprintf("%d records, %s addresses of %s, %s", r.Records, r.Addresses, r.Database, r.Machine)
}

func (r *profileResults) writeTable(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "%s\n\nwhere\tus of CPU\tpercent\tobjects\tbytes a record\n", r.about())
	for _, s := range r.Spendings {
		fmt.Fprintf(t, "%s\t%.3f\t%.1f\t%.3f\t%.0f\n", s.Area, s.Microseconds, s.Percent, s.Objects, s.Bytes)
	}
	for _, list := range []struct {
		name  string
		waits []wait
	}{{"for a lock, in all", r.Mutexes}, {"for anything, in all", r.Blocked}} {
		fmt.Fprintf(t, "\nwaited %s\n", list.name)
		for _, w := range list.waits {
			fmt.Fprintf(t, "%s\t%s\n", w.Function, w.Total.Round(100*time.Microsecond))
		}
	}
	return t.Flush()
}

// writePlot draws where the time goes into folder; nothing where it is empty.
func (r *profileResults) writePlot(folder string) error {
	if folder == "" {
		return nil
	}
	shown := slices.Clone(r.Spendings)
	slices.Reverse(shown) // the last is drawn on top
	bars := charts.BarSeries{Label: charts.SeriesLabel{Show: charts.Ptr(true), ValueFormatter: shortNumber}}
	labels := make([]string, 0, len(shown))
	for _, s := range shown {
		labels = append(labels, s.Area)
		bars.Values = append(bars.Values, s.Microseconds)
	}
	o := charts.NewBarChartOptionWithSeries(charts.BarSeriesList{bars})
	o.Horizontal = true
	o.CategoryAxis.Labels, o.CategoryAxis.LabelFontStyle.FontSize = labels, textSize-1
	o.ValueFormatter = shortNumber
	o.Title = plotTitle("where the CPU of a record goes, us", r.about())
	return draw(filepath.Join(folder, "where-the-time-goes.svg"), func(p *charts.Painter) error { return p.BarChart(o) })
}
