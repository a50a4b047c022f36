package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/actorpipe/actorpipe/messages"
)

// contentPolicy lets the page load its own two files and ask its own server,
// and nothing else.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/live", live)
	mux.HandleFunc("/ready", s.withReport(ready))
	mux.HandleFunc("/metrics", s.withReport(s.metrics()))
	mux.HandleFunc("/api/v1/report", s.withReport(reportJSON))
	servePage(mux, s.settings.Version)
	return readOnly(mux)
}

// readOnly refuses what is no GET or HEAD, and sets what every answer carries.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// showing answers a request from a report.
type showing func(w http.ResponseWriter, r *http.Request, report *messages.Report)

// withReport takes one report for each request; without one it answers 503.
func (s *Server) withReport(show showing) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), reportTimeout)
		defer cancel()
		report, err := s.settings.Report(ctx)
		if err != nil {
			http.Error(w, fmt.Sprintf("no report from the monitor: %v", err), http.StatusServiceUnavailable)
			return
		}
		show(w, r, report)
	}
}

// live says that the process answers, and asks nobody.
func live(w http.ResponseWriter, _ *http.Request) { writeText(w, "ok\n") }

// ready says whether the pipeline does its work, or what it waits for.
func ready(w http.ResponseWriter, _ *http.Request, report *messages.Report) {
	if len(report.NotReady) == 0 {
		writeText(w, "ready\n")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusServiceUnavailable)
	for _, reason := range report.NotReady {
		_, _ = fmt.Fprintln(w, reason) // the client may be gone
	}
}

func reportJSON(w http.ResponseWriter, _ *http.Request, report *messages.Report) {
	body, err := json.Marshal(report)
	if err != nil {
		http.Error(w, fmt.Sprintf("report has no JSON form: %v", err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text)) // the client may be gone
}
