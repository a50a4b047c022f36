package actors

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// tweets is the format of enriched records.
func tweets(t *testing.T, id ID) *Format {
	t.Helper()
	s := record.PlanSettings{Address: "ip", Target: "geo"}
	if id == IDField {
		s.ID = "id"
	}
	return &Format{Plan: plan(t, s), ID: id, Locator: lookup(echo), Stage: messages.StageEnricher, Buffers: &Buffers{}}
}

func TestEnricherMakesDocuments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		made := testkit.NewProbe(t, n.system)
		lane := n.enrichers(tweets(t, IDOffset), made, nil)
		n.post(lane, n.batch(`{"ip":"a"}`, `no JSON`, ``, "{\"x\":1,\n\"ip\":\"b\"}"))

		d := testkit.Expect[*messages.DocumentBatch](made)
		if got, want := sources(d), `{"ip":"a","geo":{"at":"a"}}`+"\n"+`{"x":1, "ip":"b","geo":{"at":"b"}}`; got != want {
			t.Errorf("documents\n%s\nwant\n%s", got, want)
		}
		if d.Claim != n.claim || d.Docs[1].Record.Offset != 3 || d.Docs[0].ID != nil {
			t.Errorf("the documents are %+v, want those of records 0 and 3", d)
		}
		if got := n.settled(1); got[2] != messages.Ignored {
			t.Errorf("outcomes are %v, want the tombstone ignored", got)
		}
		l := testkit.Expect[*messages.DeadLetters](n.letters).Letters
		if len(l) != 1 || l[0].Record.Offset != 1 || l[0].Stage != messages.StageEnricher || !strings.Contains(l[0].Reason, "no JSON object") || l[0].FailedAt.IsZero() {
			t.Errorf("the DLQ heard %+v, want record 1", l)
		}
	})
}

func TestEnricherTakesEntityIDs(t *testing.T) {
	for name, test := range map[string]struct {
		id      ID
		key     string
		value   string
		want    string // id; empty: refused
		deletes bool
	}{
		"field":          {IDField, "", `{"id":"é\u0041"}`, "éA", false},
		"number":         {IDField, "", `{"id":12.50}`, "12.50", false},
		"no field":       {IDField, "", `{"ip":"a"}`, "", false},
		"key":            {IDKey, "k1", `{"ip":"a"}`, "k1", false},
		"no key":         {IDKey, "", `{"ip":"a"}`, "", false},
		"long key":       {IDKey, strings.Repeat("k", 513), `{"ip":"a"}`, "", false},
		"tombstone":      {IDKey, "k1", ``, "k1", true},
		"tombstone, key": {IDKey, "", ``, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNeighbours(t)
				made := testkit.NewProbe(t, n.system)
				b := n.batch(test.value)
				b.Records[0].Key = []byte(test.key)
				n.post(n.enrichers(tweets(t, test.id), made, nil), b)
				if test.want == "" {
					testkit.Expect[*messages.DeadLetters](n.letters)
					return
				}
				d := testkit.Expect[*messages.DocumentBatch](made).Docs[0]
				if string(d.ID) != test.want || (d.Source == nil) != test.deletes {
					t.Errorf("document %q under %q, want %q, deleted %v", d.Source, d.ID, test.want, test.deletes)
				}
			})
		})
	}
}

func TestEnricherGivesBackWhatWasRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		made := testkit.NewProbe(t, n.system)
		lane := n.enrichers(tweets(t, IDOffset), made, nil)
		n.claim.Revoke()
		n.post(lane, n.batch(`{}`, `no JSON`))
		if got := n.settled(2); got[0] != messages.Returned || got[1] != messages.Returned {
			t.Errorf("outcomes are %v, want both returned", got)
		}
		testkit.ExpectNone(made)
		testkit.ExpectNone(n.letters)
	})
}

// TestEnricherCrash has a record crash the enricher: after its restart that one
// is in the DLQ with the stack, and its neighbours are documents.
func TestEnricherCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		made := testkit.NewProbe(t, n.system)
		boss := testkit.NewSupervisor(t, n.system, actor.RestartDirective)
		n.post(n.enrichers(tweets(t, IDOffset), made, boss), n.batch(`{"ip":"a"}`, `{"ip":"panic"}`, `{"ip":"c"}`))
		if crash, ok := testkit.ExpectFailure(boss).Reason.(*Crash); !ok || crash.Panic != "no such place" || !strings.Contains(crash.Stack, "echo") {
			t.Errorf("the failure is %v, want the panic with its stack", crash)
		}
		if d := testkit.Expect[*messages.DocumentBatch](made); len(d.Docs) != 2 || d.Docs[1].Record.Offset != 2 {
			t.Errorf("documents are %s, want those of records 0 and 2", sources(d))
		}
		if l := testkit.Expect[*messages.DeadLetters](n.letters).Letters; len(l) != 1 || l[0].Record.Offset != 1 || l[0].Reason != "panic: no such place" || l[0].Stack == "" {
			t.Errorf("the DLQ heard %+v, want record 1 with the stack", l)
		}
	})
}
