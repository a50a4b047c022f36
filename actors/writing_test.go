package actors

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// TestWriterHealsThoughAnotherFailsLate has a request of one writer fail while
// the probe of another, which has succeeded, still sends the rest of its unit:
// when all is written, nothing is said to be wrong.
func TestWriterHealsThoughAnotherFailsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		s.workers, s.limit = 2, NewBulkLimit(100)
		sent, away := make(desk), messages.BulkAnswer{Verdict: messages.BulkLater, Status: 503, Reason: "away"}
		lane := s.open(sent, nil)
		s.post(lane, documents(s.claim, 0, "a", "b"))
		first := <-sent
		s.post(lane, documents(s.claim, 2, "late"))
		late := <-sent
		first.reply <- away
		probe := <-sent
		probe.reply <- messages.BulkAnswer{}
		rest := <-sent
		late.reply <- away
		synctest.Wait()
		rest.reply <- messages.BulkAnswer{}
		again := <-sent
		if probe.first != "a" || rest.first != "b" || again.first != "late" {
			t.Errorf("requests were of %s, %s, %s, want a, b, late", probe.first, rest.first, again.first)
		}
		again.reply <- messages.BulkAnswer{}
		s.settled(3)
		var last messages.Condition
		for len(s.conditions) > 0 {
			last = <-s.conditions
		}
		if last.Reason != "" || s.queue.Stats().GateClosed {
			t.Errorf("all is written, the last word is %+v", last)
		}
	})
}

// TestWriterCrashLeavesCompanyAlone has a document that crashes the writer come
// again, after it was held, together with a batch that is above suspicion: only
// the one that crashes is lost to the DLQ.
func TestWriterCrashLeavesCompanyAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		boss := testkit.NewSupervisor(t, s.system, actor.RestartDirective)
		b := script(crashing, whole(messages.BulkLater, 503, "away"), crashing, crashing)
		lane := s.open(b, boss)
		s.post(lane, documents(s.claim, 0, "poison"))
		testkit.ExpectFailure(boss)
		s.post(lane, documents(s.claim, 1, "a", "b"))
		if l := testkit.Expect[*messages.DeadLetters](s.letters).Letters; len(l) != 1 || l[0].Record.Offset != 0 {
			t.Errorf("the DLQ heard %+v, want record 0", l)
		}
		s.settled(2)
		if want := [][]string{{"poison"}, {"poison"}, {"poison", "a", "b"}, {"poison"}, {"a", "b"}}; !reflect.DeepEqual(b.requests(), want) {
			t.Errorf("requests were %v, want %v", b.requests(), want)
		}
	})
}

// TestWriterSendsTogetherWhatCameAgain has a crash that no document is to blame
// for, and then a sink that is away: a unit that comes again probes the gate for
// all, so it takes no more requests than it has to.
func TestWriterSendsTogetherWhatCameAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		boss := testkit.NewSupervisor(t, s.system, actor.RestartDirective)
		b := script(crashing, whole(messages.BulkLater, 503, "away"))
		s.post(s.open(b, boss), documents(s.claim, 0, "a", "b", "c"))
		testkit.ExpectFailure(boss)
		s.settled(3)
		if want := [][]string{{"a", "b", "c"}, {"a", "b", "c"}, {"a", "b", "c"}}; !reflect.DeepEqual(b.requests(), want) {
			t.Errorf("requests were %v, want %v", b.requests(), want)
		}
	})
}

// TestWriterRecyclesOnce watches the memory of a batch: it is given back once,
// after all that is sent of it, and by nobody while it is to come again.
func TestWriterRecyclesOnce(t *testing.T) {
	for name, answers := range map[string][]answer{
		"stored": nil,
		"held":   {whole(messages.BulkLater, 503, "away")},
		"halved": {whole(messages.BulkTooLarge, 413, "too large")},
		"items":  {items(map[string]messages.Item{"a": throttled, "b": refused})},
		"crash":  {crashing},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSink(t)
				recycled, sentAfter := 0, false
				b := script(answers...)
				send := b.answer
				d := documents(s.claim, 0, "a", "b", "c")
				b.answer = func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
					sentAfter = sentAfter || recycled > 0 && docs[0].Docs[0].Record == d.Docs[0].Record
					return send(docs)
				}
				d.Recycle = func() {
					recycled++
					if busy := len(s.queue.InHand()); busy > 0 {
						t.Errorf("recycled while %d units are in the hands of writers", busy)
					}
				}
				s.post(s.open(b, testkit.NewSupervisor(t, s.system, actor.RestartDirective)), d)
				pass(time.Minute)
				if recycled != 1 || sentAfter {
					t.Errorf("recycled %d times, sent after that: %v, want once and never", recycled, sentAfter)
				}
			})
		})
	}
}

// TestWriterKeepsTheMemoryOfWhatIsHeld has the second of two requests held: not
// even the first batch may be recycled with the unit, and the second is once it
// is stored.
func TestWriterKeepsTheMemoryOfWhatIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		s.limit = NewBulkLimit(100)
		var recycled []int64
		lane := s.open(script(whole(messages.BulkAnswered, 200, ""), whole(messages.BulkLater, 503, "away")), nil)
		for i := range int64(2) {
			d := documents(s.claim, i, "x")
			d.Recycle = func() { recycled = append(recycled, i) }
			s.post(lane, d)
		}
		s.settled(1)
		if len(recycled) != 0 {
			t.Errorf("recycled %v while one is held", recycled)
		}
		s.settled(1)
		if !reflect.DeepEqual(recycled, []int64{1}) {
			t.Errorf("recycled %v, want the one that was held, once", recycled)
		}
	})
}

// TestWriterGivesBackOnlyTheRevoked has one of two claims revoked while their
// bulk is under way: the other's documents come again.
func TestWriterGivesBackOnlyTheRevoked(t *testing.T) {
	for name, verdict := range map[string]answer{
		"whole": whole(messages.BulkLater, 503, "away"), "items": items(map[string]messages.Item{"gone": throttled, "kept": throttled}),
		"gates": items(map[string]messages.Item{"gone": blocked, "kept": blocked}),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSink(t)
				users := s.other()
				b := script(func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
					users.Revoke()
					return verdict(docs)
				})
				lane := s.open(b, nil)
				s.post(lane, documents(s.claim, 0, "kept"))
				s.post(lane, documents(users, 10, "gone"))
				want := map[int64]messages.Outcome{0: messages.Indexed, 10: messages.Returned}
				if got := s.settled(2); !reflect.DeepEqual(got, want) {
					t.Errorf("outcomes are %v, want %v", got, want)
				}
				if r := b.requests(); len(r) != 2 || !reflect.DeepEqual(r[1], []string{"kept"}) {
					t.Errorf("requests were %v, want what is kept again, alone", r)
				}
			})
		})
	}
}

// TestWriterReturnsWhenTheRunIsOver has a request hang: the end of the run
// releases the writer, which neither fails nor says what became of its unit.
func TestWriterReturnsWhenTheRunIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		s.limit = NewBulkLimit(100) // the second document has a request of its own, which is not sent
		h := make(desk)
		d := documents(s.claim, 0, "a", "b")
		d.Recycle = func() { t.Error("recycled: the client may still be reading it") }
		s.post(s.open(h, testkit.NewSupervisor(t, s.system, actor.StopDirective)), d)
		<-h
		s.cancel()
		testkit.ExpectNone(s.consumer)
		testkit.ExpectNone(s.letters)
		if hands := s.queue.InHand(); len(hands) != 0 {
			t.Errorf("still in hands: %+v", hands)
		}
	})
}

// TestStoredRangesAreThoseOfEachDocument has documents of offsets from 5 on.
func TestStoredRangesAreThoseOfEachDocument(t *testing.T) {
	document := func(offset int64, source string) messages.Document {
		d := messages.Document{Record: &messages.Record{Offset: offset}}
		if source != "" {
			d.Source = []byte(source)
		}
		return d
	}
	for name, test := range map[string]struct {
		docs []messages.Document
		want []messages.Range
	}{
		"one":              {[]messages.Document{document(5, "{}")}, []messages.Range{{From: 5, To: 6, Outcome: messages.Indexed}}},
		"without a gap":    {[]messages.Document{document(5, "{}"), document(6, "{}"), document(7, "{}")}, []messages.Range{{From: 5, To: 8, Outcome: messages.Indexed}}},
		"with a gap":       {[]messages.Document{document(5, "{}"), document(7, "{}")}, []messages.Range{{From: 5, To: 6, Outcome: messages.Indexed}, {From: 7, To: 8, Outcome: messages.Indexed}}},
		"the last deletes": {[]messages.Document{document(5, "{}"), document(6, "")}, []messages.Range{{From: 5, To: 6, Outcome: messages.Indexed}, {From: 6, To: 7, Outcome: messages.Deleted}}},
		"the middle deletes": {[]messages.Document{document(5, "{}"), document(6, ""), document(7, "{}")}, []messages.Range{
			{From: 5, To: 6, Outcome: messages.Indexed}, {From: 6, To: 7, Outcome: messages.Deleted}, {From: 7, To: 8, Outcome: messages.Indexed},
		}},
		"a gap and a tombstone": {[]messages.Document{document(5, "{}"), document(7, ""), document(8, "{}")}, []messages.Range{
			{From: 5, To: 6, Outcome: messages.Indexed}, {From: 7, To: 8, Outcome: messages.Deleted}, {From: 8, To: 9, Outcome: messages.Indexed},
		}},
		"all delete": {[]messages.Document{document(5, ""), document(6, "")}, []messages.Range{{From: 5, To: 7, Outcome: messages.Deleted}}},
	} {
		if got := storedRanges(test.docs); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
