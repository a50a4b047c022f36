package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// runTimeout is how long one run may take.
const runTimeout = 10 * time.Minute

// measuring is a bench under way.
type measuring struct {
	*settings
	world     world
	actorpipe string // path of the program
	diag      io.Writer
	runs      int       // so far
	first     sinkHolds // what the first run has left; without documents: there was none
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
	ctx, cancel := context.WithTimeoutCause(ctx, runTimeout, errors.New("it took too long"))
	defer cancel()
	t, err := m.world.target(ctx)
	if err != nil {
		return got, err
	}
	defer t.close()
	p, err := m.start(ctx, name, t)
	if err != nil {
		return got, err
	}
	defer p.kill()
	rate, err := m.written(ctx, p, t)
	if err != nil {
		return got, err
	}
	u, peak, err := p.stop(ctx)
	if err != nil {
		return got, err
	}
	holds, err := t.holds(ctx)
	if err != nil {
		return got, err
	}
	n := float64(m.records)
	return measurement{
		Variant: name, RecordsPerSecond: rate, CPUMicroseconds: float64(u.CPU.Nanoseconds()) / 1000 / n,
		Allocations: float64(u.Mallocs) / n, AllocatedBytes: float64(u.Bytes) / n, PeakMiB: float64(peak) / 1024, Requests: holds.Requests,
	}, m.same(name, holds)
}

// start starts a variant that reads everything and writes to t.
func (m *measuring) start(ctx context.Context, name string, t target) (*process, error) {
	listen, err := sandbox.FreeAddress()
	if err != nil {
		return nil, err
	}
	m.runs++
	path, err := writeConfig(m.world.source(), m.runs, t.url(), listen)
	if err != nil {
		return nil, err
	}
	command := []string{m.actorpipe, "start", "-c", path}
	if name != nameActorpipe {
		command = append(append([]string{}, m.self...), "variant", name, "-c", path, "--records", records(m.settings))
	}
	return startProcess(ctx, name, listen, command)
}

func records(s *settings) string { return strconv.Itoa(s.records) }

// written waits until the target has all documents, or the variant has ended.
func (m *measuring) written(ctx context.Context, p *process, t target) (rate float64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	go func() { // ends with the target, which close ends
		defer close(done)
		rate, err = t.written(ctx)
	}()
	select {
	case <-done:
		if err != nil {
			err = p.explain(err)
		}
		return rate, err
	case <-p.ended:
		cancel(errors.Join(errEnded, p.err))
	case <-ctx.Done():
	}
	t.close()
	<-done
	return 0, p.explain(context.Cause(ctx))
}

// same compares documents.
func (m *measuring) same(name string, holds sinkHolds) error {
	if holds.Documents != m.records {
		return fmt.Errorf("%s: %d documents were made of %d records", name, holds.Documents, m.records)
	}
	if m.first.Documents == 0 {
		m.first = holds
	}
	if holds.Sum != m.first.Sum {
		return fmt.Errorf("%s made other documents than the first run: the first of these was\n%s\nand is\n%s", name, m.first.Sample, holds.Sample)
	}
	return nil
}

// machine is what the figures were measured on, as far as it is known.
func machine() string {
	return fmt.Sprintf("%d cores, %s, %s/%s", runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
