package web

import (
	_ "embed" // of the page's files
	"html"
	"net/http"
	"strings"
)

var (
	//go:embed page/index.html
	pageHTML string
	//go:embed page/page.css
	pageCSS string
	//go:embed page/page.js
	pageJS string
)

// servePage serves the page and its two files, and nothing beside them.
func servePage(mux *http.ServeMux, version string) {
	page := strings.ReplaceAll(pageHTML, "{{version}}", html.EscapeString(version))
	mux.HandleFunc("/{$}", file("text/html; charset=utf-8", page))
	mux.HandleFunc("/page.css", file("text/css; charset=utf-8", pageCSS))
	mux.HandleFunc("/page.js", file("text/javascript; charset=utf-8", pageJS))
}

func file(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write([]byte(body)) // the client may be gone
	}
}
