package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// fatalRow is an answer that would be the same for every record.
type fatalRow struct {
	name   string
	faults sandbox.Faults
	says   []string // parts of the last line of the log
}

// whole is a refusal of the whole request.
func whole(status int, kind string) sandbox.Faults {
	return sandbox.Faults{Intercept: sandbox.Answer(status, fmt.Sprintf(`{"error":{"type":%q,"reason":"as the row has it"},"status":%d}`, kind, status))}
}

// each is a refusal of every item.
func each(status int, kind string) sandbox.Faults {
	return sandbox.Faults{Item: func(string, string, string) sandbox.Refusal { return refusal(status, kind) }}
}

// redirect answers with a status that points elsewhere.
func redirect(status int) sandbox.Faults {
	return sandbox.Faults{Intercept: func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Location", "https://search.example:9243/_bulk")
		w.WriteHeader(status)
		return true
	}}
}

func fatalRows() []fatalRow {
	const (
		credentials = "check username and password, or api_key"
		permission  = "index privileges auto_configure, create_doc, index and delete"
	)
	return []fatalRow{
		{"bulk-401", whole(401, "security_exception"), []string{"refused the credentials", credentials}},
		{"bulk-403", whole(403, "security_exception"), []string{"refused the permission", permission}},
		{"bulk-301", redirect(301), []string{"301 Moved Permanently", "search.example:9243", "put the final address into addresses"}},
		{"bulk-302", redirect(302), []string{"302 Found", "search.example:9243", "put the final address into addresses"}},
		{"bulk-404", whole(404, "no_handler"), []string{"has no bulk endpoint", "check that addresses"}},
		{"bulk-405", whole(405, "method_not_allowed"), []string{"405 Method Not Allowed", "check that addresses lead to Elasticsearch"}},
		{"bulk-406", whole(406, "media_type"), []string{"406 Not Acceptable", "check that addresses lead to Elasticsearch"}},
		{"bulk-of-another", sandbox.Faults{Intercept: sandbox.AnswerPlain(http.StatusOK, `{"errors":false,"items":[]}`)}, []string{"is not Elasticsearch (200 OK without X-Elastic-Product)", "check addresses, and proxies"}},
		{"item-401", each(401, "security_exception"), []string{`write to index \"users\"`, credentials}},
		{"item-403", each(403, "security_exception"), []string{`write to index \"users\"`, "grant the user or key the index privileges"}},
		{"item-404", each(404, "index_not_found_exception"), []string{`write to index \"users\"`, "create the index, or let Elasticsearch create it"}},
	}
}

// TestFatalAnswers has a process for each row: it ends by itself with exit code 1
// and says what to fix. What it had read is not taken for written.
func TestFatalAnswers(t *testing.T) {
	for _, row := range fatalRows() {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, map[string]int32{"users": 1}, oneTopic+quick)
			s.sink.SetFaults(row.faults)
			records := s.produce("users", 0, plain(10)...)
			s.start().fails(append(row.says, "actorpipe ends: ", "writers")...)
			s.wantDocuments(t, "users", map[string]string{})
			for _, commit := range s.broker.Cluster().GroupInfo(s.group).Commits["users"] {
				if commit.Offset > 0 {
					t.Errorf("committed %d of %d records that were not written", commit.Offset, len(records))
				}
			}
		})
	}
}

// TestFatalAnswerAmongOthers has one document of ten refused with what would be
// the same for all: whatever else the answer holds, the process ends.
func TestFatalAnswerAmongOthers(t *testing.T) {
	t.Parallel()
	s := newScene(t, map[string]int32{"users": 1}, oneTopic+`kafka {
  session_timeout = "1s" # what ends by itself does not leave the group: the next waits for it
  hand_over       = "500ms"
}
`+quick, kfake.GroupMinSessionTimeout(time.Second))
	s.sink.SetFaults(sandbox.Faults{Item: func(_, _, source string) sandbox.Refusal {
		if source == fourth {
			return refusal(403, "security_exception")
		}
		return sandbox.Refusal{}
	}})
	records := s.produce("users", 0, plain(10)...)
	s.start().fails("grant the user or key the index privileges")
	s.sink.SetFaults(sandbox.Faults{})
	p := s.start()
	b := p.awaitSettled("users", 10)
	if b.Indexed+b.Duplicate != 10 || b.Duplicate < 1 {
		t.Errorf("books %+v, want all ten again, the nine stored ones as duplicates", b)
	}
	p.stop(0)
	s.wantCommitted()
	s.wantDocuments(t, "users", sources(records))
}

// templateRow is an answer to the template request.
type templateRow struct {
	name   string
	answer sandbox.Intercept
	reason string   // of /ready while it lasts; "": it does not last
	warns  bool     // once, and the writers start
	fatal  []string // parts of the last line of the log
}

func templateRows() []templateRow {
	refuse := func(status int) sandbox.Intercept { return whole(status, "scripted").Intercept }
	later := func(name string, answer sandbox.Intercept, reason string) templateRow {
		return templateRow{name: name, answer: answer, reason: "index template: " + reason}
	}
	return []templateRow{
		{name: "stored", answer: sandbox.Pass},
		{name: "403", answer: refuse(403), warns: true},
		{name: "405", answer: refuse(405), warns: true},
		{name: "400", answer: refuse(400), warns: true},
		{name: "404", answer: refuse(404), warns: true},
		{name: "401", answer: refuse(401), fatal: []string{"template request", "check username and password, or api_key"}},
		{name: "of-another", answer: sandbox.AnswerPlain(http.StatusOK, "{}"), fatal: []string{"template request", "is not Elasticsearch (200 OK without X-Elastic-Product)"}},
		later("429", refuse(429), "127.0.0.1"),
		later("503", refuse(503), "127.0.0.1"),
		later("reset", sandbox.Reset, "127.0.0.1"),
	}
}

// TestTemplateAnswers has a process for each answer to the template request.
// Until there is one nothing is written.
func TestTemplateAnswers(t *testing.T) {
	database := t.TempDir() + "/City.mmdb"
	if err := sandbox.WriteDatabase(database); err != nil {
		t.Fatal(err)
	}
	for _, row := range templateRows() {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, map[string]int32{"tweets": 1}, fmt.Sprintf("kafka {\n  topic \"tweets\" { address = \"RemoteAddress\" }\n}\ngeoip { database = %q }\n", database)+quick)
			s.template(row)
		})
	}
}

// template takes a process through one row.
func (s *scene) template(row templateRow) {
	s.t.Helper()
	const n = 10
	s.sink.SetFaults(sandbox.Faults{Intercept: onTemplate(row.answer)})
	s.produce("tweets", 0, plain(n)...)
	p := s.start()
	if row.fatal != nil {
		p.fails(row.fatal...)
		return
	}
	if row.reason != "" {
		p.awaitReady(row.reason)
		soon(s.t, "records that wait", func() bool { b := p.books("tweets"); return b.InFlight == n })
		if bulks := s.sink.Requests(); bulks != 0 {
			s.t.Errorf("%d bulk requests before the template request had its answer", bulks)
		}
		s.sink.SetFaults(sandbox.Faults{})
	}
	p.awaitSettled("tweets", n)
	p.awaitReady("")
	p.stop(0)
	s.wantCommitted()
	if got := len(s.documents("tweets")); got != n {
		s.t.Errorf("%d documents, want %d", got, n)
	}
	if said := strings.Count(p.log.String(), "index template not put"); (said == 1) != row.warns || said > 1 {
		s.t.Errorf("warned %d times that the template was not put, want once: %t", said, row.warns)
	}
	if _, found := s.sink.Template("actorpipe-tweets"); found == row.warns {
		s.t.Errorf("the template is there: %t", found)
	}
}

// onTemplate answers template requests alone.
func onTemplate(answer sandbox.Intercept) sandbox.Intercept {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return strings.Contains(r.URL.Path, "_template") && answer(w, r)
	}
}
