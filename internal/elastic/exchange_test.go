package elastic

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/actorpipe/actorpipe/messages"
)

// hang answers nothing until the client is gone.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// abort sends what it is told and cuts the connection.
func abort(start string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, start)
		_ = conn.Close()
	}
}

// TestNoAnswer is every way of a request to come to nothing: later, with host and cause.
func TestNoAnswer(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nX-Elastic-Product: Elasticsearch\r\n"
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		reason  string
	}{
		"hangs":           {hang, "no answer within 300ms (request_timeout)"},
		"hangs in answer": {answerThenHang, "no answer within 300ms (request_timeout)"},
		"resets":          {abort(""), "EOF"},
		"cut in header":   {abort(head), "EOF"},
		"cut in body":     {abort(head + "Content-Length: 500\r\n\r\n" + twoStored), "cut off after 78 bytes"},
		"cut in chunks":   {abort(head + "Transfer-Encoding: chunked\r\n\r\n4e\r\n" + twoStored + "\r\n"), "cut off after 78 bytes"},
		"no HTTP":         {abort("SSH-2.0-OpenSSH\r\n"), "malformed HTTP"},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, c.handler, func(s *Settings) { s.RequestTimeout = 300 * time.Millisecond })
			got, err := client.NewBulker().Send(t.Context(), batches(tweets(1, 2)))
			if err != nil || got.Verdict != messages.BulkLater {
				t.Fatalf("got %+v, %v", got, err)
			}
			if !strings.HasPrefix(got.Reason, "127.0.0.1:") || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("reason %q", got.Reason)
			}
		})
	}
}

func answerThenHang(w http.ResponseWriter, r *http.Request) {
	answers(http.StatusOK, `{"errors":false,`)(w, r)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// TestContextEnds releases a request that hangs at once, with an error.
func TestContextEnds(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"before the answer": hang,
		"in the answer":     answerThenHang,
		"in the body":       func(http.ResponseWriter, *http.Request) {},
	} {
		t.Run(name, func(t *testing.T) {
			arrived, over := make(chan struct{}), make(chan struct{})
			client := serve(t, func(w http.ResponseWriter, r *http.Request) { close(arrived); handler(w, r); <-over })
			ctx, cancel := context.WithCancelCause(t.Context())
			cause := errors.New("the run is over")
			go func() { <-arrived; cancel(cause) }()
			b := client.NewBulker()
			start := time.Now()
			_, err := b.Send(ctx, batches(tweets(1, 100000))) // more than the sockets take
			close(over)
			if !errors.Is(err, cause) || time.Since(start) > 5*time.Second {
				t.Fatalf("after %s: %v", time.Since(start), err)
			}
		})
	}
}

// TestContextIsOver sends nothing.
func TestContextIsOver(t *testing.T) {
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("was asked") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.NewBulker().Send(ctx, batches(tweets(1, 1))); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := client.PutTemplate(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// TestDeadAddressIsLeftOut: one attempt fails at most, then the other address gets all.
func TestDeadAddressIsLeftOut(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answers(http.StatusOK, twoStored)(w, r)
	}))
	t.Cleanup(server.Close)
	dead := refusing(t)
	b := connect(t, func(s *Settings) { s.Addresses = []string{"http://" + dead, server.URL} }).NewBulker()
	got, err := b.Send(t.Context(), batches(tweets(1, 2)))
	if err != nil || got.Verdict != messages.BulkLater || !strings.Contains(got.Reason, dead+": dial tcp") {
		t.Fatalf("got %+v, %v", got, err)
	}
	for range 6 {
		if got, err := b.Send(t.Context(), batches(tweets(1, 2))); err != nil || got.Verdict != messages.BulkAnswered {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	if asked.Load() != 6 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// refusing is an address where nobody listens.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// TestAddressesTakeTurns and keep their paths.
func TestAddressesTakeTurns(t *testing.T) {
	var asked [2]atomic.Int32
	var addresses []string
	for i := range asked {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked[i].Add(1)
			if r.URL.Path != "/es/_bulk" || r.URL.RawQuery != "filter_path=errors%2Citems.%2A.status%2Citems.%2A.error" {
				t.Errorf("asked for %s", r.URL)
			}
			answers(http.StatusOK, twoStored)(w, r)
		}))
		t.Cleanup(server.Close)
		addresses = append(addresses, server.URL+"/es/")
	}
	b := connect(t, func(s *Settings) { s.Addresses = addresses }).NewBulker()
	for range 4 {
		if _, err := b.Send(t.Context(), batches(tweets(1, 2))); err != nil {
			t.Fatal(err)
		}
	}
	if asked[0].Load() != 2 || asked[1].Load() != 2 {
		t.Errorf("asked %d and %d times", asked[0].Load(), asked[1].Load())
	}
}

// TestEarlyAnswer gets a 413 that comes before the body was read, and uses its
// memory again only when that is safe: the next request's body is whole.
func TestEarlyAnswer(t *testing.T) {
	early := true
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if early {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if n := bytes.Count(body, []byte(`{"create"`)); n != 2 {
			t.Errorf("%d documents", n)
		}
		answers(http.StatusOK, twoStored)(w, r)
	})
	b := client.NewBulker()
	got, err := b.Send(t.Context(), batches(tweets(1, 50000)))
	if err != nil || got.Verdict != messages.BulkTooLarge {
		t.Fatalf("got %+v, %v", got, err)
	}
	early = false
	if got, err := b.Send(t.Context(), batches(tweets(1, 2))); err != nil || got.Verdict != messages.BulkAnswered {
		t.Fatalf("got %+v, %v", got, err)
	}
}

// TestRequest is what the server sees: length, kind of content, credentials, gzip.
func TestRequest(t *testing.T) {
	for name, c := range map[string]struct {
		change        func(*Settings)
		authorization string
	}{
		"plain":   {func(*Settings) {}, ""},
		"gzip":    {func(s *Settings) { s.Gzip = true }, ""},
		"basic":   {func(s *Settings) { s.Username, s.Password = "u", "pw" }, "Basic dTpwdw=="},
		"API key": {func(s *Settings) { s.APIKey, s.Username, s.Password = "a2V5", "u", "pw" }, "APIKey a2V5"},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.ContentLength <= 0 || r.Header.Get("Content-Type") != "application/x-ndjson" || r.Header.Get("Authorization") != c.authorization {
					t.Errorf("length %d, header %v", r.ContentLength, r.Header)
				}
				if body := unzipped(t, r); bytes.Count(body, []byte("\n")) != 4 {
					t.Errorf("body %q", body)
				}
				answers(http.StatusOK, twoStored)(w, r)
			}, c.change)
			b := client.NewBulker()
			for range 3 {
				if got, err := b.Send(t.Context(), batches(tweets(1, 2))); err != nil || got.Verdict != messages.BulkAnswered {
					t.Fatalf("got %+v, %v", got, err)
				}
			}
		})
	}
}

func unzipped(t *testing.T, r *http.Request) []byte {
	t.Helper()
	var from io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		from = z
	}
	body, err := io.ReadAll(from)
	if err != nil {
		t.Error(err)
	}
	return body
}

// TestKeptConnectionDies: where the server hung up between two requests the next
// one starts again by itself if nothing was sent yet, or is for later; what
// arrives is whole.
func TestKeptConnectionDies(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && len(parse(t, body)) != 2 {
			t.Errorf("body %q", body)
		}
		answers(http.StatusOK, twoStored)(w, r)
	}))
	t.Cleanup(server.Close)
	b := connect(t, func(s *Settings) { s.Addresses = []string{server.URL} }).NewBulker()
	for range 20 {
		got, err := b.Send(t.Context(), batches(tweets(1, 2)))
		if err != nil || got.Verdict != messages.BulkAnswered && got.Verdict != messages.BulkLater {
			t.Fatalf("got %+v, %v", got, err)
		}
		server.CloseClientConnections()
	}
}

// TestClosedClient sends nothing.
func TestClosedClient(t *testing.T) {
	client := serve(t, answers(http.StatusOK, twoStored))
	b := client.NewBulker()
	if _, err := b.Send(t.Context(), batches(tweets(1, 2))); err != nil {
		t.Fatal(err)
	}
	client.Close()
	got, err := b.Send(t.Context(), batches(tweets(1, 2)))
	if err != nil || got.Verdict != messages.BulkLater || !strings.Contains(got.Reason, "closed") {
		t.Fatalf("got %+v, %v", got, err)
	}
}

// TestSettings that cannot be used, without a secret in the error.
func TestSettings(t *testing.T) {
	good := Settings{Addresses: []string{"http://localhost:9200"}, RequestTimeout: time.Second, Routes: routes()}
	for want, change := range map[string]func(*Settings){
		"has no addresses":       func(s *Settings) { s.Addresses = nil },
		"address 2 of":           func(s *Settings) { s.Addresses = []string{"http://a", "http://u:hunter2@b:x"} },
		"write it as":            func(s *Settings) { s.Addresses = []string{"localhost:9200"} },
		"request_timeout":        func(s *Settings) { s.RequestTimeout = 0 },
		"has no index":           func(s *Settings) { s.Routes = map[string]Route{"t": {}} },
		"read ca_file":           func(s *Settings) { s.TLS.CAFile = "/nowhere" },
		"read cert_file":         func(s *Settings) { s.TLS.CertFile = "/nowhere" },
		"takes 64 hex digits":    func(s *Settings) { s.TLS.CAFingerprint = "aabb" },
		"holds no certificate":   func(s *Settings) { s.TLS.CAFile = "doc.go" },
		"open : no such file":    func(s *Settings) { s.TLS.KeyFile = "doc.go" },
		"no SHA-256 sum: it tak": func(s *Settings) { s.TLS.CAFingerprint = strings.Repeat("g", 64) },
	} {
		s := good
		change(&s)
		if _, err := New(s); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v", want, err)
		}
	}
}
