package actors

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

func TestWriterSettlesWhatIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		d := documents(n.claim, 5, "a", "b", "c")
		d.Docs[1].Source = nil
		released := make(chan struct{}, 2)
		d.Recycle = func() { released <- struct{}{} }
		n.post(n.writers(&bulker{answer: allIndexed}, 1<<20, nil), d)
		want := map[int64]messages.Outcome{5: messages.Indexed, 6: messages.Deleted, 7: messages.Indexed}
		if got := n.settled(3); !reflect.DeepEqual(got, want) {
			t.Errorf("outcomes are %v, want %v", got, want)
		}
		synctest.Wait()
		if len(released) != 1 {
			t.Errorf("the batch was recycled %d times, want once", len(released))
		}
		n.wantConditions()
	})
}

func TestWriterReadsEveryItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		b := &bulker{answer: items(map[string]messages.Item{
			"deleted": {Verdict: messages.ItemDeleted}, "duplicate": {Verdict: messages.ItemDuplicate}, "superseded": {Verdict: messages.ItemSuperseded},
			"refused": {Verdict: messages.ItemRefused, Status: 400, Reason: "no such field"},
		})}
		n.post(n.writers(b, 1<<20, nil), documents(n.claim, 0, "indexed", "refused", "deleted", "duplicate", "superseded"))
		want := map[int64]messages.Outcome{0: messages.Indexed, 2: messages.Deleted, 3: messages.Duplicate, 4: messages.Superseded}
		if got := n.settled(4); !reflect.DeepEqual(got, want) {
			t.Errorf("outcomes are %v, want %v", got, want)
		}
		l := testkit.Expect[*messages.DeadLetters](n.letters)
		got := l.Letters[0]
		if l.Claim != n.claim || string(got.Record.Value) != "raw refused" || got.Stage != messages.StageWriter || got.Status != 400 || got.Reason != "no such field" || got.Attempts != 1 {
			t.Errorf("the DLQ heard %+v, want the record as it was, with the answer", got)
		}
	})
}

// TestWriterHoldsARefusedBulk has the sink refuse whole bulks three times: they
// come again after a back-off each, in order, and the trouble is said once.
func TestWriterHoldsARefusedBulk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		refusals := 3
		b := &bulker{answer: func([]*messages.DocumentBatch) (messages.BulkAnswer, error) {
			if refusals--; refusals >= 0 {
				return messages.BulkAnswer{Verdict: messages.BulkLater, Status: 503, Reason: "503 from node 1"}, nil
			}
			return messages.BulkAnswer{}, nil
		}}
		start := time.Now()
		lane := n.writers(b, 1<<20, nil)
		n.post(lane, documents(n.claim, 0, "a"))
		testkit.ExpectNone(n.consumer)
		n.post(lane, documents(n.claim, 1, "b"))
		if got := n.settled(2); got[0] != messages.Indexed || got[1] != messages.Indexed {
			t.Errorf("outcomes are %v, want both indexed", got)
		}
		if waited := time.Since(start); waited < 3500*time.Millisecond || waited > 7100*time.Millisecond {
			t.Errorf("three back-offs took %v, want the upper halves of 1, 2 and 4 s", waited)
		}
		last := b.requests()[len(b.requests())-1]
		if first := b.requests()[3]; first[0] != "a" || last[len(last)-1] != "b" {
			t.Errorf("requests were %v, want a before b", b.requests())
		}
		bad := messages.Condition{Name: "elasticsearch", Reason: "503 from node 1"}
		n.wantConditions(bad, bad, bad, messages.Condition{Name: "elasticsearch"})
	})
}

// TestWriterDelaysSingleItems has one of two documents throttled twice; the copy
// that comes again shares no memory with the fetch buffer.
func TestWriterDelaysSingleItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		throttled := 2
		b := &bulker{}
		b.answer = func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
			var a messages.BulkAnswer
			if throttled == 0 {
				return a, nil // no items: all is stored
			}
			for i := range docs[0].Docs {
				item := messages.Item{}
				if string(docs[0].Docs[i].Source) == "slow" {
					throttled--
					item = messages.Item{Verdict: messages.ItemLater, Status: 429, Reason: "busy"}
				}
				a.Items = append(a.Items, item)
			}
			return a, nil
		}
		d := documents(n.claim, 0, "quick", "slow")
		n.post(n.writers(b, 1<<20, nil), d)
		if got := n.settled(1); got[0] != messages.Indexed {
			t.Errorf("outcomes are %v, want the quick one first", got)
		}
		copy(d.Docs[1].Source, "XXXX") // the fetch buffer is used again
		if got := n.settled(1); got[1] != messages.Indexed {
			t.Errorf("outcomes are %v, want the slow one indexed", got)
		}
		for _, r := range b.requests()[1:] {
			if len(r) != 1 || r[0] != "slow" {
				t.Errorf("sent again: %v, want slow alone", r)
			}
		}
		synctest.Wait()
		n.wantConditions(messages.Condition{Name: "elasticsearch throttles", Reason: "busy"}, messages.Condition{Name: "elasticsearch", Reason: "busy"},
			messages.Condition{Name: "elasticsearch throttles"}, messages.Condition{Name: "elasticsearch"})
	})
}

// TestWriterClosesTheGateOfABlockedIndex has one index of two blocked: the other
// goes on, and the blocked one comes when its gate opens.
func TestWriterClosesTheGateOfABlockedIndex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		users := &messages.Claim{Topic: "users", Number: 2, Consumer: n.consumer.PID()}
		blocked := 2
		b := &bulker{answer: func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
			var a messages.BulkAnswer
			for _, d := range docs {
				item := messages.Item{}
				if d.Claim == users && blocked > 0 {
					blocked--
					item = messages.Item{Verdict: messages.ItemBlocked, Status: 403, Reason: "read-only"}
				}
				for range d.Docs {
					a.Items = append(a.Items, item)
				}
			}
			return a, nil
		}}
		lane := n.writers(b, 1<<20, nil)
		start := time.Now()
		n.post(lane, documents(users, 100, "user"))
		n.post(lane, documents(n.claim, 0, "tweet"))
		n.settled(1)
		n.post(lane, documents(n.claim, 1, "tweet"))
		n.settled(1)
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("tweets took %v, want them not to wait for users", took)
		}
		if got := n.settled(1); got[100] != messages.Indexed || time.Since(start) < time.Second {
			t.Errorf("outcomes are %v after %v, want the user after two back-offs", got, time.Since(start))
		}
		bad := messages.Condition{Name: "index users", Reason: "read-only"}
		n.wantConditions(bad, bad, messages.Condition{Name: "index users"})
	})
}

// TestWriterHalves finds the document that Elasticsearch cannot take, by whole
// bulks that it refuses.
func TestWriterHalves(t *testing.T) {
	for name, test := range map[string]struct {
		verdict messages.BulkVerdict
		status  int
	}{"too large": {messages.BulkTooLarge, 413}, "malformed": {messages.BulkMalformed, 400}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNeighbours(t)
				b := &bulker{answer: func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
					for _, d := range docs {
						if strings.Contains(sources(d), "bad") {
							return messages.BulkAnswer{Verdict: test.verdict, Status: test.status, Reason: "cannot take it"}, nil
						}
					}
					return messages.BulkAnswer{}, nil
				}}
				n.post(n.writers(b, 1<<20, nil), documents(n.claim, 0, "a", "b", "bad", "d", "e"))
				if got := n.settled(4); got[2] != 0 || len(got) != 4 {
					t.Errorf("outcomes are %v, want all but the bad one", got)
				}
				l := testkit.Expect[*messages.DeadLetters](n.letters).Letters
				if len(l) != 1 || l[0].Record.Offset != 2 || l[0].Status != test.status {
					t.Errorf("the DLQ heard %+v, want record 2", l)
				}
			})
		})
	}
}

func TestWriterGivesBackWhatWasRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		b := &bulker{}
		b.answer = func([]*messages.DocumentBatch) (messages.BulkAnswer, error) {
			n.claim.Revoke() // while the request is under way
			return messages.BulkAnswer{Verdict: messages.BulkLater, Reason: "busy"}, nil
		}
		lane := n.writers(b, 1<<20, nil)
		n.post(lane, documents(n.claim, 0, "a"))
		if got := n.settled(1); got[0] != messages.Returned {
			t.Errorf("outcomes are %v, want it returned before it goes back", got)
		}
		pass(time.Minute) // the gate opens
		n.post(lane, documents(n.claim, 1, "b"))
		if got := n.settled(1); got[1] != messages.Returned {
			t.Errorf("outcomes are %v, want it returned before it is sent", got)
		}
		if len(b.requests()) != 1 {
			t.Errorf("%d requests, want 1", len(b.requests()))
		}
	})
}

// TestWriterCrash has one document crash the writer: it is in the DLQ with the
// stack, and the others are indexed, one a request.
func TestWriterCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		boss := testkit.NewSupervisor(t, n.system, actor.RestartDirective)
		b := &bulker{answer: func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
			for _, d := range docs {
				if strings.Contains(sources(d), "poison") {
					panic("poison")
				}
			}
			return messages.BulkAnswer{}, nil
		}}
		n.post(n.writers(b, 1<<20, boss), documents(n.claim, 0, "a", "poison", "c"))
		testkit.ExpectFailure(boss)
		n.settled(2)
		l := testkit.Expect[*messages.DeadLetters](n.letters).Letters
		if len(l) != 1 || l[0].Record.Offset != 1 || l[0].Reason != "panic: poison" || l[0].Stack == "" {
			t.Errorf("the DLQ heard %+v, want record 1 with the stack", l)
		}
		if want := [][]string{{"a", "poison", "c"}, {"a", "poison", "c"}, {"a"}, {"poison", "c"}, {"poison"}, {"c"}}; !reflect.DeepEqual(b.requests(), want) {
			t.Errorf("requests were %v, want %v", b.requests(), want)
		}
	})
}

func TestWriterPanicsOnAFatalError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		boss := testkit.NewSupervisor(t, n.system, actor.StopDirective)
		refused := errors.New("401: check the password")
		b := &bulker{answer: func([]*messages.DocumentBatch) (messages.BulkAnswer, error) { return messages.BulkAnswer{}, refused }}
		n.system.AllowDeadLetters() // what the pool still held
		n.post(n.writers(b, 1<<20, boss), documents(n.claim, 0, "a", "b"))
		err, ok := testkit.ExpectFailure(boss).Reason.(*Fatal)
		if !ok || !errors.Is(err, refused) || err.Error() != "index 2 documents: 401: check the password" {
			t.Errorf("the failure is %v, want the fatal error", err)
		}
	})
}

// TestWriterCutsUnits has a unit larger than a request may be: documents go in
// order, none is lost, and one that is too large goes alone.
func TestWriterCutsUnits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNeighbours(t)
		b := &bulker{answer: allIndexed}
		lane := n.writers(b, 250, nil)
		n.post(lane, documents(n.claim, 0, "a", "b", strings.Repeat("x", 500), "d"))
		n.settled(4)
		if got, want := fmt.Sprint(lengths(b.requests())), "[[1 1] [500] [1]]"; got != want {
			t.Errorf("requests have documents of %s bytes, want %s", got, want)
		}
	})
}

func lengths(requests [][]string) (out [][]int) {
	for _, r := range requests {
		var lens []int
		for _, s := range r {
			lens = append(lens, len(s))
		}
		out = append(out, lens)
	}
	return out
}
