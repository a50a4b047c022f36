package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	searchTick = 50 * time.Millisecond // how often Elasticsearch is asked, and how exact the times are
	searchPage = 10_000                // documents
)

// search takes the times at which documents can be found. A refresh makes an index's
// documents visible in the order of their sequence numbers (but for those that two
// requests write at once), which begin at 0 and have no gaps where nothing is
// written twice: where so many can be found, these are those with a lower number.
type search struct {
	stack  *stack
	total  int // documents of all indices together
	cancel context.CancelFunc
	done   chan struct{} // closed when all can be found, or with the error
	err    error
	found  map[string][]found // by index
}

// found is how many documents of an index could be found at that time.
type found struct {
	documents int64
	at        time.Time
}

// startSearch looks until that many documents can be found.
func startSearch(ctx context.Context, w *stack, total int) *search {
	ctx, cancel := context.WithCancel(ctx)
	s := &search{stack: w, total: total, cancel: cancel, done: make(chan struct{}), found: map[string][]found{}}
	go func() { // owned by stop
		defer close(s.done)
		s.err = s.look(ctx)
	}()
	return s
}

func (s *search) stop() {
	s.cancel()
	<-s.done
}

func (s *search) look(ctx context.Context) error {
	tick := time.NewTicker(searchTick)
	defer tick.Stop()
	for {
		n := 0
		for _, index := range s.stack.indices() {
			count, err := s.stack.count(ctx, index)
			if err != nil {
				return err
			}
			s.found[index] = append(s.found[index], found{int64(count), time.Now()})
			n += count
		}
		if n >= s.total {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d documents can be found: %w", n, s.total, context.Cause(ctx))
		}
	}
}

// count is how many documents of an index can be found.
func (w *stack) count(ctx context.Context, index string) (int, error) {
	answer, err := w.ask(ctx, http.MethodGet, "/"+index+"/_count", "")
	var count struct{ Count int }
	if err == nil {
		err = json.Unmarshal(answer, &count)
	}
	return count.Count, err
}

// latencies waits until all documents can be found, and returns how long that took
// since each was due.
func (s *search) latencies(ctx context.Context) (*latencies, error) {
	<-s.done
	if s.err != nil {
		return nil, s.err
	}
	var waits []time.Duration
	for _, index := range s.stack.indices() {
		numbers, err := s.stack.numbers(ctx, index)
		if err != nil {
			return nil, err
		}
		w, err := searchable(s.found[index], numbers)
		if err != nil {
			return nil, fmt.Errorf("index %s: %w", index, err)
		}
		waits = append(waits, w...)
	}
	l := latenciesOf(waits)
	return &l, nil
}

// numbered is a document by its sequence number.
type numbered struct {
	number int64
	due    int64 // nanoseconds since the epoch; 0: it is not measured
}

// searchable is how long it took until each of the documents, all that the index
// has, could be found.
func searchable(seen []found, documents []numbered) (waits []time.Duration, err error) {
	for _, d := range documents {
		i, _ := slices.BinarySearchFunc(seen, d.number+1, func(f found, n int64) int { return int(f.documents - n) })
		if i == len(seen) {
			return nil, errors.New("something was written twice")
		}
		if d.due != 0 {
			waits = append(waits, time.Duration(seen[i].at.UnixNano()-d.due))
		}
	}
	return waits, nil
}

// numbers are the documents of an index.
func (w *stack) numbers(ctx context.Context, index string) (all []numbered, err error) {
	for last := int64(-1); ; {
		query := fmt.Sprintf(`{"size":%d,"_source":false,"docvalue_fields":["Due"],"sort":[{"_seq_no":"asc"}],"search_after":[%d],"track_total_hits":false}`, searchPage, last)
		answer, err := w.ask(ctx, http.MethodPost, "/"+index+"/_search?filter_path=hits.hits.sort,hits.hits.fields", query)
		if err != nil {
			return nil, err
		}
		var page struct {
			Hits struct {
				Hits []struct {
					Sort   [1]int64
					Fields struct{ Due []int64 }
				}
			}
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return nil, err
		}
		for _, hit := range page.Hits.Hits {
			d := numbered{number: hit.Sort[0]}
			if len(hit.Fields.Due) > 0 {
				d.due = hit.Fields.Due[0]
			}
			all, last = append(all, d), d.number
		}
		if len(page.Hits.Hits) < searchPage {
			return all, nil
		}
	}
}
