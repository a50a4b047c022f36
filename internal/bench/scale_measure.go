package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"time"
)

// memberUse is what one member of a group has used.
type memberUse struct {
	CPUMicroseconds float64 `json:"cpu_microseconds_per_record"` // of all records, whoever read them
	PeakMiB         float64 `json:"peak_mib"`
	BoundMiB        float64 `json:"bound_mib"` // as it prints it
	Goroutines      uint64  `json:"goroutines"`
	AssignedSeconds float64 `json:"assigned_seconds"` // from its start
}

// scaleRun is one run of one size.
type scaleRun struct {
	size
	Round            int         `json:"round"`
	RecordsPerSecond float64     `json:"records_per_second"`
	CPUMicroseconds  float64     `json:"cpu_microseconds_per_record"` // of all members, as allocations are
	Allocations      float64     `json:"allocations_per_record"`
	AllocatedBytes   float64     `json:"allocated_bytes_per_record"`
	Requests         int64       `json:"bulk_requests"`
	FirstSeconds     float64     `json:"first_document_seconds"` // from the start of the first member
	Members          []memberUse `json:"member"`
}

func (r *scaleRun) String() string {
	return fmt.Sprintf("%s: %.0f records/s, %.2f us of CPU, %.2f allocations and %.0f bytes a record, peak %.0f of %.0f MiB, %.0f goroutines, assigned after %.2f s, first document after %.2f s",
		r.size, r.RecordsPerSecond, r.CPUMicroseconds, r.Allocations, r.AllocatedBytes, r.peak(), r.bound(), r.goroutines(), r.assigned(), r.FirstSeconds)
}

// measure runs all sizes, round by round, beginning with another one each time.
func (s *scaleSettings) measure(ctx context.Context, diag io.Writer) (*scaleResults, error) {
	dir, err := os.MkdirTemp("", "actorpipe-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	fmt.Fprintln(diag, "building actorpipe")
	program, err := buildActorpipe(ctx, dir, s.buildFlags)
	if err != nil {
		return nil, err
	}
	r := newScaleResults(s)
	for round := range s.rounds {
		for i := range r.Sizes {
			got, err := s.run(ctx, r.Sizes[(round+i)%len(r.Sizes)], program, diag)
			if err != nil {
				return nil, err
			}
			got.Round = round + 1
			fmt.Fprintf(diag, "round %d: %s\n", got.Round, got)
			r.Runs = append(r.Runs, got)
		}
	}
	return r, nil
}

// run runs actorpipe once on brokers of that size, which are filled for it.
func (s *scaleSettings) run(ctx context.Context, z size, program string, diag io.Writer) (*scaleRun, error) {
	of := s.settings
	of.layout, of.members, of.fetchMemory = layout(z.Topics, z.Partitions), z.Members, z.FetchMemory
	w, err := newWorld(ctx, &of)
	if err != nil {
		return nil, err
	}
	defer w.close(ctx)
	m := &measuring{settings: &of, world: w, actorpipe: program, diag: diag}
	o, err := m.once(ctx, nameActorpipe)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", z, err)
	}
	if err := m.all(z.String(), o.holds); err != nil {
		return nil, err
	}
	return newScaleRun(z, &o, float64(of.records))
}

func newScaleRun(z size, o *outcome, records float64) (*scaleRun, error) {
	r := &scaleRun{size: z, RecordsPerSecond: o.rate.RecordsPerSecond, Requests: o.holds.Requests}
	for _, u := range o.uses {
		m, err := memberSays(u)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", z, err)
		}
		m.CPUMicroseconds = float64(u.CPU.Nanoseconds()) / 1000 / records
		r.Members = append(r.Members, m)
		r.CPUMicroseconds += m.CPUMicroseconds
		r.Allocations += float64(u.Mallocs) / records
		r.AllocatedBytes += float64(u.Bytes) / records
		r.FirstSeconds = max(r.FirstSeconds, o.rate.First.Sub(u.began).Seconds())
	}
	return r, nil
}

// What actorpipe logs once it knows the partitions, and once it has some.
var (
	boundLine    = regexp.MustCompile(`^memory: at most (\d+) MiB `)
	assignedLine = "assignment: ready"
)

// memberSays is what a member has used, by the kernel and by its own words.
func memberSays(u use) (m memberUse, err error) {
	m.PeakMiB, m.Goroutines = float64(u.peakBytes)/(1<<20), u.Goroutines
	var assigned time.Time
	for lines := bufio.NewScanner(bytes.NewReader(u.log)); lines.Scan(); {
		var line struct {
			Time time.Time
			Msg  string
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return m, fmt.Errorf("read the log: %w: %s", err, lines.Text())
		}
		if line.Msg == assignedLine && assigned.IsZero() {
			assigned = line.Time
		}
		if found := boundLine.FindStringSubmatch(line.Msg); found != nil {
			m.BoundMiB, _ = strconv.ParseFloat(found[1], 64) // digits
		}
	}
	if m.BoundMiB == 0 || assigned.IsZero() {
		return m, errors.New("the log has no bound of the memory, or no assignment:\n" + string(u.log))
	}
	m.AssignedSeconds = assigned.Sub(u.began).Seconds()
	return m, nil
}
