package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// latencyAt is how long records took at one rate.
type latencyAt struct {
	RecordsPerSecond  int        `json:"records_per_second"`
	Records           int        `json:"records"`
	InKafka           latencies  `json:"in_kafka_ms"`     // since they were due, until Kafka had acknowledged them
	Acknowledged      latencies  `json:"acknowledged_ms"` // since then, until the sink had
	Searchable        *latencies `json:"searchable_ms,omitempty"`
	Requests          int        `json:"bulk_requests"`
	RecordsPerRequest float64    `json:"records_per_bulk_request"`
	CPUMicroseconds   float64    `json:"cpu_microseconds_per_record"`
	ElasticsearchCPU  float64    `json:"elasticsearch_cpu_microseconds_per_record,omitempty"`
}

// measure produces l, waits until the sink has all of it and, in Elasticsearch,
// until a search finds it.
func (a *arena) measure(ctx context.Context, l *load) (got latencyAt, err error) {
	var look *search
	if a.stack != nil {
		look = startSearch(ctx, a.stack, l.lead+l.records)
		defer look.stop()
	}
	var before spent
	ended, err := a.load(ctx, l, func() (err error) {
		before, err = a.spent(ctx)
		return err
	})
	if err != nil {
		return got, err
	}
	var seen acknowledged
	if err := a.sink.read(&seen); err != nil {
		return got, err
	}
	after, err := a.spent(ctx)
	if err != nil {
		return got, err
	}
	got = latencyAt{RecordsPerSecond: l.rate, Records: l.records, InKafka: ended.InKafka}
	got.CPUMicroseconds = (after.actorpipe - before.actorpipe) * 1e6 / float64(l.records)
	got.ElasticsearchCPU = (after.elasticsearch - before.elasticsearch) * 1e6 / float64(l.records)
	if look != nil {
		if got.Searchable, err = look.latencies(ctx); err != nil {
			return got, err
		}
	}
	return got, a.end(&got)
}

// end has actorpipe end in good order, and takes what the sink has seen until then.
// That must be each record once.
func (a *arena) end(got *latencyAt) error {
	if _, err := a.program.stop(usage{}); err != nil {
		return err
	}
	var seen acknowledged
	if err := ask(a.sink, &seen); err != nil {
		return err
	}
	if seen.Records != got.Records {
		return fmt.Errorf("of %d records the sink was sent %d", got.Records, seen.Records)
	}
	got.Acknowledged, got.Requests = seen.Waits, seen.Requests
	got.RecordsPerRequest = float64(seen.Records) / float64(seen.Requests)
	return nil
}

// spent is the CPU, in seconds, that was spent so far.
type spent struct {
	actorpipe     float64
	elasticsearch float64 // 0 where there is none
}

func (a *arena) spent(ctx context.Context) (s spent, err error) {
	values, err := readMetrics(ctx, a.listen, metricCPU)
	if err != nil {
		return s, err
	}
	s.actorpipe = values[0]
	if a.stack != nil {
		s.elasticsearch, err = a.stack.spent(ctx)
	}
	return s, err
}

// spent is the CPU of Elasticsearch, in seconds.
func (w *stack) spent(ctx context.Context) (seconds float64, err error) {
	answer, err := w.ask(ctx, http.MethodGet, "/_nodes/stats/process?filter_path=nodes.*.process.cpu.total_in_millis", "")
	if err != nil {
		return 0, err
	}
	var stats struct {
		Nodes map[string]struct {
			Process struct {
				CPU struct {
					Total float64 `json:"total_in_millis"`
				}
			}
		}
	}
	err = json.Unmarshal(answer, &stats)
	for _, node := range stats.Nodes {
		seconds += node.Process.CPU.Total / 1000
	}
	return seconds, err
}
