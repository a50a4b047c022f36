package main

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// mixed is what the sink answers to the documents of TestItemAnswersMixed, by
// part of their source, until it is healed.
var mixed = map[string]sandbox.Refusal{
	`{"n":1}`: refusal(429, "es_rejected_execution_exception"),
	`{"n":2}`: refusal(503, "unavailable_shards_exception"),
	`{"n":3}`: refusal(403, "cluster_block_exception"),
	`{"n":4}`: refusal(400, "document_parsing_exception"),
	`{"n":5}`: refusal(422, "scripted"),
}

// TestItemAnswersMixed has every kind of item in one answer, of three indices of
// which one is blocked.
func TestItemAnswersMixed(t *testing.T) {
	t.Parallel()
	s := newScene(t, map[string]int32{"records": 1, "entities": 1, "shut": 1}, `kafka {
  topic "records" {}
  topic "entities" { id = "key" }
  topic "shut" {}
}
elasticsearch { workers = 1 }
`+quick)
	s.store(`{"create":{"_index":"records","_id":"records-0-6-1760000000006"}}`, `{"n":6}`)
	s.store(`{"index":{"_index":"entities","_id":"same","version":0,"version_type":"external"}}`, `{"n":0}`)
	s.store(`{"index":{"_index":"entities","_id":"newer","version":9,"version_type":"external"}}`, `{"newer":1}`)
	s.store(`{"index":{"_index":"entities","_id":"gone","version":0,"version_type":"external"}}`, `{"old":1}`)

	s.sink.SetFaults(unavailable(http.StatusServiceUnavailable))
	p := s.start()
	records := s.produce("records", 0, plain(8)...)
	s.produce("entities", 0, append(keyed("same", "newer", "new"), tombstones("gone", "never")...)...)
	shut := s.produce("shut", 0, plain(4)...)
	soon(t, "everything behind the gate of the pool", func() bool { return behindGate(p.report()) == 17 })
	first, healed := s.mix()
	soon(t, "all kinds of reasons", func() bool {
		_, text := p.ready()
		return strings.Contains(text, "index shut: cluster_block_exception") && strings.Contains(text, "elasticsearch")
	})
	p.awaitSettled("entities", 5)
	if n := bytes.Count(<-first, []byte(`"status":`)); n != 17 {
		t.Errorf("the first answer had %d items, want all 17", n)
	}
	if b := p.books("shut"); b.Settled() != 0 || b.InFlight != 4 {
		t.Errorf("books of the blocked index are %+v", b)
	}
	healed.Store(true)
	want := map[string]messages.Books{
		"records":  {Consumed: 8, Indexed: 5, Duplicate: 1, DeadLettered: 2},
		"entities": {Consumed: 5, Indexed: 1, Duplicate: 1, Superseded: 1, Deleted: 2},
		"shut":     {Consumed: 4, Indexed: 4},
	}
	for topic, books := range want {
		if got := p.awaitSettled(topic, int(books.Consumed)); got != books {
			t.Errorf("books of %s are %+v, want %+v", topic, got, books)
		}
	}
	p.awaitReady("")
	p.stop(0)
	s.wantCommitted()
	s.wantDocuments(t, "records", without(sources(records), records[4], records[5]))
	s.wantDocuments(t, "entities", map[string]string{"same": `{"n":0}`, "newer": `{"newer":1}`, "new": `{"n":2}`})
	s.wantDocuments(t, "shut", sources(shut))
	entries := p.entries()
	for offset, want := range map[int]letter{4: {400, 0, "document_parsing_exception: as the row has it"}, 5: {422, 0, "scripted: as the row has it"}} {
		e := entries[fmt.Sprintf("records-0-%d", offset)]
		want.attempts = e.Attempts // as often as the gate was probed before
		checkLetter(t, fmt.Sprintf("records-0-%d", offset), e, want, records[offset].value)
		if e.Attempts < 1 {
			t.Errorf("entry of %d has %d attempts", offset, e.Attempts)
		}
	}
	if len(entries) != 2 {
		t.Errorf("%d entries, want 2", len(entries))
	}
}

// behindGate is how many records wait for the writers while their gate is closed
// and none of them is busy.
func behindGate(r *messages.Report) (n int64) {
	if r == nil || !slices.ContainsFunc(r.Pools, func(p messages.PoolReport) bool { return p.GateClosed && p.Busy == 0 }) {
		return 0
	}
	for _, m := range r.Mailboxes {
		n += m.Depth
	}
	for _, p := range r.Pools {
		n += p.SetAside
	}
	return n
}

// mix has the sink answer to everything it is sent as mixed has it, and block the
// index shut, until it is healed. The first answer comes out of the channel.
func (s *scene) mix() (<-chan []byte, *atomic.Bool) {
	first, healed := make(chan []byte, 1), new(atomic.Bool)
	s.sink.SetFaults(sandbox.Faults{
		Item: func(index, _, source string) sandbox.Refusal {
			final := mixed[source].Status == 400 || mixed[source].Status == 422
			switch {
			case index == "entities", healed.Load() && (index == "shut" || !final):
				return sandbox.Refusal{}
			case index == "shut":
				return refusal(403, "cluster_block_exception")
			}
			return mixed[source]
		},
		Rewrite: func(answer []byte) []byte {
			select {
			case first <- bytes.Clone(answer):
			default: // a later one
			}
			return answer
		},
	})
	return first, healed
}
