package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// How often Elasticsearch is asked whether it still merges, and what CPU it used.
const (
	quietEvery = 200 * time.Millisecond
	cpuEvery   = 20 * time.Millisecond
)

// idsServer is the Elasticsearch that indexes.
type idsServer struct{ url string }

// ask asks for an answer that is read into v, where that is not nil.
func (s idsServer) ask(ctx context.Context, method, path, body string, v any) error {
	answer, err := askElasticsearch(ctx, s.url, method, path, body)
	if err == nil && v != nil {
		err = json.Unmarshal(answer, v)
	}
	return err
}

// cpu is what Elasticsearch has used since its start. It looks at that once a
// second: cpu blocks until it has looked again.
func (s idsServer) cpu(ctx context.Context) (time.Duration, error) {
	seen, _, err := s.lookAtCPU(ctx)
	tick := time.NewTicker(cpuEvery)
	defer tick.Stop()
	for err == nil {
		var at int64
		var used time.Duration
		if at, used, err = s.lookAtCPU(ctx); err == nil && at != seen {
			return used, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	return 0, err
}

// lookAtCPU returns when Elasticsearch has looked, and what it saw.
func (s idsServer) lookAtCPU(ctx context.Context) (at int64, used time.Duration, err error) {
	var stats struct {
		Nodes map[string]struct {
			Process struct {
				Timestamp int64
				CPU       struct {
					Total int64 `json:"total_in_millis"`
				}
			}
		}
	}
	err = s.ask(ctx, http.MethodGet, "/_nodes/stats/process", "", &stats)
	for _, n := range stats.Nodes { // there is one
		at, used = n.Process.Timestamp, time.Duration(n.Process.CPU.Total)*time.Millisecond
	}
	return at, used, err
}

// idsStats is what Elasticsearch says of an index.
type idsStats struct {
	Docs struct {
		Count int `json:"count"`
	} `json:"docs"`
	Store struct {
		Bytes int64 `json:"size_in_bytes"`
	} `json:"store"`
	Segments struct {
		Count int `json:"count"`
	} `json:"segments"`
	Merges struct {
		Current int   `json:"current"`
		Docs    int64 `json:"total_docs"`
		Bytes   int64 `json:"total_size_in_bytes"`
		Millis  int64 `json:"total_time_in_millis"`
	} `json:"merges"`
}

func (s idsServer) stats(ctx context.Context, index string) (idsStats, error) {
	var all struct {
		All struct{ Primaries idsStats } `json:"_all"`
	}
	err := s.ask(ctx, http.MethodGet, "/"+index+"/_stats/docs,store,segments,merge", "", &all)
	return all.All.Primaries, err
}

// settle waits until nothing is merged, has all written down, and returns what
// there is then.
func (s idsServer) settle(ctx context.Context, index string) (idsStats, error) {
	tick := time.NewTicker(quietEvery)
	defer tick.Stop()
	for {
		now, err := s.stats(ctx, index)
		if err != nil {
			return now, err
		}
		if now.Merges.Current == 0 {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return now, context.Cause(ctx)
		}
	}
	for _, path := range []string{"/_refresh", "/_flush?force=true"} {
		if err := s.ask(ctx, http.MethodPost, "/"+index+path, "", nil); err != nil {
			return idsStats{}, err
		}
	}
	return s.stats(ctx, index)
}

// idsUsage is what one field takes on disk. Elasticsearch leaves out the Bloom
// filter that it keeps of _id, which is as large for any ids.
type idsUsage struct {
	Total    int64 `json:"total_in_bytes"`
	Inverted struct {
		Total int64 `json:"total_in_bytes"`
	} `json:"inverted_index"`
	Stored int64 `json:"stored_fields_in_bytes"`
}

// usage reads the whole index.
func (s idsServer) usage(ctx context.Context, index, field string) (u idsUsage, err error) {
	answer := map[string]json.RawMessage{}
	if err := s.ask(ctx, http.MethodPost, "/"+index+"/_disk_usage?run_expensive_tasks=true", "", &answer); err != nil {
		return u, err
	}
	var of struct{ Fields map[string]idsUsage }
	if err := json.Unmarshal(answer[index], &of); err != nil {
		return u, fmt.Errorf("read the disk usage of %s: %w", index, err)
	}
	u, ok := of.Fields[field]
	if !ok {
		return u, fmt.Errorf("the disk usage of %s tells nothing of %s", index, field)
	}
	return u, nil
}

// postAgain sends a bulk body again, and wants every one of its n documents to be there.
func (s idsServer) postAgain(ctx context.Context, body []byte, n int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/_bulk?filter_path=errors,items.*.status", bytes.NewReader(body))
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
	if there := bytes.Count(answer, []byte(`"status":409`)); err == nil && there != n {
		err = fmt.Errorf("bulk: %s: %d of %d documents were there: %.300s", resp.Status, there, n, answer)
	}
	return err
}
