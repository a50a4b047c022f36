package actors

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/actorpipe/actorpipe/messages"
)

// TestForeignVersionsAreSaid has an entity superseded by versions on both sides of
// the end of its partition: only what lies beyond is counted, and said at most once
// a minute a topic, with how many there were.
func TestForeignVersionsAreSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		books := NewBooks([]string{"users", "others"})
		f := NewForeign(books, slog.New(slog.NewTextHandler(&log, nil)))
		reached := int64(100)
		users := &messages.Claim{Topic: "users", Partition: 4, HighWater: func() int64 { return reached }}
		others := &messages.Claim{Topic: "others", HighWater: func() int64 { return reached }}
		d := &messages.Document{Record: &messages.Record{Offset: 7}, ID: []byte("ada")}
		said := func(want int) {
			t.Helper()
			if got := strings.Count(log.String(), "level=WARN"); got != want {
				t.Errorf("%d warnings, want %d:\n%s", got, want, &log)
			}
		}
		f.look(users, d, 99)
		said(0)
		f.look(users, d, 100)
		said(1)
		for _, part := range []string{"topic=users", "partition=4", "id=ada", "offset=7", "stored_version=100", "partition_end=100", "records=1"} {
			if !strings.Contains(log.String(), part) {
				t.Errorf("no %s in %s", part, &log)
			}
		}
		for range 5 {
			f.look(users, d, 5000)
		}
		said(1)
		f.look(others, d, 101)
		said(2)
		pass(foreignEvery)
		f.look(users, d, 5000)
		said(3)
		if !strings.Contains(log.String(), "records=6") {
			t.Errorf("the last warning does not say how many there were:\n%s", &log)
		}
		reached = 6000
		f.look(users, d, 5000)
		users.Revoke()
		f.look(users, d, 9000)
		f.look(&messages.Claim{Topic: "users"}, d, 9000)
		(*Foreign)(nil).look(others, d, 9000)
		said(3)
		topics, _ := books.Read()
		if got := fmt.Sprint(topics[0].Foreign, topics[1].Foreign); got != "7 1" {
			t.Errorf("counted %s, want 7 of users and 1 of others", got)
		}
	})
}

// TestForeignHearsOfWhatIsSuperseded has a writer meet such a version.
func TestForeignHearsOfWhatIsSuperseded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		s.claim.HighWater = func() int64 { return 10 }
		books := NewBooks([]string{s.claim.Topic})
		s.foreign = NewForeign(books, slog.New(slog.DiscardHandler))
		b := script(items(map[string]messages.Item{
			"own": {Verdict: messages.ItemSuperseded, Version: 9}, "foreign": {Verdict: messages.ItemSuperseded, Version: 10}, "same": {Verdict: messages.ItemDuplicate, Version: 10},
		}))
		s.post(s.open(b, nil), documents(s.claim, 0, "own", "foreign", "same"))
		s.settled(3)
		if topics, _ := books.Read(); topics[0].Foreign != 1 {
			t.Errorf("%d foreign versions, want 1", topics[0].Foreign)
		}
	})
}
