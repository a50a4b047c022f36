package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// idsConnections send at a time: with two Elasticsearch is as fast as it gets.
const idsConnections = 2

// idsMeasurement is one layout in an index of its own. Sizes are in bytes, times
// in seconds. What is "written" is as the merges of indexing left it, what is
// "merged" is in one segment.
type idsMeasurement struct {
	Layout          string  `json:"layout"`
	Documents       int     `json:"documents"`
	IDCharacters    float64 `json:"id_characters"`
	Rate            float64 `json:"documents_per_second"`
	CPU             float64 `json:"elasticsearch_cpu_microseconds_per_document"` // merges included
	BenchCPU        float64 `json:"bench_cpu_microseconds_per_document"`
	MergedDocuments int64   `json:"merged_documents"` // a document counts in each merge
	MergedBytes     int64   `json:"merged_bytes"`
	MergeSeconds    float64 `json:"merge_seconds"`
	Segments        int     `json:"segments"`
	WrittenBytes    int64   `json:"written_bytes"`
	ForceSeconds    float64 `json:"force_merge_seconds"`
	ForceCPU        float64 `json:"force_merge_cpu_microseconds_per_document"`
	FinalBytes      int64   `json:"final_bytes"`
	IDTermsBytes    int64   `json:"id_terms_bytes"`
	IDStoredBytes   int64   `json:"id_stored_bytes"`
	Redelivered     int     `json:"redelivered"` // before the forced merge; 0: ids of Elasticsearch
	RedeliveredRate float64 `json:"redelivered_per_second"`
	RedeliveredCPU  float64 `json:"redelivered_cpu_microseconds_per_document"`
}

// idsRun is one layout under measurement.
type idsRun struct {
	server idsServer
	layout idLayout
	index  string
	got    idsMeasurement
}

// measureIDs indexes that many bodies with ids of a layout, and sends every so
// many of them again. The index is removed.
func measureIDs(ctx context.Context, s *idsSettings, l idLayout, bodies int) (idsMeasurement, error) {
	r := &idsRun{server: idsServer{s.elasticsearch}, layout: l, index: fmt.Sprintf("bench-ids-%s-%s", time.Now().UTC().Format("20060102-150405.000000"), l.name)}
	r.got = idsMeasurement{Layout: l.name, Documents: bodies * idsBody, IDCharacters: idCharacters(l)}
	if err := r.server.ask(ctx, http.MethodPut, "/"+r.index, idsMapping, nil); err != nil {
		return r.got, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		_ = r.server.ask(ctx, http.MethodDelete, "/"+r.index, "", nil) // the next layout has an index of its own
	}()
	for _, step := range []func(context.Context, int, int) error{r.write, r.redeliver, r.forceMerge} {
		if err := step(ctx, bodies, s.every(bodies)); err != nil {
			return r.got, fmt.Errorf("ids %s: %w", l.name, err)
		}
	}
	return r.got, nil
}

// idCharacters is the mean length of the ids of a body.
func idCharacters(l idLayout) float64 {
	with := len(newIDsBuilder(l, "").build(0))
	without := len(newIDsBuilder(idLayout{}, "").build(0))
	if with == without {
		return 0
	}
	return float64(with-without)/idsBody - float64(len(`,"_id":""`))
}

// timed runs f and returns how long it took, and what Elasticsearch used.
func (r *idsRun) timed(ctx context.Context, f func() error) (took, cpu time.Duration, err error) {
	before, err := r.server.cpu(ctx)
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	if err := f(); err != nil {
		return 0, 0, err
	}
	took = time.Since(start)
	after, err := r.server.cpu(ctx)
	return took, after - before, err
}

// write indexes everything, and waits for the merges of that.
func (r *idsRun) write(ctx context.Context, bodies, _ int) error {
	var writing time.Duration
	var after idsStats
	before := used().CPU
	_, cpu, err := r.timed(ctx, func() (err error) {
		writing, _, err = r.timed(ctx, func() error {
			return r.send(ctx, bodies, 1, func(ctx context.Context, body []byte) error { return post(ctx, r.server.url, body) })
		})
		if err != nil {
			return err
		}
		after, err = r.server.settle(ctx, r.index)
		return err
	})
	if err != nil {
		return err
	}
	g, n := &r.got, float64(r.got.Documents)
	g.Rate, g.CPU, g.BenchCPU = n/writing.Seconds(), microseconds(cpu)/n, microseconds(used().CPU-before)/n
	g.MergedDocuments, g.MergedBytes, g.MergeSeconds = after.Merges.Docs, after.Merges.Bytes, float64(after.Merges.Millis)/1000
	g.Segments, g.WrittenBytes = after.Segments.Count, after.Store.Bytes
	if after.Docs.Count != g.Documents {
		return fmt.Errorf("%d documents were made of %d", after.Docs.Count, g.Documents)
	}
	return nil
}

// redeliver sends every so many bodies again.
func (r *idsRun) redeliver(ctx context.Context, bodies, every int) error {
	if r.layout.appendID == nil {
		return nil
	}
	took, cpu, err := r.timed(ctx, func() error {
		return r.send(ctx, bodies, every, func(ctx context.Context, body []byte) error { return r.server.postAgain(ctx, body, idsBody) })
	})
	g := &r.got
	g.Redelivered = (bodies + every - 1) / every * idsBody
	n := float64(g.Redelivered)
	g.RedeliveredRate, g.RedeliveredCPU = n/took.Seconds(), microseconds(cpu)/n
	return err
}

// forceMerge makes one segment of the index, and looks at what it takes.
func (r *idsRun) forceMerge(ctx context.Context, _, _ int) error {
	took, cpu, err := r.timed(ctx, func() error {
		return r.server.ask(ctx, http.MethodPost, "/"+r.index+"/_forcemerge?max_num_segments=1", "", nil)
	})
	if err != nil {
		return err
	}
	after, err := r.server.settle(ctx, r.index)
	if err != nil {
		return err
	}
	usage, err := r.server.usage(ctx, r.index, "_id")
	g := &r.got
	g.ForceSeconds, g.ForceCPU, g.FinalBytes = took.Seconds(), microseconds(cpu)/float64(g.Documents), after.Store.Bytes
	g.IDTermsBytes, g.IDStoredBytes = usage.Inverted.Total, usage.Stored
	return err
}

// send builds bodies 0, every, 2*every and so on, and passes each to one of the
// connections.
func (r *idsRun) send(ctx context.Context, bodies, every int, post func(context.Context, []byte) error) error {
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range idsConnections {
		group.Go(func() error {
			b := newIDsBuilder(r.layout, r.index)
			for {
				n := (int(next.Add(1)) - 1) * every
				if n >= bodies {
					return nil
				}
				if err := post(ctx, b.build(n)); err != nil {
					return err
				}
			}
		})
	}
	return group.Wait()
}

func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
