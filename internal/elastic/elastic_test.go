package elastic

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/actorpipe/actorpipe/messages"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// routes are those of all tests: tweets by offset, users by id.
func routes() map[string]Route {
	return map[string]Route{
		"tweets": {Index: "tweets", Target: "geo"},
		"users":  {Index: "people", ID: IDEntity},
	}
}

// serve starts a server and a client of it; change may alter the settings.
func serve(t testing.TB, h http.HandlerFunc, change ...func(*Settings)) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return connect(t, append([]func(*Settings){func(s *Settings) { s.Addresses = []string{server.URL} }}, change...)...)
}

// connect makes a client that is closed before the servers.
func connect(t testing.TB, change ...func(*Settings)) *Client {
	t.Helper()
	s := Settings{RequestTimeout: 10 * time.Second, Connections: 2, Routes: routes()}
	for _, f := range change {
		f(&s)
	}
	c, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// answers is a server that reads the request and says this.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// tweets are n documents of one batch, from the offset on.
func tweets(offset int64, n int) *messages.DocumentBatch {
	d := &messages.DocumentBatch{Claim: &messages.Claim{Topic: "tweets", Partition: 3, Number: 1}}
	for i := range n {
		r := &messages.Record{Offset: offset + int64(i), Timestamp: 1700000000000 + int64(i)}
		d.Docs = append(d.Docs, messages.Document{Record: r, Source: fmt.Appendf(nil, `{"n":%d}`, i)})
		d.Bytes += 100
	}
	return d
}

// users are documents with the ids; offsets are from 5 on. A '-' before an id deletes it.
func users(ids ...string) *messages.DocumentBatch {
	d := &messages.DocumentBatch{Claim: &messages.Claim{Topic: "users", Number: 2}}
	for i, id := range ids {
		doc := messages.Document{Record: &messages.Record{Offset: 5 + int64(i), Timestamp: -1}, ID: []byte(id), Source: []byte(`{"Name":"x"}`)}
		if id[0] == '-' {
			doc.ID, doc.Source = doc.ID[1:], nil
		}
		d.Docs = append(d.Docs, doc)
		d.Bytes += 100
	}
	return d
}

func batches(b ...*messages.DocumentBatch) []*messages.DocumentBatch { return b }
