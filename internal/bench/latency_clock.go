package main

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// dueField is the field, the first of its record, that says when the record was due
// to be produced, in nanoseconds since the epoch. Records of the lead have none.
const dueField = `{"Due":`

// appendDue appends a record, which is a JSON object with at least one field, with
// the time at which it is due.
func appendDue(dst, record []byte, due time.Time) []byte {
	dst = strconv.AppendInt(append(dst, dueField...), due.UnixNano(), 10)
	return append(append(dst, ','), record[1:]...)
}

// dues are the times at which the records of a bulk body were due.
func dues(body []byte) (all []int64) {
	for {
		i := bytes.Index(body, []byte(dueField))
		if i < 0 {
			return all
		}
		body = body[i+len(dueField):]
		n := max(bytes.IndexByte(body, ','), 0)
		due, err := strconv.ParseInt(string(body[:n]), 10, 64)
		if err != nil {
			return all // not ours: the count will tell
		}
		all = append(all, due)
	}
}

// clock takes the time at which a sink has acknowledged each record.
type clock struct {
	records int           // that there will be
	all     chan struct{} // closed when they are there

	mu       sync.Mutex // guards all below
	waits    []time.Duration
	requests int
}

func newClock(records int) *clock { return &clock{records: records, all: make(chan struct{})} }

// around takes the times of what next answers: the answer is on its way when next
// has returned.
func (c *clock) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/_bulk") {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // the client is gone
		}
		due := dues(body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
		c.note(due, time.Now())
	})
}

// note takes the documents of a bulk as acknowledged.
func (c *clock) note(due []int64, now time.Time) {
	if len(due) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.waits)
	for _, d := range due {
		c.waits = append(c.waits, time.Duration(now.UnixNano()-d))
	}
	c.requests++
	if before < c.records && len(c.waits) >= c.records {
		close(c.all)
	}
}

// acknowledged is what a clock has seen.
type acknowledged struct {
	Records  int // those that came again are counted again
	Requests int // with at least one of them
	Waits    latencies
}

func (c *clock) seen() acknowledged {
	c.mu.Lock()
	defer c.mu.Unlock()
	return acknowledged{Records: len(c.waits), Requests: c.requests, Waits: latenciesOf(c.waits)}
}

// latencies are those of all records of a run, in milliseconds.
type latencies struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// latenciesOf sorts the waits. Without any, all are 0.
func latenciesOf(waits []time.Duration) latencies {
	if len(waits) == 0 {
		return latencies{}
	}
	slices.Sort(waits)
	at := func(share float64) float64 { // the smallest that so many are not above
		i := int(math.Ceil(share*float64(len(waits)))) - 1
		return float64(waits[max(i, 0)].Microseconds()) / 1000
	}
	return latencies{P50: at(0.5), P90: at(0.9), P99: at(0.99), P999: at(0.999), Max: at(1)}
}
