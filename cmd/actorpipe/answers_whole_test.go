package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// wholeRow is an answer to a whole bulk that means: the bulk again, later.
type wholeRow struct {
	name   string
	faults sandbox.Faults
	reason string // of /ready while it lasts
	stored bool   // the bulk is stored all the same: what comes again meets itself
}

func always() bool { return true }

// unavailable answers every request with a status, as Elasticsearch does.
func unavailable(status int) sandbox.Faults {
	return sandbox.Faults{Intercept: sandbox.Answer(status, fmt.Sprintf(`{"error":{"type":"scripted","reason":"not now"},"status":%d}`, status))}
}

func wholeRows() []wholeRow {
	rows := []wholeRow{
		{"reset", sandbox.Faults{Intercept: sandbox.Reset}, "connection reset by peer", false},
		{"closed", sandbox.Faults{Intercept: sandbox.Cut}, "EOF", false},
		{"timed-out", sandbox.Faults{Intercept: sandbox.Hang}, "no answer within 1s (request_timeout)", false},
		{"proxy-502", sandbox.Faults{Intercept: sandbox.AnswerPlain(http.StatusBadGateway, "<html>502</html>")}, "502 Bad Gateway", false},
		{"blocked-403", sandbox.Faults{Intercept: sandbox.Answer(http.StatusForbidden, `{"error":{"type":"cluster_block_exception","reason":"read only"},"status":403}`)}, "cluster_block_exception", false},
		{"lost", sandbox.Faults{Lost: always}, "EOF", true},
		{"cut-off", sandbox.Faults{Torn: always}, "answer cut off after", true},
		{"not-json", sandbox.Faults{Rewrite: func([]byte) []byte { return []byte("<html>fine</html>") }}, "the answer is cut off or no JSON", true},
		{"fewer-items", sandbox.Faults{Rewrite: dropItem}, "documents were sent, the answer has", true},
	}
	for _, status := range []int{408, 429, 500, 502, 503, 504} {
		rows = append(rows, wholeRow{fmt.Sprintf("status-%d", status), unavailable(status), fmt.Sprintf("answered %d %s", status, http.StatusText(status)), false})
	}
	return rows
}

// dropItem leaves the last item of an answer out.
func dropItem(answer []byte) []byte {
	at := bytes.LastIndex(answer, []byte(`,{"create"`))
	return append(bytes.Clone(answer[:at]), "]}"...)
}

const wholeRecords = 20

// TestWholeBulkThatFailsForNowComesAgain takes one process through every answer
// that says nothing of the documents. Each row has a topic.
func TestWholeBulkThatFailsForNowComesAgain(t *testing.T) {
	t.Parallel()
	rows := wholeRows()
	topics, settings := map[string]int32{"refused": 1}, `kafka {
  topic "refused" {}
`
	for _, row := range rows {
		topics[row.name] = 1
		settings += fmt.Sprintf("  topic %q {}\n", row.name)
	}
	s := newScene(t, topics, settings+"}\nelasticsearch { request_timeout = \"1s\" }\n"+quick)
	p := s.comesLater()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { s.comesAgain(t, p, row) })
	}
	p.stop(0)
	s.wantCommitted()
	if n := len(p.entries()); n != 0 {
		t.Errorf("%d entries in the DLQ, want none", n)
	}
}

// comesLater starts a process before its sink.
func (s *scene) comesLater() *actorProcess {
	s.t.Helper()
	s.must(s.sink.Close())
	p := s.start()
	records := s.produce("refused", 0, plain(wholeRecords)...)
	p.awaitReady("elasticsearch: " + strings.TrimPrefix(s.sink.URL(), "http://"))
	p.awaitReady("connection refused")
	s.later(s.t, p)
	s.sink = s.again()
	if got, want := p.awaitSettled("refused", wholeRecords), (messages.Books{Consumed: wholeRecords, Indexed: wholeRecords}); got != want {
		s.t.Errorf("books %+v, want %+v", got, want)
	}
	p.awaitReady("")
	s.wantDocuments(s.t, "refused", sources(records))
	return p
}

// later waits until what was refused waits in the pool, and no writer holds it.
func (s *scene) later(t *testing.T, p *actorProcess) {
	t.Helper()
	soon(t, "a closed gate and no busy writer", func() bool {
		r := p.report()
		for i := range r.Pools {
			if w := &r.Pools[i]; w.Name == "writers" {
				return w.GateClosed && w.Busy == 0 && w.SetAside > 0
			}
		}
		return false
	})
}

func (s *scene) comesAgain(t *testing.T, p *actorProcess, row wholeRow) {
	t.Helper()
	s.sink.SetFaults(row.faults)
	records := s.produce(row.name, 0, plain(wholeRecords)...)
	p.awaitReady("elasticsearch: ")
	p.awaitReady(row.reason)
	s.later(t, p)
	s.sink.SetFaults(sandbox.Faults{})
	b := p.awaitSettled(row.name, wholeRecords)
	p.awaitReady("")
	s.wantDocuments(t, row.name, sources(records))
	if b.Indexed+b.Duplicate != wholeRecords || (b.Duplicate > 0) != row.stored {
		t.Errorf("books %+v, want %d indexed, or duplicates (%t)", b, wholeRecords, row.stored)
	}
}

// TestWholeBulkTooLargeIsHalved has records that fit a request only together
// with few others, and one that fits none.
func TestWholeBulkTooLargeIsHalved(t *testing.T) {
	t.Parallel()
	const limit = 4096
	s := newScene(t, map[string]int32{"large": 1}, "kafka {\n  topic \"large\" {}\n}\nelasticsearch { workers = 1 }\n"+quick)
	var over atomic.Int64
	s.sink.SetFaults(sandbox.Faults{MaxBodyBytes: limit, Intercept: func(_ http.ResponseWriter, r *http.Request) bool {
		if r.ContentLength > limit {
			over.Add(1)
		}
		return false
	}})
	records := plain(40)
	for i := range records {
		records[i].value = fmt.Sprintf(`{"n":%d,"filler":%q}`, i, strings.Repeat("x", 300))
	}
	records[17].value = fmt.Sprintf(`{"filler":%q}`, strings.Repeat("x", limit))
	p := s.start()
	records = s.produce("large", 0, records...)
	huge := records[17]
	want := messages.Books{Consumed: 40, Indexed: 39, DeadLettered: 1}
	if got := p.awaitSettled("large", 40); got != want {
		t.Errorf("books %+v, want %+v", got, want)
	}
	if over.Load() == 0 {
		t.Error("no request was too large")
	}
	over.Store(0)
	more := s.produce("large", 0, records[:15]...)
	p.awaitSettled("large", 55)
	if n := over.Load(); n != 0 {
		t.Errorf("%d requests were too large after max_bytes had been lowered", n)
	}
	p.awaitReady("")
	p.stop(0)
	s.wantCommitted()
	s.wantDocuments(t, "large", without(sources(records, more), huge))
	entries := p.entries()
	if e, found := entries["large-0-17"]; len(entries) != 1 || !found || e.Status != 413 || e.Stage != messages.StageWriter || string(e.Value) != huge.value || !strings.Contains(e.Reason, "413") {
		t.Errorf("entries %+v, want one, of the huge record", entries)
	}
	if n := strings.Count(p.log.String(), "max_bytes is lowered"); n != 1 {
		t.Errorf("it was said %d times that max_bytes is lowered, want once", n)
	}
}

// malformed answers 400 to every bulk that holds the text.
func malformed(text string) sandbox.Intercept {
	refuse := sandbox.Answer(http.StatusBadRequest, `{"error":{"type":"illegal_argument_exception","reason":"no such bulk"},"status":400}`)
	return func(w http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		return bytes.Contains(body, []byte(text)) && refuse(w, r)
	}
}

// TestWholeBulkMalformedIsHalved has two records that make Elasticsearch refuse
// the whole bulk.
func TestWholeBulkMalformedIsHalved(t *testing.T) {
	t.Parallel()
	s := newScene(t, map[string]int32{"odd": 1}, "kafka {\n  topic \"odd\" {}\n}\n"+quick)
	s.sink.SetFaults(sandbox.Faults{Intercept: malformed("poison")})
	records := plain(20)
	records[3].value, records[17].value = `{"poison":1}`, `{"poison":2}`
	records = s.produce("odd", 0, records...)
	p := s.start()
	want := messages.Books{Consumed: 20, Indexed: 18, DeadLettered: 2}
	if got := p.awaitSettled("odd", 20); got != want {
		t.Errorf("books %+v, want %+v", got, want)
	}
	p.stop(0)
	s.wantCommitted()
	s.wantDocuments(t, "odd", without(sources(records), records[3], records[17]))
	entries := p.entries()
	for _, offender := range []int{3, 17} {
		e := entries[fmt.Sprintf("odd-0-%d", offender)]
		if e.Status != 400 || e.Stage != messages.StageWriter || string(e.Value) != records[offender].value || !strings.Contains(e.Reason, "illegal_argument_exception: no such bulk") {
			t.Errorf("entry of %d is %+v", offender, e)
		}
		t.Logf("entry of %d: %d attempts", offender, e.Attempts)
	}
	if len(entries) != 2 {
		t.Errorf("%d entries, want 2", len(entries))
	}
}
