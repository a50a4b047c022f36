package sandbox

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const filterAsProgram = "?filter_path=errors,items.*.status,items.*.error"

func startSink(tb testing.TB, f Faults) *Sink {
	tb.Helper()
	s, err := StartSink(SinkSettings{Faults: f})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

// send makes a request; an error of the connection is status 0.
func send(tb testing.TB, s *Sink, method, path, body string, headers ...string) (status int, answer string) {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), method, s.URL()+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		return 0, err.Error()
	}
	if want := "Elasticsearch"; got.StatusCode/100 == 2 && got.Header.Get("X-Elastic-Product") != want {
		tb.Errorf("%s: no X-Elastic-Product", path)
	}
	return got.StatusCode, string(b)
}

func documents(s *Sink, index string) map[string]string {
	all := map[string]string{}
	s.Each(index, func(id, source string) bool { all[id] = source; return true })
	return all
}

const (
	createA  = `{"create":{"_index":"tweets","_id":"a"}}` + "\n" + `{"n":1}` + "\n"
	indexA   = `{"index":{"_index":"tweets","_id":"a"}}` + "\n" + `{"n":2}` + "\n"
	deleteA  = `{"delete":{"_index":"tweets","_id":"a"}}` + "\n"
	external = `{"%s":{"_index":"tweets","_id":"a","version":%d,"version_type":"external"}}` + "\n"
)

func indexAt(version int) string {
	return fmt.Sprintf(external, "index", version) + fmt.Sprintf(`{"v":%d}`, version) + "\n"
}
func deleteAt(version int) string { return fmt.Sprintf(external, "delete", version) }

func TestSinkAnswersEachItemAsElasticsearchDoes(t *testing.T) {
	exists := `{"create":{"error":{"type":"version_conflict_engine_exception","reason":"[a]: version conflict, document already exists (current version [1])","index":"tweets"},"status":409}}`
	older := func(op string, current, provided int) string {
		return fmt.Sprintf(`{"%s":{"error":{"type":"version_conflict_engine_exception","reason":"[a]: version conflict, current version [%d] is higher or equal to the one provided [%d]","index":"tweets"},"status":409}}`, op, current, provided)
	}
	tests := []struct {
		name, body, items string
		errors            bool
		left              map[string]string
	}{
		{"create", createA, `{"create":{"status":201}}`, false, map[string]string{"a": `{"n":1}`}},
		{"create twice", createA + createA, `{"create":{"status":201}},` + exists, true, map[string]string{"a": `{"n":1}`}},
		{"index over it", createA + indexA, `{"create":{"status":201}},{"index":{"status":200}}`, false, map[string]string{"a": `{"n":2}`}},
		{"delete", createA + deleteA, `{"create":{"status":201}},{"delete":{"status":200}}`, false, map[string]string{}},
		{"delete nothing", deleteA, `{"delete":{"status":404}}`, false, map[string]string{}},
		{"create after delete", createA + deleteA + createA, `{"create":{"status":201}},{"delete":{"status":200}},{"create":{"status":201}}`, false, map[string]string{"a": `{"n":1}`}},
		{"external versions rise", indexAt(3) + indexAt(7), `{"index":{"status":201}},{"index":{"status":200}}`, false, map[string]string{"a": `{"v":7}`}},
		{"external version again", indexAt(3) + indexAt(3), `{"index":{"status":201}},` + older("index", 3, 3), true, map[string]string{"a": `{"v":3}`}},
		{"external version older", indexAt(9) + indexAt(3), `{"index":{"status":201}},` + older("index", 9, 3), true, map[string]string{"a": `{"v":9}`}},
		{"external version zero", indexAt(0), `{"index":{"status":201}}`, false, map[string]string{"a": `{"v":0}`}},
		{"external delete", indexAt(3) + deleteAt(4), `{"index":{"status":201}},{"delete":{"status":200}}`, false, map[string]string{}},
		{"external delete leaves a trace", deleteAt(4) + indexAt(3), `{"delete":{"status":404}},` + older("index", 4, 3), true, map[string]string{}},
		{"external delete too late", indexAt(5) + deleteAt(4), `{"index":{"status":201}},` + older("delete", 5, 4), true, map[string]string{"a": `{"v":5}`}},
		{
			"no object", `{"create":{"_index":"tweets","_id":"b"}}` + "\n[1]\n" + createA,
			`{"create":{"error":{"type":"document_parsing_exception","reason":"not an object","index":"tweets"},"status":400}},{"create":{"status":201}}`, true,
			map[string]string{"a": `{"n":1}`},
		},
		{"escapes and blanks", `{ "create" : {"_id":"q\"\u00e9","_index":"tweets"} }` + "\n{}\n", `{"create":{"status":201}}`, false, map[string]string{`q"é`: `{}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := startSink(t, Faults{})
			status, got := send(t, s, "POST", "/_bulk"+filterAsProgram, test.body, "Content-Type", "application/x-ndjson")
			want := fmt.Sprintf(`{"errors":%t,"items":[%s]}`, test.errors, test.items)
			if status != http.StatusOK || got != want {
				t.Errorf("status %d\n got %s\nwant %s", status, got, want)
			}
			if diff := cmp.Diff(test.left, documents(s, "tweets")); diff != "" {
				t.Errorf("documents (-want +got):\n%s", diff)
			}
			if s.Count("tweets") != len(test.left) {
				t.Errorf("count %d", s.Count("tweets"))
			}
		})
	}
}

func TestSinkRefusesWholeBodies(t *testing.T) {
	s := startSink(t, Faults{})
	long := strings.Repeat("x", 513)
	for name, body := range map[string]string{
		"no newline at the end": strings.TrimSuffix(createA, "\n"),
		"empty":                 "",
		"no action":             createA + "{\"n\":1}\n{}\n",
		"no JSON":               createA + "create\n{}\n",
		"two actions":           createA + `{"create":{"_id":"1"},"index":{"_id":"1"}}` + "\n{}\n",
		"no index":              createA + `{"create":{"_id":"1"}}` + "\n{}\n",
		"unknown field":         createA + `{"create":{"_index":"tweets","version":"x"}}` + "\n{}\n",
		"id too long":           createA + `{"create":{"_index":"tweets","_id":"` + long + `"}}` + "\n{}\n",
		"create with a version": createA + fmt.Sprintf(external, "create", 1) + "{}\n",
		"raw newline":           createA + `{"create":{"_index":"tweets","_id":"1"}}` + "\n{\n}\n",
	} {
		if status, answer := send(t, s, "POST", "/_bulk", body); status != http.StatusBadRequest || !strings.HasPrefix(answer, `{"error":{`) {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if n := s.Count("tweets"); n != 0 {
		t.Errorf("%d documents of refused bodies", n)
	}
}

func TestSinkWritesWhatTheFilterNames(t *testing.T) {
	for filter, want := range map[string]string{
		"?filter_path=errors":                       `{"errors":true}`,
		"?filter_path=errors,items.*.status":        `{"errors":true,"items":[{"create":{"status":201}},{"create":{"status":409}}]}`,
		"?filter_path=items.*._id,items.*._version": `{"items":[{"create":{"_id":"a","_version":1}},{"create":{"_id":"a"}}]}`,
		"?filter_path=items.*.error":                `{"items":[{"create":{"error":{"type":"version_conflict_engine_exception","reason":"[a]: version conflict, document already exists (current version [1])","index":"tweets"}}}]}`,
		"?filter_path=hits":                         `{}`,
	} {
		s := startSink(t, Faults{})
		if _, got := send(t, s, "PUT", "/_bulk"+filter, createA+createA); got != want {
			t.Errorf("%s:\n got %s\nwant %s", filter, got, want)
		}
	}
	s := startSink(t, Faults{})
	_, got := send(t, s, "POST", "/users/_bulk", `{"index":{"_id":"u1"}}`+"\n{}\n")
	if want := `"items":[{"index":{"_index":"users","_id":"u1","_version":1,"status":201}}]}`; !strings.HasSuffix(got, want) || !strings.Contains(got, `"took":`) {
		t.Errorf("without a filter: %s", got)
	}
}

func TestSinkReadsGzip(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(createA)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s := startSink(t, Faults{})
	if status, got := send(t, s, "POST", "/_bulk", zipped.String(), "Content-Encoding", "gzip"); status != http.StatusOK || s.Count("tweets") != 1 {
		t.Errorf("%d %s", status, got)
	}
	if status, _ := send(t, s, "POST", "/_bulk", createA, "Content-Encoding", "gzip"); status != http.StatusBadRequest {
		t.Errorf("not zipped: %d", status)
	}
}
