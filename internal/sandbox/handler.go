package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const maxTemplateBytes = 1 << 20

// handler answers what the pipeline asks of Elasticsearch, and the little that
// a person asks who looks at the documents of a demo that stays up.
func (s *Sink) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isBulk(r) {
			s.requests.Add(1)
		}
		if f := s.faults.Load(); f.Intercept == nil || !f.Intercept(w, r) {
			s.route(w, r)
		}
	})
}

// isBulk says whether the request is a bulk request.
func isBulk(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/_bulk") }

func (s *Sink) route(w http.ResponseWriter, r *http.Request) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	first, last := path[0], path[len(path)-1]
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case r.URL.Path == "/" && reads:
		Answer(http.StatusOK, `{"name":"actorpipe sandbox","version":{"number":"8.19.0"},"tagline":"You Know, for Search"}`)(w, r)
	case last == "_bulk" && len(path) <= 2 && !reads:
		s.serveBulk(w, r, strings.Join(path[:len(path)-1], ""))
	case first == "_index_template" && len(path) == 2 && reads:
		s.getTemplate(w, last)
	case first == "_index_template" && len(path) == 2:
		s.putTemplate(w, r, last)
	case last == "_count" && len(path) == 2:
		writeJSON(w, http.StatusOK, fmt.Appendf(nil, `{"count":%d}`, s.Count(first)))
	case len(path) == 3 && path[1] == "_doc" && reads:
		s.serveDocument(w, first, last)
	default:
		writeError(w, http.StatusBadRequest, Refusal{Type: "illegal_argument_exception", Reason: fmt.Sprintf("no handler found for uri [%s] and method [%s]", r.URL.Path, r.Method)})
	}
}

// putTemplate keeps a template; with ?create=true one that is there stays.
func (s *Sink) putTemplate(w http.ResponseWriter, r *http.Request, name string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxTemplateBytes))
	if err != nil || !json.Valid(body) {
		writeError(w, http.StatusBadRequest, Refusal{Type: "parse_exception", Reason: "request body is no JSON"})
		return
	}
	if !s.store.setTemplate(name, string(body), r.URL.Query().Get("create") == "true") {
		writeError(w, http.StatusBadRequest, Refusal{Type: "illegal_argument_exception", Reason: fmt.Sprintf("index template [%s] already exists", name)})
		return
	}
	writeJSON(w, http.StatusOK, []byte(`{"acknowledged":true}`))
}

func (s *Sink) getTemplate(w http.ResponseWriter, name string) {
	body, found := s.Template(name)
	if !found {
		writeError(w, http.StatusNotFound, Refusal{Type: "resource_not_found_exception", Reason: fmt.Sprintf("index template matching [%s] not found", name)})
		return
	}
	writeJSON(w, http.StatusOK, fmt.Appendf(nil, `{"index_templates":[{"name":%s,"index_template":%s}]}`, quoted(name), body))
}

// Template is the body of an index template that was put.
func (s *Sink) Template(name string) (body string, found bool) {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	body, found = s.store.templates[name]
	return body, found
}

func (s *store) setTemplate(name, body string, onlyNew bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.templates[name]; there && onlyNew {
		return false
	}
	if s.templates == nil {
		s.templates = map[string]string{}
	}
	s.templates[name] = body
	return true
}

func (s *Sink) serveDocument(w http.ResponseWriter, index, id string) {
	source, found := s.Document(index, id)
	if !found {
		writeJSON(w, http.StatusNotFound, fmt.Appendf(nil, `{"_index":%s,"_id":%s,"found":false}`, quoted(index), quoted(id)))
		return
	}
	writeJSON(w, http.StatusOK, fmt.Appendf(nil, `{"_index":%s,"_id":%s,"found":true,"_source":%s}`, quoted(index), quoted(id), source))
}
