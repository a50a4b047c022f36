package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
)

// measuring is a bench under way.
type measuring struct {
	*settings
	world     world
	actorpipe string // path of the program
	diag      io.Writer
	runs      int       // so far
	first     sinkHolds // what the first run has left; without documents: there was none

	environment []string                                    // of actorpipe, beside this process's
	beforeEnd   func(ctx context.Context, p *process) error // of each process, once all is written; nil: nothing
}

// measure runs all variants, round by round.
func measure(ctx context.Context, s *settings, diag io.Writer) (*results, error) {
	fmt.Fprintf(diag, "filling the topics with %d records\n", s.records)
	w, err := newWorld(ctx, s)
	if err != nil {
		return nil, err
	}
	defer w.close(ctx)
	m := &measuring{settings: s, world: w, diag: diag}
	if slices.Contains(s.variants, nameActorpipe) {
		fmt.Fprintln(diag, "building actorpipe")
		if m.actorpipe, err = buildActorpipe(ctx, w.source().dir, s.buildFlags); err != nil {
			return nil, err
		}
	}
	for warmed := 0; s.stack && warmed < s.warm; warmed += s.records {
		fmt.Fprintln(diag, "warming up")
		if _, err := m.run(ctx, nameBare); err != nil {
			return nil, err
		}
	}
	r := newResults(s)
	for round := range s.rounds {
		for i := range s.variants {
			got, err := m.run(ctx, s.variants[(round+i)%len(s.variants)])
			if err != nil {
				return nil, err
			}
			got.Round = round + 1
			fmt.Fprintf(diag, "round %d: %s\n", got.Round, got)
			r.Measurements = append(r.Measurements, got)
		}
	}
	return r, nil
}

// run runs a variant once, and compares what it has left with what the first one
// has.
func (m *measuring) run(ctx context.Context, name string) (got measurement, err error) {
	r, err := m.once(ctx, name)
	if err != nil {
		return got, err
	}
	u, n := r.uses[0], float64(m.records)
	return measurement{
		Variant: name, RecordsPerSecond: r.rate.RecordsPerSecond, CPUMicroseconds: float64(u.CPU.Nanoseconds()) / 1000 / n,
		Allocations: float64(u.Mallocs) / n, AllocatedBytes: float64(u.Bytes) / n, PeakMiB: float64(u.peakBytes) / (1 << 20), Requests: r.holds.Requests,
	}, m.same(name, r.holds)
}

// same compares documents.
func (m *measuring) same(name string, holds sinkHolds) error {
	if err := m.all(name, holds); err != nil {
		return err
	}
	if m.first.Documents == 0 {
		m.first = holds
	}
	if holds.Sum != m.first.Sum {
		return fmt.Errorf("%s made other documents than the first run: the first of these was\n%s\nand is\n%s", name, m.first.Sample, holds.Sample)
	}
	return nil
}

// all counts documents.
func (s *settings) all(name string, holds sinkHolds) error {
	if holds.Documents != s.records {
		return fmt.Errorf("%s: %d documents were made of %d records", name, holds.Documents, s.records)
	}
	return nil
}

// machine is what the figures were measured on, as far as it is known.
func machine() string {
	return fmt.Sprintf("%d cores, %s, %s/%s", runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
