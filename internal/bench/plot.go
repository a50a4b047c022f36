package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/dustin/go-humanize"
	"github.com/go-analyze/charts"
)

// The size of a plot in pixels, and of its dots.
const (
	plotWidth  = 900
	plotHeight = 420
	dotSize    = 4
	titleSize  = 14
	textSize   = 10
)

// writePlots draws the results into folder; nothing where it is empty.
func writePlots(folder string, r *results) error {
	if folder == "" {
		return nil
	}
	for _, q := range r.quantities() {
		if q.plot == "" {
			continue
		}
		if err := writePlot(filepath.Join(folder, q.plot), q.name+", "+q.unit, r.about(), r.byVariant(q)); err != nil {
			return err
		}
	}
	ratios := r.ratios()
	if len(ratios) == 0 {
		return nil
	}
	if err := writePlot(filepath.Join(folder, "rate-ratios.svg"), "rate of actorpipe, divided by another's in the same round", r.about(), byRate(ratios)); err != nil {
		return err
	}
	return writePlot(filepath.Join(folder, "cpu-ratios.svg"), "CPU of actorpipe, divided by another's in the same round", r.about(), byCPU(ratios))
}

// column is one place on the horizontal axis, with a dot for each round.
type column struct {
	label  string
	values []float64
}

func (r *results) byVariant(q quantity) (columns []column) {
	for _, v := range r.Variants {
		columns = append(columns, column{v, r.values(v, q.of)})
	}
	return columns
}

func byRate(ratios []ratio) (columns []column) {
	for _, x := range ratios {
		columns = append(columns, column{x.To, x.Rate})
	}
	return columns
}

// byCPU is without what sends only.
func byCPU(ratios []ratio) (columns []column) {
	for _, x := range ratios {
		if x.To != namePrebuilt {
			columns = append(columns, column{x.To, x.CPU})
		}
	}
	return columns
}

// writePlot draws each round as a dot, and the medians with their values; nothing
// where there are no columns.
func writePlot(path, title, about string, columns []column) error {
	if len(columns) == 0 {
		return nil
	}
	rounds := charts.ScatterSeries{Name: "a round", Symbol: charts.Symbol{Shape: charts.SymbolCircle, Size: dotSize}}
	medians := charts.ScatterSeries{
		Name: "median", Symbol: charts.Symbol{Shape: charts.SymbolDiamond, Size: dotSize},
		Label: charts.SeriesLabel{Show: charts.Ptr(true), ValueFormatter: shortNumber},
	}
	labels := make([]string, 0, len(columns))
	for _, c := range columns {
		labels = append(labels, c.label)
		rounds.Values = append(rounds.Values, c.values)
		medians.Values = append(medians.Values, []float64{spreadOf(c.values).Median})
	}
	o := charts.NewScatterChartOptionWithSeries(charts.ScatterSeriesList{rounds, medians})
	o.Title = plotTitle(title, about)
	o.XAxis.Labels, o.XAxis.BoundaryGap = labels, charts.Ptr(true)
	o.YAxis[0].Min = charts.Ptr(0.0)
	o.Legend.SeriesNames = []string{rounds.Name, medians.Name}
	o.Legend.Offset = charts.OffsetStr{Left: charts.PositionRight}
	o.ValueFormatter = shortNumber
	return draw(path, func(p *charts.Painter) error { return p.ScatterChart(o) })
}

// plotTitle is what a plot shows, and below that how it was measured.
func plotTitle(title, about string) (o charts.TitleOption) {
	o.Text, o.Subtext = title, about
	o.FontStyle.FontSize, o.SubtextFontStyle.FontSize = titleSize, textSize
	o.Offset = charts.OffsetStr{Left: charts.PositionLeft}
	return o
}

// draw writes a plot, and makes its folder.
func draw(path string, chart func(p *charts.Painter) error) error {
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: plotWidth, Height: plotHeight})
	if err := chart(p); err != nil {
		return fmt.Errorf("draw %s: %w", path, err)
	}
	svg, err := p.Bytes()
	if err != nil {
		return fmt.Errorf("draw %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // part of the documentation
		return err
	}
	return os.WriteFile(path, svg, 0o644) //nolint:gosec // as above
}

// shortNumber is a value with three digits that count, or all it has before the point.
func shortNumber(v float64) string {
	switch {
	case v >= 100:
		return humanize.Comma(int64(math.Round(v)))
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v > 0:
		return fmt.Sprintf("%.2f", v)
	}
	return "0"
}
