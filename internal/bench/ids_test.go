package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/internal/elastic"
	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// The layout that is called decimal is what the program sends.
func TestDecimalIsTheLayoutInUse(t *testing.T) {
	t.Parallel()
	sink, err := sandbox.StartSink(sandbox.SinkSettings{})
	must(t, err)
	defer func() { must(t, sink.Close()) }()
	client, err := elastic.New(elastic.Settings{
		Addresses: []string{sink.URL()}, RequestTimeout: time.Minute, Connections: 1, Routes: map[string]elastic.Route{idsTopic: {Index: idsTopic}},
	})
	must(t, err)
	defer client.Close()
	p := recordPlace{3, 9_999_999, 1_764_399_120_000}
	_, err = client.NewBulker().Send(t.Context(), []*messages.DocumentBatch{{
		Claim: &messages.Claim{Topic: idsTopic, Partition: p.partition},
		Docs:  []messages.Document{{Record: &messages.Record{Offset: p.offset, Timestamp: p.timestamp}, Source: []byte("{}")}},
	}})
	must(t, err)
	id := string(appendDecimal(nil, p))
	if _, found := sink.Document(idsTopic, id); !found {
		t.Errorf("the program has sent no document %s", id)
	}
}

// An id tells places apart by each of their parts, but for untimed, and stands in
// JSON and in a URL as it is.
func TestLayoutsTellPlacesApart(t *testing.T) {
	t.Parallel()
	places := []recordPlace{{1, 1, 1}, {2, 1, 1}, {1, 2, 1}, {11, 1, 1}, {1, 11, 1}, {1, 1, 2}, {1, 1, -1}, {1, 1, 11}, {1, 1 << 47, 1 << 41}}
	for _, l := range layouts {
		if l.appendID == nil {
			continue
		}
		seen := map[string]recordPlace{}
		for _, p := range places {
			id := string(l.appendID(nil, p))
			other, twice := seen[id]
			if p.timestamp = 0; twice && (l.name != "untimed" || other != p) {
				t.Errorf("%s: %s is of two places", l.name, id)
			}
			if id != url.PathEscape(id) {
				t.Errorf("%s: %s cannot stand in a URL", l.name, id)
			}
			seen[id] = p
		}
	}
}

// Ids of fixed width sort as their places do.
func TestPackedLayoutsAreMonotone(t *testing.T) {
	t.Parallel()
	for name, bytesOf := range map[string]func([]byte, recordPlace) []byte{"fixed": appendFixed, "short": appendShort, "offset first": appendOffsetFirst} {
		var before []byte
		for _, offset := range []int64{0, 255, 256, 9_999_999, 10_000_000, 1 << 40} {
			now := bytesOf(nil, recordPlace{3, offset, 1})
			if bytes.Compare(before, now) >= 0 {
				t.Errorf("%s: offset %d does not come after the one before", name, offset)
			}
			before = now
		}
	}
}

func TestIDsDocumentsAreTheSameInEveryLayout(t *testing.T) {
	t.Parallel()
	sources := func(l idLayout) (all []string) {
		ids := map[string]bool{}
		lines := strings.Split(strings.TrimSpace(string(newIDsBuilder(l, "i").build(1))), "\n")
		for action := range slices.Chunk(lines, 2) {
			if l.appendID != nil && ids[action[0]] || !json.Valid([]byte(action[0])) || !json.Valid([]byte(action[1])) {
				t.Fatalf("%s: %s", l.name, action)
			}
			ids[action[0]] = true
			all = append(all, action[1])
		}
		return all
	}
	first := sources(layouts[0])
	if n := len(strings.Join(first, "")) / len(first); len(first) != idsBody || n < 100 || n > 150 {
		t.Errorf("%d documents of %d bytes", len(first), n)
	}
	for _, l := range layouts[1:] {
		if !slices.Equal(first, sources(l)) {
			t.Errorf("%s has other documents", l.name)
		}
	}
}

func TestIDsMeasuresEachLayoutAndTheFirstTwice(t *testing.T) {
	t.Parallel()
	s := &idsSettings{
		elasticsearch: newIDsElasticsearch(t), documents: 2 * idsBody, redelivered: idsBody, warm: 1, layouts: []string{"packed", layoutAuto},
		json: filepath.Join(t.TempDir(), "ids.json"),
	}
	var table bytes.Buffer
	must(t, benchIDs(t.Context(), s, &table, t.Output()))
	text, err := os.ReadFile(s.json)
	must(t, err)
	var r idsResults
	must(t, json.Unmarshal(text, &r))
	var names []string
	for _, m := range r.Measurements {
		names = append(names, m.Layout)
		if !strings.Contains(table.String(), " "+m.Layout+" ") {
			t.Errorf("the table lacks %s:\n%s", m.Layout, table.String())
		}
		for _, q := range idsQuantities {
			if q.of(m) <= 0 && m.Layout != layoutAuto {
				t.Errorf("%s has no %s", m.Layout, q.name)
			}
		}
		if again := m.Redelivered == idsBody; again == (m.Layout == layoutAuto) {
			t.Errorf("%s: %d documents were sent again", m.Layout, m.Redelivered)
		}
	}
	if !slices.Equal(names, []string{"packed", layoutAuto, "packed"}) {
		t.Errorf("measured were %v", names)
	}
}

func TestIDsKnowsWhatItCannotMeasure(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]idsSettings{
		`there is no "octal"`: {documents: 1, redelivered: 1, layouts: []string{layoutDecimal, "octal"}},
		"--layouts":           {documents: 1, redelivered: 1},
		"--documents":         {redelivered: 1, layouts: []string{layoutDecimal}},
	} {
		if _, err := s.chosen(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// What was measured before trouble came is not lost.
func TestIDsShowsWhatItHasWhenItFails(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := &idsSettings{elasticsearch: newIDsElasticsearch(t), documents: 1, redelivered: 1, layouts: []string{"hash", "hex"}}
	var table bytes.Buffer
	err := benchIDs(ctx, s, &table, afterLine(cancel))
	if !errors.Is(err, context.Canceled) || !strings.Contains(table.String(), " hash ") || strings.Contains(table.String(), " hex ") {
		t.Errorf("%v\n%s", err, table.String())
	}
}

// afterLine calls itself after the first line that is written to it.
type afterLine func()

func (f afterLine) Write(line []byte) (int, error) {
	f()
	return len(line), nil
}

// newIDsElasticsearch is a bulk endpoint beside canned answers to everything else.
func newIDsElasticsearch(t *testing.T) string {
	t.Helper()
	sink, err := sandbox.StartSink(sandbox.SinkSettings{})
	must(t, err)
	to, err := url.Parse(sink.URL())
	must(t, err)
	connections := &http.Transport{}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = connections
	var looks atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		index, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch {
		case index == "_bulk":
			proxy.ServeHTTP(w, r)
		case index == "_nodes":
			n := looks.Add(1)
			fmt.Fprintf(w, `{"nodes":{"a":{"process":{"timestamp":%d,"cpu":{"total_in_millis":%d}}}}}`, n/2, 1000*n)
		case strings.HasPrefix(rest, "_stats"):
			fmt.Fprintf(w, `{"_all":{"primaries":{"docs":{"count":%d},"store":{"size_in_bytes":9},"segments":{"count":1},"merges":{"total_docs":1,"total_size_in_bytes":1,"total_time_in_millis":1}}}}`,
				sink.Count(index))
		case rest == "_disk_usage":
			fmt.Fprintf(w, `{%q:{"fields":{"_id":{"inverted_index":{"total_in_bytes":1},"stored_fields_in_bytes":1}}}}`, index)
		}
	}))
	t.Cleanup(func() {
		server.Close()
		connections.CloseIdleConnections()
		must(t, sink.Close())
	})
	return server.URL
}
