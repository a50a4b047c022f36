package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"maps"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/actorpipe/actorpipe/messages"
)

var update = flag.Bool("update", false, "write the golden files")

// ask answers one request from the report.
func ask(t *testing.T, method, path string, report *messages.Report, err error) *httptest.ResponseRecorder {
	t.Helper()
	s := &Server{settings: Settings{Report: reporting(report, err), Version: "1.2.3"}, log: slog.New(slog.DiscardHandler)}
	return askServer(t, s, method, path)
}

func askServer(t *testing.T, s *Server, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	s.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return w
}

func TestPathsAnswer(t *testing.T) {
	waiting := sample()
	waiting.NotReady = []string{"elasticsearch: 503 since 12:00", "kafka: no assignment yet"}
	broken := errors.New("monitor does not answer")
	tests := []struct {
		name, method, path string
		report             *messages.Report
		err                error
		status             int
		body               string // a part of it
	}{
		{"live", "GET", "/live", nil, broken, 200, "ok\n"},
		{"ready", "GET", "/ready", sample(), nil, 200, "ready\n"},
		{"ready with reasons", "GET", "/ready", waiting, nil, 503, "elasticsearch: 503 since 12:00\nkafka: no assignment yet\n"},
		{"ready without report", "GET", "/ready", nil, broken, 503, "no report from the monitor: monitor does not answer"},
		{"metrics", "GET", "/metrics", sample(), nil, 200, "go_goroutines"},
		{"metrics without report", "GET", "/metrics", nil, broken, 503, "monitor does not answer"},
		{"report", "GET", "/api/v1/report", sample(), nil, 200, `"verdict":"enrichers are`},
		{"report while not ready", "GET", "/api/v1/report", waiting, nil, 200, `"not_ready":["elasticsearch`},
		{"report without report", "GET", "/api/v1/report", nil, broken, 503, "monitor does not answer"},
		{"page", "GET", "/", nil, broken, 200, `<span class="version">1.2.3</span>`},
		{"style", "GET", "/page.css", nil, broken, 200, "prefers-color-scheme"},
		{"script", "GET", "/page.js", nil, broken, 200, "api/v1/report"},
		{"head", "HEAD", "/live", nil, broken, 200, ""},
		{"unknown path", "GET", "/metric", sample(), nil, 404, ""},
		{"below a path", "GET", "/live/x", sample(), nil, 404, ""},
		{"post", "POST", "/live", sample(), nil, 405, "only GET and HEAD"},
		{"delete", "DELETE", "/api/v1/report", sample(), nil, 405, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := ask(t, test.method, test.path, test.report, test.err)
			if got := r.Body.String(); r.Code != test.status || !strings.Contains(got, test.body) {
				t.Errorf("status %d, want %d; body %.300q, want %q in it", r.Code, test.status, got, test.body)
			}
		})
	}
}

func TestReportIsAsTheDesignSays(t *testing.T) {
	got := ask(t, "GET", "/api/v1/report", sample(), nil).Body.String()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(got), "", "  "); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/report.json", pretty.String())

	var report struct {
		Mailboxes, Topics []map[string]any
	}
	var top map[string]any
	for _, into := range []any{&report, &top} {
		if err := json.Unmarshal([]byte(got), into); err != nil {
			t.Fatal(err)
		}
	}
	wantKeys(t, "report", top, "time uptime_seconds verdict mailboxes topics restarts dead_letters")
	wantKeys(t, "mailbox", report.Mailboxes[0], "name depth capacity fill_percent fill_mean_percent fill_highest_percent parked_seconds in_per_second out_per_second")
	wantKeys(t, "topic", report.Topics[0], "name consumed indexed duplicate superseded deleted ignored dead_lettered returned in_flight lag")
}

// wantKeys checks that what people rely on is there; more may be.
func wantKeys(t *testing.T, what string, m map[string]any, keys string) {
	t.Helper()
	for _, k := range strings.Fields(keys) {
		if _, ok := m[k]; !ok {
			t.Errorf("%s lacks %q: it has %q", what, k, slices.Sorted(maps.Keys(m)))
		}
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", path, diff)
	}
}
