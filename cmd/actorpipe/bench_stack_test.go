package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
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
	stackPairs       = 5
	batchOfPlain     = 256 // documents of one partition in a row
)

// BenchmarkStack compares actorpipe with a loop that does nothing but send bulk
// bodies that were made before, of the same documents to the same indices, in
// turn, each first every other time. It reports both rates and their ratio, the
// medians of the pairs; run it with -benchtime 1x.
func BenchmarkStack(b *testing.B) {
	s := onStack(b, 400_000, 40_000)
	bodies := append(s.plainBodies(b, "tweets"), s.plainBodies(b, "users")...)
	for warmed := 0; warmed < warmUpDocuments; warmed += s.tweets + s.users {
		s.plain(b, bodies)
	}
	for b.Loop() {
		var ratios, plains, actorpipes []float64
		for pair := range stackPairs {
			var plain, actorpipe float64
			for turn := range 2 {
				if turn == pair%2 {
					plain = s.plain(b, bodies)
				} else {
					actorpipe = s.actorpipe(b)
				}
			}
			b.Logf("pair %d: plain %.0f, actorpipe %.0f a second, ratio %.3f", pair+1, plain, actorpipe, actorpipe/plain)
			ratios, plains, actorpipes = append(ratios, actorpipe/plain), append(plains, plain), append(actorpipes, actorpipe)
		}
		b.ReportMetric(median(plains), "plain/s")
		b.ReportMetric(median(actorpipes), "actorpipe/s")
		b.ReportMetric(median(ratios), "ratio")
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// actorpipe runs the program on all records, as a group of its own, and returns
// the records a second.
func (s *stack) actorpipe(b *testing.B) float64 {
	b.Helper()
	s.fresh(b)
	s.group++
	rate, _ := runOnce(b, s.text(s.elasticsearch), s.tweets+s.users)
	return rate
}

// fresh makes both indices anew, with one shard and no replica.
func (s *stack) fresh(b *testing.B) {
	b.Helper()
	for _, kind := range []string{"tweets", "users"} {
		_, _ = s.ask(b.Context(), http.MethodDelete, "/"+s.topic(kind), "") // there may be none
		_, err := s.ask(b.Context(), http.MethodPut, "/"+s.topic(kind), `{"settings":{"number_of_shards":1,"number_of_replicas":0},"mappings":{"properties":{"geo":{"properties":{"location":{"type":"geo_point"}}}}}}`)
		mustBench(b, err)
	}
}

// plainBodies are the bulk bodies of tweets or users, as actorpipe writes them.
func (s *stack) plainBodies(b *testing.B, kind string) (bodies [][]byte) {
	b.Helper()
	database, err := geoip.Open(geoip.Settings{Path: s.database, Locales: []string{"en"}, Reload: time.Hour}, slog.New(slog.DiscardHandler))
	mustBench(b, err)
	plan, err := record.NewPlan(record.PlanSettings{Address: "RemoteAddress", Target: "geo"})
	mustBench(b, err)
	var found record.Found
	var body []byte
	count := map[string]int{"tweets": s.tweets, "users": s.users}[kind]
	for i := range count {
		body = fmt.Appendf(body, "{\"create\":{\"_index\":%q,\"_id\":\"%s-%d-%d-%d\"}}\n", s.topic(kind), s.topic(kind), i/batchOfPlain%10, i, time.Now().UnixMilli())
		if kind == "users" {
			body = append(s.generator.AppendUser(body, i), '\n')
		} else {
			tweet := s.generator.Tweet(i)
			mustBench(b, plan.Scan(tweet, &found))
			body = append(plan.Splice(body, tweet, &found, database.Lookup(found.AddressText())), '\n')
		}
		if len(body) >= plainBodyBytes || i == count-1 {
			bodies, body = append(bodies, body), nil
		}
	}
	return bodies
}

// plain sends all bodies to fresh indices and returns the documents a second.
func (s *stack) plain(b *testing.B, bodies [][]byte) float64 {
	b.Helper()
	s.fresh(b)
	start := time.Now()
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(plainConnections)
	for _, body := range bodies {
		group.Go(func() error { return s.send(ctx, body) })
	}
	mustBench(b, group.Wait())
	return float64(s.tweets+s.users) / time.Since(start).Seconds()
}

// send sends one body and wants every document of it created.
func (s *stack) send(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.elasticsearch+"/_bulk?filter_path=errors", bytes.NewReader(body))
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
