package elastic

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// templates is a server that answers template requests by method: GET legacy, PUT, GET, PUT.
type templates struct {
	legacy  string // body of GET _template
	answers map[string]answer
	asked   []string
	bodies  []string
}

type answer struct {
	status int
	body   string
}

func (s *templates) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	create := ""
	if r.URL.Query().Get("create") == "true" {
		create = " create"
	}
	s.asked = append(s.asked, r.Method+" "+r.URL.Path+create)
	s.bodies = append(s.bodies, string(body))
	if r.URL.Path == "/_template" {
		answers(http.StatusOK, s.legacy)(w, r)
		return
	}
	a, ok := s.answers[r.Method+create]
	if !ok {
		a = answer{http.StatusOK, `{"acknowledged":true}`}
	}
	answers(a.status, a.body)(w, r)
}

const (
	exists   = `{"error":{"type":"illegal_argument_exception","reason":"index template [actorpipe-tweets] already exists"},"status":400}`
	ourOwn   = `{"index_templates":[{"name":"actorpipe-tweets","index_template":{"index_patterns":["tweets"],"_meta":{"managed_by":"actorpipe"}}}]}`
	another  = `{"index_templates":[{"name":"actorpipe-tweets","index_template":{"index_patterns":["tweets"]}}]}`
	created  = "PUT create"
	askedPut = "PUT /_index_template/actorpipe-tweets create"
	askedGet = "GET /_index_template/actorpipe-tweets"
)

func TestTemplate(t *testing.T) {
	legacy := "GET /_template"
	for name, c := range map[string]struct {
		server  templates
		verdict TemplateVerdict
		reason  string
		fatal   string
		asked   []string
	}{
		"made":            {templates{}, TemplateDone, "", "", []string{legacy, askedPut}},
		"ours is there":   {templates{answers: map[string]answer{created: {400, exists}, "GET": {200, ourOwn}}}, TemplateDone, "", "", []string{legacy, askedPut, askedGet, "PUT /_index_template/actorpipe-tweets"}},
		"user's name":     {templates{answers: map[string]answer{created: {400, exists}, "GET": {200, another}}}, TemplateRefused, "already exists", "", []string{legacy, askedPut, askedGet}},
		"user's pattern":  {templates{answers: map[string]answer{created: {400, `{"error":{"type":"illegal_argument_exception","reason":"same priority [0]"}}`}, "GET": {404, ""}}}, TemplateRefused, "same priority [0]", "", []string{legacy, askedPut, askedGet}},
		"legacy":          {templates{legacy: `{"x":{"index_patterns":["t"]},"old":{"index_patterns":["a*b","t*e*s"]}}`}, TemplateRefused, "legacy template old", "", []string{legacy}},
		"other legacy":    {templates{legacy: `{"old":{"index_patterns":["tweet","weets","tweets-*","t*x*s"]}}`}, TemplateDone, "", "", []string{legacy, askedPut}},
		"403":             {templates{answers: map[string]answer{created: {403, `{"error":{"type":"security_exception","reason":"no"}}`}}}, TemplateRefused, "403 Forbidden: security_exception: no", "", []string{legacy, askedPut}},
		"405":             {templates{answers: map[string]answer{created: {405, ""}}}, TemplateRefused, "405", "", []string{legacy, askedPut}},
		"302":             {templates{answers: map[string]answer{created: {302, ""}}}, TemplateRefused, "302", "", []string{legacy, askedPut}},
		"413":             {templates{answers: map[string]answer{created: {413, ""}}}, TemplateRefused, "413", "", []string{legacy, askedPut}},
		"429":             {templates{answers: map[string]answer{created: {429, ""}}}, TemplateLater, "429", "", []string{legacy, askedPut}},
		"503":             {templates{answers: map[string]answer{created: {503, ""}}}, TemplateLater, "503", "", []string{legacy, askedPut}},
		"503 at the look": {templates{answers: map[string]answer{created: {400, exists}, "GET": {503, ""}}}, TemplateLater, "503", "", []string{legacy, askedPut, askedGet}},
		"401":             {templates{answers: map[string]answer{created: {401, ""}}}, 0, "", "refused the credentials", []string{legacy, askedPut}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := serve(t, c.server.ServeHTTP).PutTemplate(t.Context())
			if (err == nil) != (c.fatal == "") || err != nil && !strings.Contains(err.Error(), c.fatal) {
				t.Fatal(err)
			}
			if got.Verdict != c.verdict || !strings.Contains(got.Reason, c.reason) || (c.reason == "") != (got.Reason == "") {
				t.Errorf("got %+v", got)
			}
			if diff := cmp.Diff(c.asked, c.server.asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTemplateServers that are none, or not there.
func TestTemplateServers(t *testing.T) {
	if _, err := serve(t, func(http.ResponseWriter, *http.Request) {}).PutTemplate(t.Context()); err == nil || !strings.Contains(err.Error(), "is not Elasticsearch") {
		t.Error(err)
	}
	dead := refusing(t)
	got, err := connect(t, func(s *Settings) { s.Addresses = []string{"http://" + dead} }).PutTemplate(t.Context())
	if err != nil || got.Verdict != TemplateLater || !strings.Contains(got.Reason, dead) {
		t.Errorf("got %+v, %v", got, err)
	}
	got, err = serve(t, hang, func(s *Settings) { s.RequestTimeout = 200 * time.Millisecond }).PutTemplate(t.Context())
	if err != nil || got.Verdict != TemplateLater || !strings.Contains(got.Reason, "no answer within") {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestTemplateBodies: one for each index, none where there is no target.
func TestTemplateBodies(t *testing.T) {
	server := &templates{}
	client := serve(t, server.ServeHTTP, func(s *Settings) {
		s.Routes = map[string]Route{
			"a": {Index: "one", Target: "geo"}, "b": {Index: "one", Target: "client.geo"},
			"c": {Index: "one", Target: "client.place"}, "d": {Index: "two"},
		}
	})
	if got, err := client.PutTemplate(t.Context()); err != nil || got != (TemplateAnswer{}) {
		t.Fatalf("got %+v, %v", got, err)
	}
	if len(server.asked) != 2 || server.asked[1] != "PUT /_index_template/actorpipe-one create" {
		t.Fatalf("asked %q", server.asked)
	}
	var body struct {
		Patterns []string `json:"index_patterns"`
		Priority int      `json:"priority"`
		Meta     struct {
			ManagedBy string `json:"managed_by"`
		} `json:"_meta"`
		Template struct {
			Mappings json.RawMessage `json:"mappings"`
		} `json:"template"`
	}
	if err := json.Unmarshal([]byte(server.bodies[1]), &body); err != nil {
		t.Fatal(err)
	}
	const object = `{"properties":{"location":{"type":"geo_point"}}}`
	want := `{"properties":{"client":{"properties":{"geo":` + object + `,"place":` + object + `}},"geo":` + object + `}}`
	if string(body.Template.Mappings) != want || body.Priority != 0 || body.Meta.ManagedBy != "actorpipe" || !cmp.Equal(body.Patterns, []string{"one"}) {
		t.Errorf("got %s", server.bodies[1])
	}
	none := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("was asked") }, func(s *Settings) { s.Routes = map[string]Route{"d": {Index: "two"}} })
	if got, err := none.PutTemplate(t.Context()); err != nil || got != (TemplateAnswer{}) {
		t.Errorf("got %+v, %v", got, err)
	}
}
