package main

import (
	"regexp"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// TestMatrixStall has an actor under load not come back from a message: it is
// named with its state and age, and the process ends after as long again. The
// next start moves what was left.
func TestMatrixStall(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ role, message, state string }{
		"pipeline/writers/writer-":    {"writers/writer", "*mailbox.Unit", `\d+ records are in its hands`},
		"pipeline/consumers/users-0#": {"consumers/users", "*messages.Settled", "a message is in its hands"},
	} {
		t.Run(row.role, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, map[string]int32{"users": 1}, `kafka {
  session_timeout = "1s" # what ends by itself does not leave the group: the next waits for it
  hand_over       = "500ms"
  topic "users" {}
}
monitor { stall_timeout = "2s" }
`+quick, kfake.GroupMinSessionTimeout(time.Second))
			load := s.startTraffic("users", 1)
			p := s.startBy(startSabotaged)
			p.awaitReady("")
			p.awaitSettled("users", 100)
			p.order(order{deed: "hang", when: "before", role: row.role, message: row.message})
			p.awaitReady("actor " + name)
			status, text := p.ready()
			if want := regexp.MustCompile("actor " + name + `\d+: stalled for [2-4]s: ` + row.state); status != 503 || !want.MatchString(text) {
				t.Errorf("/ready %d %q, want 503 with %v", status, text, want)
			}
			p.fails("actorpipe ends: actor " + name)
			if end := regexp.MustCompile(`"actorpipe ends: actor ` + name + `\d+: stalled for [4-9]s: ` + row.state + `"}\s*$`); !end.MatchString(p.log.String()) {
				t.Errorf("the log does not end with %v", end)
			}
			sent := load.stop()
			left := s.sink.Count("users")
			p = s.start()
			want := sources(sent...)
			soon(t, "all documents", func() bool { return s.sink.Count("users") == len(want) })
			soon(t, "nothing in flight", func() bool { r := p.report(); return r != nil && caughtUp(r) })
			p.awaitReady("")
			if b := p.books("users"); left == len(want) || b.Indexed != int64(len(want)-left) {
				t.Errorf("books of the next process are %+v, want the %d records that were left", b, len(want)-left)
			}
			p.stop(0)
			s.wantCommitted()
			s.wantDocuments(t, "users", want)
		})
	}
}
