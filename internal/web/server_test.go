package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

func start(t *testing.T, report func(context.Context) (*messages.Report, error)) (server *Server, stop func() error) {
	t.Helper()
	s, err := New(Settings{Listen: "127.0.0.1:0", Report: report}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }() // owned by stop
	return s, func() error { cancel(); return <-done }
}

// fetch asks over a connection of its own.
func fetch(t *testing.T, s *Server, path string) (status int, text string, err error) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	return r.StatusCode, string(answer), err
}

func TestServerAnswersUntilItsContextEnds(t *testing.T) {
	s, stop := start(t, reporting(sample(), nil))
	if status, text, err := fetch(t, s, "/ready"); err != nil || status != http.StatusOK || text != "ready\n" {
		t.Errorf("%d %q, %v", status, text, err)
	}
	if err := stop(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, _, err := fetch(t, s, "/ready"); err == nil {
		t.Error("still answers")
	}
}

func TestServerRefusesAnAddressInUse(t *testing.T) {
	s, stop := start(t, reporting(sample(), nil))
	defer func() { _ = stop() }()
	_, err := New(Settings{Listen: s.Addr()}, slog.New(slog.DiscardHandler))
	want := "monitor.listen " + s.Addr() + ` is in use: stop the other process or set another address, "" for none`
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestServerRefusesAnAddressItCannotHave(t *testing.T) {
	for _, listen := range []string{"", "no port", "192.0.2.1:9600", "127.0.0.1:99999"} {
		if s, err := New(Settings{Listen: listen}, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%q is listened on at %s", listen, s.Addr())
			_ = s.Close()
		} else if !strings.Contains(err.Error(), "monitor.listen") {
			t.Errorf("%q: %v does not say which setting", listen, err)
		}
	}
}

func TestServerIsGivenBackByClose(t *testing.T) {
	s, err := New(Settings{Listen: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := New(Settings{Listen: s.Addr()}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}

// hanging is a monitor that does not answer; asked tells of each question.
func hanging(asked chan<- struct{}) func(context.Context) (*messages.Report, error) {
	return func(ctx context.Context) (*messages.Report, error) {
		asked <- struct{}{}
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
}

func TestServerLivesWhileTheMonitorHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{settings: Settings{Report: hanging(make(chan struct{}, 1))}}
		if r := askServer(t, s, http.MethodGet, "/live"); r.Code != http.StatusOK {
			t.Errorf("/live: %d", r.Code)
		}
		begin := time.Now()
		r := askServer(t, s, http.MethodGet, "/ready")
		want := "no report from the monitor: context deadline exceeded\n"
		if got := r.Body.String(); r.Code != http.StatusServiceUnavailable || got != want {
			t.Errorf("/ready: %d %q", r.Code, got)
		}
		if took := time.Since(begin); took != reportTimeout {
			t.Errorf("/ready took %v", took)
		}
	})
}

func TestServerStopsAtOnceWhileTheMonitorHangs(t *testing.T) {
	asked := make(chan struct{}, 1)
	s, stop := start(t, hanging(asked))
	done := make(chan struct{})
	go func() { // ends with the request
		defer close(done)
		_, _, _ = fetch(t, s, "/api/v1/report")
	}()
	<-asked
	begin := time.Now()
	if err := stop(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if took := time.Since(begin); took > shutdownTimeout+500*time.Millisecond {
		t.Errorf("took %v", took)
	}
	<-done
}
