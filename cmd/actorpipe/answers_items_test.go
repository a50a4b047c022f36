package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// itemRow is an answer to single documents of a bulk, and what must be seen. Each
// row has a topic, which is named after it.
type itemRow struct {
	name    string
	id      string            // of the topic; "" is by offset
	there   []stored          // in the index before
	records []written         // that are produced
	refuse  sandbox.Refusal   // the answer to some of them while it lasts
	only    string            // part of the source of those; "" is all
	times   int64             // how often each is refused so; 0: until it is healed
	then    sandbox.Refusal   // the answer after so many times; zero: stored
	reason  string            // of /ready while it lasts; "": ready all the time
	books   messages.Books    // that the topic has in the end
	left    map[string]string // documents in the end, by id; nil: as produced
	letters map[int]letter    // in the DLQ, by offset
}

// stored is a document that was there before.
type stored struct {
	id      string // where it is by offset "" is that of offset 0
	version int
	source  string
}

// letter is what must be in an entry.
type letter struct {
	status, attempts int
	reason           string
}

func (r *itemRow) lasts() bool { return r.reason != "" }

// refusal is the answer to a document that is refused.
func refusal(status int, kind string) sandbox.Refusal {
	return sandbox.Refusal{Status: status, Type: kind, Reason: "as the row has it"}
}

// keyed is records with these keys.
func keyed(keys ...string) []written {
	records := plain(len(keys))
	for i := range records {
		records[i].key = keys[i]
	}
	return records
}

// tombstones are null values with these keys.
func tombstones(keys ...string) []written {
	records := keyed(keys...)
	for i := range records {
		records[i].value = ""
	}
	return records
}

const fourth = `{"n":3}` // source of the document that a row refuses alone

// finalRows are answers that settle a record.
func finalRows() []itemRow {
	return []itemRow{
		{name: "created-201", records: plain(6), books: messages.Books{Consumed: 6, Indexed: 6}},
		{
			name: "updated-200", id: "key", records: keyed("a", "b", "a"),
			books: messages.Books{Consumed: 3, Indexed: 3}, left: map[string]string{"a": `{"n":2}`, "b": `{"n":1}`},
		},
		{
			name: "conflict-on-create", there: []stored{{source: `{"n":0}`}}, records: plain(6),
			books: messages.Books{Consumed: 6, Indexed: 5, Duplicate: 1},
		},
		{
			name: "conflict-with-the-same-version", id: "key", there: []stored{{"b", 1, `{"n":1}`}}, records: keyed("a", "b", "c"),
			books: messages.Books{Consumed: 3, Indexed: 2, Duplicate: 1}, left: map[string]string{"a": `{"n":0}`, "b": `{"n":1}`, "c": `{"n":2}`},
		},
		{
			name: "conflict-with-a-newer-version", id: "key", there: []stored{{"b", 7, `{"newer":1}`}}, records: keyed("a", "b", "c"),
			books: messages.Books{Consumed: 3, Indexed: 2, Superseded: 1}, left: map[string]string{"a": `{"n":0}`, "b": `{"newer":1}`, "c": `{"n":2}`},
		},
		{
			name: "deleted-200", id: "key", there: []stored{{"b", 0, `{"old":1}`}}, records: append(keyed("a"), tombstones("b")...),
			books: messages.Books{Consumed: 2, Indexed: 1, Deleted: 1}, left: map[string]string{"a": `{"n":0}`},
		},
		{
			name: "deleted-404", id: "key", records: append(keyed("a"), tombstones("b")...),
			books: messages.Books{Consumed: 2, Indexed: 1, Deleted: 1}, left: map[string]string{"a": `{"n":0}`},
		},
	}
}

// waitingRows are answers that mean: only that document again, later.
func waitingRows() []itemRow {
	books := messages.Books{Consumed: 6, Indexed: 6}
	var rows []itemRow
	for _, r := range []sandbox.Refusal{
		refusal(429, "es_rejected_execution_exception"), refusal(500, "scripted"), refusal(502, "scripted"), refusal(503, "unavailable_shards_exception"), refusal(504, "scripted"),
		refusal(403, "cluster_block_exception"), refusal(429, "cluster_block_exception"),
	} {
		name := fmt.Sprintf("%d-%s", r.Status, r.Type)
		all := "elasticsearch: " + r.Type
		if r.Type == "cluster_block_exception" {
			all = "index all-" + name + ": " + r.Type
		}
		rows = append(rows,
			itemRow{name: "one-" + name, records: plain(6), refuse: r, only: fourth, reason: r.Type, books: books},
			itemRow{name: "all-" + name, records: plain(6), refuse: r, reason: all, books: books})
	}
	return append(rows, itemRow{
		name: "refused-after-429", records: plain(6), refuse: refusal(429, "busy"), only: fourth, times: 2, then: refusal(400, "mapper_parsing_exception"),
		books: messages.Books{Consumed: 6, Indexed: 5, DeadLettered: 1}, letters: map[int]letter{3: {400, 3, "mapper_parsing_exception: as the row has it"}},
	})
}

// refusedRows are answers that send a record to the DLQ.
func refusedRows() (rows []itemRow) {
	for _, r := range []sandbox.Refusal{
		refusal(400, "document_parsing_exception"), refusal(400, "illegal_argument_exception"), refusal(403, "document_rejected"),
		refusal(404, "document_missing_exception"), refusal(413, "circuit_breaking_exception"), refusal(422, "scripted"),
	} {
		rows = append(rows, itemRow{
			name: fmt.Sprintf("refused-%d-%s", r.Status, r.Type), records: plain(6), refuse: r, only: fourth, times: 1 << 30,
			books: messages.Books{Consumed: 6, Indexed: 5, DeadLettered: 1}, letters: map[int]letter{3: {r.Status, 1, r.Type + ": as the row has it"}},
		})
	}
	return rows
}

// TestItemAnswers takes one process through the answers to single documents.
func TestItemAnswers(t *testing.T) {
	t.Parallel()
	rows := slices.Concat(finalRows(), waitingRows(), refusedRows())
	topics, settings := map[string]int32{}, "kafka {\n"
	for _, row := range rows {
		topics[row.name] = 1
		id := row.id
		if id == "" {
			id = "offset"
		}
		settings += fmt.Sprintf("  topic %q { id = %q }\n", row.name, id)
	}
	s := newScene(t, topics, settings+"}\n"+quick)
	p := s.start()
	p.awaitReady("")
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { s.item(t, p, &row) })
	}
	p.stop(0)
	s.wantCommitted()
	entries := p.entries()
	for _, row := range rows {
		for offset, want := range row.letters {
			place := fmt.Sprintf("%s-0-%d", row.name, offset)
			checkLetter(t, place, entries[place], want, row.records[offset].value)
			delete(entries, place)
		}
	}
	for place, e := range entries {
		t.Errorf("%s is in the DLQ: %s", place, e.Reason)
	}
}

func checkLetter(t *testing.T, place string, e dlq.Entry, want letter, value string) {
	t.Helper()
	if e.Stage != messages.StageWriter || e.Status != want.status || e.Attempts != want.attempts || e.Reason != want.reason || string(e.Value) != value {
		t.Errorf("entry of %s: stage %q, status %d, attempts %d, reason %q, value %q; want %+v", place, e.Stage, e.Status, e.Attempts, e.Reason, e.Value, want)
	}
}

// item takes the process through one row.
func (s *scene) item(t *testing.T, p *actorProcess, row *itemRow) {
	t.Helper()
	for _, d := range row.there {
		action := fmt.Sprintf(`{"index":{"_index":%q,"_id":%q,"version":%d,"version_type":"external"}}`, row.name, d.id, d.version)
		if d.id == "" {
			action = fmt.Sprintf(`{"create":{"_index":%q,"_id":"%s-0-0-1760000000000"}}`, row.name, row.name)
		}
		s.store(action, d.source)
	}
	var healed atomic.Bool
	s.sink.SetFaults(sandbox.Faults{Item: row.script(&healed)})
	records := s.produce(row.name, 0, row.records...)
	if row.lasts() {
		p.awaitReady(row.reason)
		if row.only != "" { // the others are in
			soon(t, "the others", func() bool { return s.sink.Count(row.name) == len(records)-1 })
		}
		p.awaitSettled(row.name, s.sink.Count(row.name))
		healed.Store(true)
	}
	if got := p.awaitSettled(row.name, len(records)); got != row.books {
		t.Errorf("books %+v, want %+v", got, row.books)
	}
	p.awaitReady("")
	want := row.left
	if want == nil {
		want = maps.Clone(sources(records))
		for offset := range row.letters {
			delete(want, records[offset].id)
		}
	}
	s.wantDocuments(t, row.name, want)
}

// script is what the sink answers to the documents of the row.
func (r *itemRow) script(healed *atomic.Bool) func(index, id, source string) sandbox.Refusal {
	var seen atomic.Int64
	return func(index, _, source string) sandbox.Refusal {
		switch {
		case index != r.name, healed.Load(), !strings.Contains(source, r.only):
			return sandbox.Refusal{}
		case r.times > 0 && seen.Add(1) > r.times:
			return r.then
		}
		return r.refuse
	}
}
