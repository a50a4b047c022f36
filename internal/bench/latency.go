package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

const (
	// leadTime is how long a rate is produced before it is measured.
	leadTime = 3 * time.Second
	// stackLeadTime is that of a real Elasticsearch: it makes its index first, and what
	// has waited for that has to be worked off.
	stackLeadTime = 30 * time.Second
	// mostRecords is how many a rate measures at most: the embedded broker and
	// sink keep them in memory.
	mostRecords = 1_500_000
	// aheadRecords is more than a pipeline takes into flight.
	aheadRecords = 100_000
)

// latencySettings are what the flags of latency say.
type latencySettings struct {
	settings
	rates  []int         // records a second
	share  float64       // of saturation, to be measured too; 0: not
	period time.Duration // of each rate
	lead   time.Duration // before it
	ahead  int           // records that the producer is ahead of a pipeline that is to be saturated
}

// latencyCommand measures how long a record takes.
func latencyCommand() *cobra.Command {
	s := latencySettings{lead: leadTime, ahead: aheadRecords}
	c := &cobra.Command{
		Use:   "latency",
		Short: "Measure how long a record takes from when it is due to the sink, at fixed rates",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if s.stack {
				s.lead = stackLeadTime
			}
			return latency(c.Context(), &s, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.IntSliceVar(&s.rates, "rates", []int{100, 1000, 10_000}, "records a second")
	f.Float64Var(&s.share, "share", 0.8, "measure this share of the rate, too, at which the pipeline is saturated (0: do not)")
	f.DurationVar(&s.period, "for", 20*time.Second, fmt.Sprintf("how long each rate is measured, at most %d records", mostRecords))
	s.sourceFlags(f)
	s.stackFlags(f)
	return c
}

func (s *latencySettings) check() error {
	switch {
	case slices.ContainsFunc(s.rates, func(rate int) bool { return rate < 1 }):
		return errors.New("--rates: at least one record a second is needed")
	case s.share < 0 || s.share > 1:
		return errors.New("--share: it is between 0 and 1")
	case len(s.rates) == 0 && s.share == 0:
		return errors.New("--rates: none, and no --share")
	case s.period <= 0:
		return errors.New("--for: some time is needed")
	}
	return s.checkSource()
}

// latency measures, and shows what was measured.
func latency(ctx context.Context, s *latencySettings, out, diag io.Writer) error {
	if err := s.check(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "actorpipe-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b := &latencyBench{latencySettings: s, diag: diag}
	fmt.Fprintln(diag, "building actorpipe")
	if b.actorpipe, err = buildActorpipe(ctx, dir, s.buildFlags); err != nil {
		return err
	}
	r, err := b.measure(ctx)
	if err != nil {
		return err
	}
	if err := writeLatencyTable(out, r); err != nil {
		return err
	}
	return writeJSON(r, s.json, out)
}

// latencyBench is a bench of latencies under way.
type latencyBench struct {
	*latencySettings
	actorpipe string // path of the program
	diag      io.Writer
}

// measure measures all rates, that of saturation first: it also warms up a real
// Elasticsearch.
func (b *latencyBench) measure(ctx context.Context) (*latencyResults, error) {
	r := newLatencyResults(b.latencySettings)
	rates := slices.Clone(b.rates)
	if b.share > 0 {
		fmt.Fprintln(b.diag, "saturating")
		saturation, err := b.saturation(ctx)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(b.diag, "saturated at %.0f records/s\n", saturation)
		r.Saturation = saturation
		rates = append(rates, max(int(b.share*saturation), 1))
	}
	for _, rate := range rates {
		got, err := b.rate(ctx, rate)
		if err != nil {
			return nil, fmt.Errorf("at %d records/s: %w", rate, err)
		}
		fmt.Fprintf(b.diag, "%d records/s: acknowledged after %.0f ms, 99 %% within %.0f ms\n", rate, got.Acknowledged.P50, got.Acknowledged.P99)
		r.Rates = append(r.Rates, got)
	}
	return r, nil
}

// saturation is the highest rate, of records a second, that producer, brokers,
// pipeline and sink keep up together.
func (b *latencyBench) saturation(ctx context.Context) (rate float64, err error) {
	lead := b.ahead
	if b.stack {
		lead = max(lead, b.warm)
	}
	err = b.run(ctx, 0, func(ctx context.Context, a *arena) error {
		if a.stack != nil { // as the rates will be: it takes CPU
			defer startSearch(ctx, a.stack, math.MaxInt).stop()
		}
		ended, err := a.load(ctx, &load{lead: lead, records: mostRecords, window: window{listen: a.listen, size: b.ahead, longest: b.period}}, nil)
		rate = ended.RecordsPerSecond
		return err
	})
	return rate, err
}

// rate measures one rate.
func (b *latencyBench) rate(ctx context.Context, rate int) (got latencyAt, err error) {
	n := max(min(int(b.period.Seconds()*float64(rate)), mostRecords), 1)
	err = b.run(ctx, n, func(ctx context.Context, a *arena) error {
		got, err = a.measure(ctx, &load{rate: rate, lead: int(b.lead.Seconds() * float64(rate)), records: n})
		return err
	})
	return got, err
}
