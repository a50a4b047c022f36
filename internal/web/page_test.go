package web

import (
	"regexp"
	"strings"
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

func TestPageNeedsNothingFromElsewhere(t *testing.T) {
	elsewhere := regexp.MustCompile(`https?://|//[a-z]+\.[a-z]|@import|url\(`)
	for name, text := range map[string]string{"index.html": pageHTML, "page.css": pageCSS, "page.js": pageJS} {
		if at := elsewhere.FindString(text); at != "" {
			t.Errorf("%s: %q", name, at)
		}
	}
}

func TestPageKeepsItsContentPolicy(t *testing.T) {
	if strings.Contains(contentPolicy, "unsafe") {
		t.Errorf("policy allows unsafe things: %s", contentPolicy)
	}
	inline := regexp.MustCompile(`\sstyle=|\son[a-z]+=|<style|<script>|innerHTML|outerHTML|document\.write|eval\(`)
	for name, text := range map[string]string{"index.html": pageHTML, "page.js": pageJS} {
		if at := inline.FindString(text); at != "" {
			t.Errorf("%s: %q would be refused by the policy, or trusts text", name, at)
		}
	}
	r := ask(t, "GET", "/", nil, nil)
	for header, want := range map[string]string{"Content-Security-Policy": contentPolicy, "X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8"} {
		if got := r.Header().Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
}

func TestPageEscapesTheVersion(t *testing.T) {
	s := &Server{settings: Settings{Report: reporting(nil, nil), Version: `<script>x</script>`}}
	if got := askServer(t, s, "GET", "/").Body.String(); strings.Contains(got, "<script>x") {
		t.Error("version is not escaped")
	}
}

func TestPageShowsEveryOutcome(t *testing.T) {
	for o := range messages.Outcomes {
		if name := messages.Outcome(o).String(); !strings.Contains(pageJS, `"`+name+`"`) {
			t.Errorf("page.js does not show %s", name)
		}
	}
}
