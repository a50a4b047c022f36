package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFaultsMisbehave(t *testing.T) {
	refuse := func(_, id, source string) Refusal {
		if id == "a" && source == `{"n":1}` {
			return Refusal{Status: http.StatusTooManyRequests, Type: "es_rejected_execution_exception", Reason: "queue is full"}
		}
		return Refusal{}
	}
	tests := []struct {
		name   string
		faults Faults
		status int
		answer string // a part of it
		stored int
	}{
		{"none", Faults{}, 200, `{"errors":false`, 1},
		{"body too large", Faults{MaxBodyBytes: 10}, 413, "", 0},
		{"status", Faults{Intercept: Answer(503, `{"x":1}`)}, 503, `{"x":1}`, 0},
		{"plain status", Faults{Intercept: AnswerPlain(200, "<html>")}, 200, "<html>", 0},
		{"cut", Faults{Intercept: Cut}, 0, "EOF", 0},
		{"pass", Faults{Intercept: Pass}, 200, `{"errors":false`, 1},
		{"item", Faults{Item: refuse}, 200, `{"errors":true,"items":[{"create":{"error":{"type":"es_rejected_execution_exception","reason":"queue is full","index":"tweets"},"status":429}}]}`, 0},
		{"answer lost", Faults{Lost: func() bool { return true }}, 0, "EOF", 1},
		{"reset", Faults{Intercept: Reset}, 0, "connection reset by peer", 0},
		{"torn answer", Faults{Torn: func() bool { return true }}, 0, "unexpected EOF", 1},
		{"whole answer", Faults{Torn: func() bool { return false }}, 200, `{"errors":false`, 1},
		{"another answer", Faults{Rewrite: func(answer []byte) []byte { return append([]byte("not "), answer...) }}, 200, `not {"errors":false`, 1},
		{"late", Faults{Delay: time.Millisecond}, 200, `{"errors":false`, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := startSink(t, test.faults)
			var status int
			var got string
			if test.name == "plain status" {
				status, got = sendPlain(t, s)
			} else {
				status, got = send(t, s, "POST", "/_bulk"+filterAsProgram, createA)
			}
			if status != test.status || !strings.Contains(got, test.answer) || s.Count("tweets") != test.stored {
				t.Errorf("%d %s, %d stored", status, got, s.Count("tweets"))
			}
			s.SetFaults(Faults{})
			if status, _ := send(t, s, "POST", "/_bulk", createA); status != http.StatusOK {
				t.Errorf("healed: %d", status)
			}
			if s.Requests() != 2 {
				t.Errorf("%d requests", s.Requests())
			}
		})
	}
}

// sendPlain expects an answer without X-Elastic-Product.
func sendPlain(t *testing.T, s *Sink) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/_bulk", strings.NewReader(createA))
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(got.Body); err != nil || got.Header.Get("X-Elastic-Product") != "" {
		t.Errorf("%v, %v", got.Header, err)
	}
	return got.StatusCode, b.String()
}

func TestScriptTakesOneStepABulk(t *testing.T) {
	s := startSink(t, Faults{Intercept: Script(Answer(429, ""), Cut, Pass, Answer(502, ""))})
	var got []int
	for range 6 {
		if status, _ := send(t, s, "GET", "/tweets/_count", ""); status != http.StatusOK {
			t.Errorf("count took a step: %d", status)
		}
		status, _ := send(t, s, "POST", "/_bulk", createA)
		got = append(got, status)
	}
	if diff := cmp.Diff([]int{429, 0, 200, 502, 200, 200}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCloseEndsRequestsThatHang(t *testing.T) {
	for name, f := range map[string]Faults{"hang": {Intercept: Hang}, "delay": {Delay: time.Hour}} {
		t.Run(name, func(t *testing.T) {
			arrived := make(chan struct{})
			inner := f.Intercept
			f.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
				close(arrived)
				return inner != nil && inner(w, r)
			}
			s, err := StartSink(SinkSettings{Faults: f})
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan int)
			go func() { // ends with the connection
				status, _ := send(t, s, "POST", "/_bulk", createA)
				done <- status
			}()
			<-arrived
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			<-done
		})
	}
}

func TestSinkKeepsTemplates(t *testing.T) {
	s := startSink(t, Faults{})
	steps := []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"GET", "/_index_template/actorpipe", "", 404, "resource_not_found_exception"},
		{"PUT", "/_index_template/actorpipe?create=true", `{"a":1}`, 200, `{"acknowledged":true}`},
		{"PUT", "/_index_template/actorpipe?create=true", `{"a":2}`, 400, "index template [actorpipe] already exists"},
		{"GET", "/_index_template/actorpipe", "", 200, `"index_template":{"a":1}`},
		{"POST", "/_index_template/actorpipe", `{"a":3}`, 200, `{"acknowledged":true}`},
		{"PUT", "/_index_template/actorpipe", `{`, 400, "parse_exception"},
		{"GET", "/", "", 200, "8.19.0"},
		{"GET", "/tweets/_search", "", 400, "no handler found"},
		{"POST", "/_bulk", createA, 200, ""},
		{"GET", "/tweets/_count", "", 200, `{"count":1}`},
		{"GET", "/tweets/_doc/a", "", 200, `{"_index":"tweets","_id":"a","found":true,"_source":{"n":1}}`},
		{"GET", "/tweets/_doc/b", "", 404, `"found":false`},
	}
	for _, step := range steps {
		if status, got := send(t, s, step.method, step.path, step.body); status != step.status || !strings.Contains(got, step.answer) {
			t.Errorf("%s %s: %d %s", step.method, step.path, status, got)
		}
	}
	if body, found := s.Template("actorpipe"); !found || body != `{"a":3}` {
		t.Errorf("template %q, %t", body, found)
	}
	if diff := cmp.Diff([]string{"tweets"}, s.Indices()); diff != "" {
		t.Error(diff)
	}
	s.Reset()
	if _, found := s.Template("actorpipe"); found || s.Count("tweets") != 0 {
		t.Error("reset forgot nothing")
	}
}

func TestSinkTakesBulksAtOnce(t *testing.T) {
	s := startSink(t, Faults{})
	var wg sync.WaitGroup
	for range 4 { // all send the same: each document is created once
		wg.Go(func() {
			for i := range 20 {
				send(t, s, "POST", "/_bulk", bulkBody(i*50, 50))
			}
		})
	}
	wg.Wait()
	if s.Count("tweets") != 1000 || s.Items() != 4000 {
		t.Errorf("%d documents of %d items", s.Count("tweets"), s.Items())
	}
}

// bulkBody is n documents from the first on, as the program writes them.
func bulkBody(first, n int) string {
	var b bytes.Buffer
	filler := strings.Repeat("x", 450)
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, `{"create":{"_index":"tweets","_id":"tweets-0-%d-1760000000000"}}`+"\n"+`{"Message":"%s"}`+"\n", i, filler)
	}
	return b.String()
}

func FuzzScanAction(f *testing.F) {
	for _, seed := range []string{createA, indexAt(3), deleteAt(1), `{"index":{}}`, `{"create":{"_id":"a","_id":"b"}}`, `{"index":{"version":01}}`} {
		line, _, _ := strings.Cut(seed, "\n")
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		fast, ok := scanAction(line)
		if !ok || !json.Valid([]byte(line)) {
			return // the scan may take a line that is no JSON: it is for programs, not for people
		}
		slow, err := decodeAction(line)
		if err == nil && strings.Count(line, `"_`) <= 2 && fast != slow {
			t.Errorf("%q: scanned %+v, decoded %+v", line, fast, slow)
		}
	})
}

func BenchmarkSink(b *testing.B) {
	const documents = 2000
	s := startSink(b, Faults{})
	bodies := make([]string, 220)
	for i := range bodies {
		bodies[i] = bulkBody(i*documents, documents)
	}
	n := 0
	b.SetBytes(int64(len(bodies[0])))
	for b.Loop() {
		if n%len(bodies) == 0 {
			s.Reset()
		}
		send(b, s, "POST", "/_bulk"+filterAsProgram, bodies[n%len(bodies)])
		n++
	}
	b.ReportMetric(float64(n)*documents/b.Elapsed().Seconds(), "records/s")
}

func TestFaultsDelayByDocument(t *testing.T) {
	f := Faults{Delay: time.Second, ItemDelay: time.Millisecond}
	if got := f.delay(bulkBody(0, 7)); got != time.Second+7*time.Millisecond {
		t.Errorf("delay of 7 documents: %v", got)
	}
}
