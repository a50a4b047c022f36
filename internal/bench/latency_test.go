package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// latency fails unless the sink has had each record once.
func TestLatencyMeasuresEachRecord(t *testing.T) {
	t.Parallel()
	self, err := exec.LookPath("bench")
	if err != nil {
		t.Fatal(err)
	}
	s := &latencySettings{
		settings: settings{addresses: addressesUniform, json: filepath.Join(t.TempDir(), "latency.json"), self: []string{self}, buildFlags: raceFlags},
		rates:    []int{500}, share: 0.1, period: time.Second / 2, lead: time.Second / 5, ahead: 5000,
	}
	var table bytes.Buffer
	if err := latency(t.Context(), s, &table, t.Output()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(table.String(), "acknowledged"); n != 2 {
		t.Errorf("the table has %d rates:\n%s", n, table.String())
	}
	text, err := os.ReadFile(s.json)
	if err != nil {
		t.Fatal(err)
	}
	var r latencyResults
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Rates) != 2 || r.Rates[0].Records != 250 || r.Saturation <= 0 {
		t.Fatalf("measured %+v", r)
	}
	for _, at := range r.Rates {
		if at.Requests < 1 || at.CPUMicroseconds <= 0 {
			t.Errorf("measured %+v", at)
		}
		for _, l := range []latencies{at.InKafka, at.Acknowledged} {
			if all := []float64{l.P50, l.P90, l.P99, l.P999, l.Max}; l.P50 <= 0 || !slices.IsSorted(all) {
				t.Errorf("at %d records/s: %+v", at.RecordsPerSecond, l)
			}
		}
		if at.Acknowledged.P50 < at.InKafka.P50 {
			t.Errorf("acknowledged before it was produced: %+v", at)
		}
	}
}

func TestDuesAreThoseOfTheBody(t *testing.T) {
	at := time.Unix(1_800_000_000, 123)
	body := []byte("{\"create\":{}}\n")
	body = append(appendDue(body, []byte(`{"Message":"a \"Due\":7, of {\"Due\":8,"}`), at), '\n')
	body = append(body, "{\"create\":{}}\n{\"Message\":\"none\"}\n{\"create\":{}}\n"...)
	body = appendDue(body, []byte(`{"Id":"u"}`), at.Add(1))
	if got := dues(body); !slices.Equal(got, []int64{at.UnixNano(), at.UnixNano() + 1}) {
		t.Errorf("due at %v", got)
	}
	if !json.Valid(appendDue(nil, []byte(`{"Id":"u"}`), at)) {
		t.Error("a record with its time is no JSON")
	}
}

func TestLatenciesAreOfAllRecords(t *testing.T) {
	waits := make([]time.Duration, 0, 1000)
	for i := range 1000 {
		waits = append(waits, time.Duration(1000-i)*time.Millisecond)
	}
	if got, want := latenciesOf(waits), (latencies{500, 900, 990, 999, 1000}); got != want {
		t.Errorf("the latencies are %+v", got)
	}
	if got := latenciesOf(waits[:1]); got != (latencies{1, 1, 1, 1, 1}) {
		t.Errorf("those of one record are %+v", got)
	}
	if got := latenciesOf(nil); got != (latencies{}) {
		t.Errorf("those of none are %+v", got)
	}
}

func TestScheduleHasEachRecordDueOnce(t *testing.T) {
	for _, rate := range []int{1, 3, 1000, 7919, 1_000_000} {
		for n := range 5000 {
			at := dueAt(n, rate)
			if dueBy(at, rate) != n+1 || n > 0 && dueBy(at-1, rate) != n {
				t.Fatalf("record %d of %d a second is due at %v; by then %d are, before that %d", n, rate, at, dueBy(at, rate), dueBy(at-1, rate))
			}
		}
	}
}

// TestClockPassesRequestsOn has a clock in front of a sink in another process's place.
func TestClockPassesRequestsOn(t *testing.T) {
	sink, err := sandbox.StartSink(sandbox.SinkSettings{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sink.Close() }()
	c := newClock(2)
	at, stop, err := c.serve(sink.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	now := time.Now()
	body := append(appendDue([]byte("{\"create\":{\"_index\":\"a\",\"_id\":\"1\"}}\n"), []byte(`{"N":1}`), now), "\n{\"create\":{\"_index\":\"a\",\"_id\":\"2\"}}\n"...)
	body = append(appendDue(body, []byte(`{"N":2}`), now.Add(-time.Hour)), '\n')
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Post(at+"/_bulk?filter_path=errors", "application/x-ndjson", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || string(answer) != `{"errors":false}` || resp.Header.Get("X-Elastic-Product") == "" {
		t.Fatalf("the answer is %v %s, %v", resp, answer, err)
	}
	<-c.all
	seen := c.seen()
	if sink.Count("a") != 2 || seen.Records != 2 || seen.Requests != 1 || seen.Waits.Max < time.Hour.Seconds()*1000 || seen.Waits.P50 <= 0 {
		t.Errorf("the sink has %d documents, the clock has seen %+v", sink.Count("a"), seen)
	}
}

func TestClockCountsWhatComesAgain(t *testing.T) {
	c := newClock(1)
	served := c.around(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	body := append(appendDue(nil, []byte(`{"N":1}`), time.Now()), '\n')
	for range 2 {
		served.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/_bulk", bytes.NewReader(body)))
	}
	if seen := c.seen(); seen.Records != 2 || seen.Requests != 2 {
		t.Errorf("the clock has seen %+v", seen)
	}
}

func TestSearchableFollowsTheNumbers(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	seen := []found{{0, start}, {2, start.Add(time.Second)}, {5, start.Add(2 * time.Second)}}
	at := start.UnixNano()
	got, err := searchable(seen, []numbered{{0, 0}, {1, at}, {2, at}, {4, at + int64(time.Second)}})
	if err != nil || !slices.Equal(got, []time.Duration{time.Second, 2 * time.Second, time.Second}) {
		t.Errorf("searchable after %v, %v", got, err)
	}
	if _, err := searchable(seen, []numbered{{5, at}}); err == nil {
		t.Error("a number that was never there is no error")
	}
}
