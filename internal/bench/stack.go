package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// statsEvery is how often Elasticsearch is asked how much it has indexed.
const statsEvery = 100 * time.Millisecond

// stack is a real Kafka and a real Elasticsearch, with topics and indices of this
// bench alone, which close removes.
type stack struct {
	settings *settings
	from     source
}

func newStack(ctx context.Context, s *settings, from source) (*stack, error) {
	suffix := time.Now().UTC().Format("-20060102-150405")
	from.topics = slices.Clone(from.topics)
	for i := range from.topics {
		from.topics[i].Name = "bench-" + from.topics[i].Name + suffix
	}
	f := fillingOf(s, from.brokers, from)
	args := append(append([]string{}, s.self[1:]...), "fill", f.String())
	fill := exec.CommandContext(ctx, s.self[0], args...) //nolint:gosec // this program itself
	w := &stack{settings: s, from: from}
	if out, err := fill.CombinedOutput(); err != nil {
		w.removeTopics(ctx)
		return nil, fmt.Errorf("fill the topics: %w\n%s", err, out)
	}
	return w, nil
}

func (w *stack) source() source { return w.from }

func (w *stack) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	w.removeTopics(ctx)
	for _, index := range w.indices() {
		_, _ = w.ask(ctx, http.MethodDelete, "/"+index, "") // it may never have been made
		_, _ = w.ask(ctx, http.MethodDelete, "/_index_template/actorpipe-"+index, "")
	}
	_ = os.RemoveAll(w.from.dir)
}

// removeTopics leaves behind what the brokers do not answer for.
func (w *stack) removeTopics(ctx context.Context) {
	client, err := kgo.NewClient(kgo.SeedBrokers(w.from.brokers...))
	if err != nil {
		return
	}
	defer client.Close()
	_, _ = kadm.NewClient(client).DeleteTopics(ctx, w.indices()...)
}

// indices are the names of the indices, and topics.
func (w *stack) indices() []string { return names(w.from.topics) }

// target is the indices, made anew.
func (w *stack) target(ctx context.Context) (target, error) {
	const settings = `{"settings":{"number_of_shards":1,"number_of_replicas":0},"mappings":{"properties":{"geo":{"properties":{"location":{"type":"geo_point"}}}}}}`
	for _, index := range w.indices() {
		_, _ = w.ask(ctx, http.MethodDelete, "/"+index, "") // there may be none
		if _, err := w.ask(ctx, http.MethodPut, "/"+index, settings); err != nil {
			return nil, err
		}
	}
	return &indices{w}, nil
}

func (w *stack) ask(ctx context.Context, method, path, body string) ([]byte, error) {
	return askElasticsearch(ctx, w.settings.elasticsearch, method, path, body)
}

// askElasticsearch returns the body of a 2xx.
func askElasticsearch(ctx context.Context, address, method, path, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, address+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s: %.300s", method, path, resp.Status, answer)
	}
	return answer, err
}

// indices take the documents of one run.
type indices struct{ *stack }

func (t *indices) url() string { return t.settings.elasticsearch }

// close leaves the documents: the next run, or the end, removes them.
func (t *indices) close() {}

// written asks for the number of documents until all are there.
func (t *indices) written(ctx context.Context) (r sinkRate, err error) {
	tick := time.NewTicker(statsEvery)
	defer tick.Stop()
	before := 0
	for {
		n, err := t.indexed(ctx)
		switch now := time.Now(); {
		case err != nil:
			return r, err
		case n > 0 && r.First.IsZero():
			r.First, before = now, n
		case r.RecordsPerSecond == 0 && float64(n) >= rateShare*float64(t.settings.records):
			r.RecordsPerSecond = float64(n-before) / now.Sub(r.First).Seconds()
		}
		if n >= t.settings.records {
			return r, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return r, fmt.Errorf("%d of %d documents were indexed: %w", n, t.settings.records, context.Cause(ctx))
		}
	}
}

// indexed is how many documents have been indexed since the indices were made.
func (t *indices) indexed(ctx context.Context) (int, error) {
	answer, err := t.ask(ctx, http.MethodGet, "/"+strings.Join(t.stack.indices(), ",")+"/_stats/indexing?filter_path=_all.primaries.indexing.index_total", "")
	if err != nil {
		return 0, err
	}
	var stats struct {
		All struct {
			Primaries struct {
				Indexing struct {
					Total int `json:"index_total"`
				}
			}
		} `json:"_all"`
	}
	err = json.Unmarshal(answer, &stats)
	return stats.All.Primaries.Indexing.Total, err
}

// holds counts the documents; the hashes are those of the embedded sink.
func (t *indices) holds(ctx context.Context) (h sinkHolds, err error) {
	for _, index := range t.stack.indices() {
		_, err := t.ask(ctx, http.MethodPost, "/"+index+"/_refresh", "")
		if err != nil {
			return h, err
		}
		n, err := t.count(ctx, index)
		if err != nil {
			return h, err
		}
		h.Documents += n
	}
	return h, nil
}
