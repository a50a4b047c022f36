package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/actorpipe/actorpipe/internal/geoip"
	"github.com/actorpipe/actorpipe/internal/record"
)

// The plain loop of BenchmarkStack: as many connections as actorpipe has
// writers, and bodies of the size of its largest.
const (
	plainConnections = 2
	plainBodyBytes   = 2 << 20
	warmUpDocuments  = 700_000 // until a cold JVM is at its best
)

// BenchmarkStack compares actorpipe with a loop that does nothing but send bulk
// bodies that were made before, of the same documents to the same Elasticsearch,
// in turn. It reports both rates and their ratio; run it with -benchtime 1x and
// -count for pairs.
func BenchmarkStack(b *testing.B) {
	s := onStack(b, 400_000, 40_000)
	bodies := s.plainBodies(b)
	for warmed := 0; warmed < warmUpDocuments; warmed += s.tweets {
		s.plain(b, bodies, "warm")
	}
	for b.Loop() {
		plain := s.plain(b, bodies, "plain")
		s.fresh(b, s.topic("tweets"), s.topic("users"))
		start := time.Now()
		took, _ := runOnce(b, s.text(s.elasticsearch), s.tweets+s.users)
		b.Logf("plain %.0f a second; actorpipe took %v, %v with start and drain", plain, took, time.Since(start))
		actorpipe := float64(s.tweets+s.users) / took.Seconds()
		b.ReportMetric(plain, "plain/s")
		b.ReportMetric(actorpipe, "actorpipe/s")
		b.ReportMetric(actorpipe/plain, "ratio")
	}
}

// fresh deletes indices and makes them anew, with one shard and no replica.
func (s *stack) fresh(b *testing.B, indices ...string) {
	b.Helper()
	for _, index := range indices {
		_, _ = s.ask(b.Context(), http.MethodDelete, "/"+index, "") // there may be none
		_, err := s.ask(b.Context(), http.MethodPut, "/"+index, `{"settings":{"number_of_shards":1,"number_of_replicas":0},"mappings":{"properties":{"geo":{"properties":{"location":{"type":"geo_point"}}}}}}`)
		mustBench(b, err)
	}
}

// plainBodies are the bulk bodies of the test's tweets, as actorpipe writes them.
func (s *stack) plainBodies(b *testing.B) (bodies [][]byte) {
	b.Helper()
	database, err := geoip.Open(geoip.Settings{Path: s.database, Locales: []string{"en"}, Reload: time.Hour}, slog.New(slog.DiscardHandler))
	mustBench(b, err)
	plan, err := record.NewPlan(record.PlanSettings{Address: "RemoteAddress", Target: "geo"})
	mustBench(b, err)
	var found record.Found
	var body []byte
	for i := range s.tweets {
		tweet := s.generator.Tweet(i)
		mustBench(b, plan.Scan(tweet, &found))
		body = fmt.Appendf(body, "{\"create\":{\"_id\":\"plain-0-%d-1\"}}\n", i)
		body = append(plan.Splice(body, tweet, &found, database.Lookup(found.AddressText())), '\n')
		if len(body) >= plainBodyBytes || i == s.tweets-1 {
			bodies, body = append(bodies, body), nil
		}
	}
	return bodies
}

// plain sends all bodies to a fresh index and returns the documents a second.
func (s *stack) plain(b *testing.B, bodies [][]byte, kind string) float64 {
	b.Helper()
	index := kind + s.suffix
	s.fresh(b, index)
	defer func() { _, _ = s.ask(b.Context(), http.MethodDelete, "/"+index, "") }()
	start := time.Now()
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(plainConnections)
	for _, body := range bodies {
		group.Go(func() error { return s.send(ctx, index, body) })
	}
	mustBench(b, group.Wait())
	return float64(s.tweets) / time.Since(start).Seconds()
}

// send sends one body and wants every document of it created.
func (s *stack) send(ctx context.Context, index string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.elasticsearch+"/"+index+"/_bulk?filter_path=errors", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && !bytes.Equal(answer, []byte(`{"errors":false}`)) {
		err = fmt.Errorf("bulk: %s: %.300s", resp.Status, answer)
	}
	return err
}
