package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// editions are two databases that know the same addresses at other places.
type editions struct {
	t       *testing.T
	path    string // that the process reads
	files   [2][]byte
	oracles [2]*sandbox.Oracle
	tweets  *sandbox.Generator
	next    int
}

func newEditions(t *testing.T) *editions {
	t.Helper()
	dir := t.TempDir()
	e := &editions{t: t, path: filepath.Join(dir, "City.mmdb"), tweets: sandbox.NewGenerator(demoSeed, 100)}
	for i := range e.oracles {
		path := filepath.Join(dir, fmt.Sprintf("edition-%d.mmdb", i))
		e.must(sandbox.WriteEdition(path, i))
		var err error
		e.files[i], err = os.ReadFile(path)
		e.must(err)
		e.oracles[i], err = sandbox.OpenOracle(path)
		e.must(err)
		t.Cleanup(func() { _ = e.oracles[i].Close() })
	}
	e.put(e.files[0])
	return e
}

func (e *editions) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// put replaces the file by a rename.
func (e *editions) put(content []byte) {
	e.t.Helper()
	e.must(errors.Join(os.WriteFile(e.path+".new", content, 0o600), os.Rename(e.path+".new", e.path)))
}

// telling is n tweets whose geo object tells the editions apart.
func (e *editions) telling(n int) (records []written) {
	for ; len(records) < n; e.next++ {
		old, now := e.geo(0, e.tweets.Tweet(e.next)), e.geo(1, e.tweets.Tweet(e.next))
		if !reflect.DeepEqual(old, now) {
			records = append(records, written{value: string(e.tweets.Tweet(e.next))})
		}
	}
	return records
}

// geo is what an edition says of a tweet.
func (e *editions) geo(edition int, tweet []byte) map[string]any {
	e.t.Helper()
	var record struct{ RemoteAddress string }
	e.must(json.Unmarshal(tweet, &record))
	geo, err := e.oracles[edition].Expected(record.RemoteAddress)
	e.must(err)
	return geo
}

// of is the edition that a document was made with.
func (e *editions) of(document string) int {
	e.t.Helper()
	var d struct{ Geo map[string]any }
	e.must(json.Unmarshal([]byte(document), &d))
	for i := range e.oracles {
		if reflect.DeepEqual(d.Geo, e.geo(i, []byte(document))) {
			return i
		}
	}
	e.t.Fatalf("of no edition: %s", document)
	return 0
}

// TestMatrixDatabaseReplaced replaces the database under load, by another and by
// a broken file: the one is swapped in without a pause, the other refused.
func TestMatrixDatabaseReplaced(t *testing.T) {
	t.Parallel()
	e := newEditions(t)
	s := newScene(t, map[string]int32{"tweets": 1}, fmt.Sprintf(`kafka {
  topic "tweets" { address = "RemoteAddress" }
}
geoip {
  database = %q
  reload   = "50ms"
}
`, e.path)+quick)
	p := s.start()
	var longest time.Duration
	// moved sends tweets through the process and returns the edition of the last.
	moved := func() int {
		records := s.produce("tweets", 0, e.telling(5)...)
		start := time.Now()
		document := ""
		soon(t, "the document", func() (found bool) {
			document, found = s.sink.Document("tweets", records[4].id)
			return found
		})
		longest = max(longest, time.Since(start))
		if status, text := p.ready(); status != 200 {
			t.Errorf("/ready %d %s", status, text)
		}
		return e.of(document)
	}
	p.awaitReady("")
	if moved() != 0 {
		t.Error("the first documents are not of the first edition")
	}
	longest = 0
	e.put(e.files[1])
	soon(t, "documents of the second edition", func() bool { return moved() == 1 })
	e.put(bytes.Repeat([]byte("no database"), 1000))
	start := time.Now()
	soon(t, "the broken file to be looked at", func() bool {
		if moved() != 1 {
			t.Error("the broken file put the second edition out of use")
		}
		return time.Since(start) > time.Second
	})
	e.put(e.files[0])
	soon(t, "documents of the first edition again", func() bool { return moved() == 0 })
	t.Logf("the longest time from record to document was %v", longest)
	if longest > 2*time.Second {
		t.Errorf("a document came after %v, want no pause", longest)
	}
	p.awaitSettled("tweets", int(s.next["tweets-0"]))
	p.stop(0)
	s.wantCommitted()
	for text, want := range map[string]int{"geoip database reloaded": 2, "new geoip database refused, the old one stays in use": 1} {
		if n := strings.Count(p.log.String(), text); n != want {
			t.Errorf("said %q %d times, want %d", text, n, want)
		}
	}
}

// TestMatrixSIGTERM ends a process under load: what was read is written and
// committed, nothing else is, and the next process has no duplicates.
func TestMatrixSIGTERM(t *testing.T) {
	t.Parallel()
	const partitions, records = 4, 5000
	s := newScene(t, map[string]int32{"users": partitions}, oneTopic+`kafka { fetch_memory = "64KiB" }
mailbox "users" { capacity = 1000 }
elasticsearch {
  bulk { max_bytes = "16KiB" }
}
`)
	s.sink.SetFaults(sandbox.Faults{Delay: 50 * time.Millisecond})
	var sent [][]written
	for partition := range int32(partitions) {
		sent = append(sent, s.produce("users", partition, plain(records)...))
	}
	p := s.start()
	p.awaitMore(500)
	start := time.Now()
	p.stop(0)
	drained := s.sink.Count("users")
	t.Logf("drained after %v, with %d documents", time.Since(start), drained)
	if committed := s.commits(); committed != int64(drained) || drained == partitions*records {
		t.Errorf("%d committed of %d documents, want all of them, and not all records", committed, drained)
	}
	s.sink.SetFaults(sandbox.Faults{})
	p = s.start()
	p.awaitMore(partitions*records - drained)
	if b := p.books("users"); b.Duplicate != 0 || b.Consumed != int64(partitions*records-drained) {
		t.Errorf("books of the next process are %+v, want the rest, and no duplicate", b)
	}
	p.stop(0)
	s.wantCommitted()
	s.wantDocuments(t, "users", sources(sent...))
}

// TestMatrixSecondSignal ends a process whose sink hangs by two signals: nothing
// is committed that was not written.
func TestMatrixSecondSignal(t *testing.T) {
	t.Parallel()
	s := newScene(t, map[string]int32{"users": 1}, oneTopic+quick)
	stored := s.produce("users", 0, plain(100)...)
	p := s.start()
	p.awaitMore(len(stored))
	s.sink.SetFaults(sandbox.Faults{Intercept: sandbox.Hang})
	s.produce("users", 0, plain(100)...)
	soon(t, "records in flight", func() bool { b := p.books("users"); return b.InFlight == 100 })
	p.endByTwoSignals()
	p.balanced()
	if n := s.commits(); n > 100 {
		t.Errorf("%d committed, want at most the 100 that were written", n)
	}
	s.wantDocuments(t, "users", sources(stored))
}
