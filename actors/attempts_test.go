package actors

import (
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// TestWriterCountsTheRequestsOfWhatItRefuses has one of eight documents spoil
// every bulk: four requests carry it until it stands alone.
func TestWriterCountsTheRequestsOfWhatItRefuses(t *testing.T) {
	for name, verdict := range map[string]messages.BulkVerdict{"malformed": messages.BulkMalformed, "too large": messages.BulkTooLarge} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSink(t)
				b := &bulker{answer: func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
					for _, d := range docs {
						for i := range d.Docs {
							if string(d.Docs[i].Source) == "x" {
								return messages.BulkAnswer{Verdict: verdict, Status: 400, Reason: "no"}, nil
							}
						}
					}
					return messages.BulkAnswer{}, nil
				}}
				s.post(s.open(b, nil), documents(s.claim, 0, strings.Split("abcdexgh", "")...))
				if l := testkit.Expect[*messages.DeadLetters](s.letters).Letters; len(l) != 1 || l[0].Attempts != 4 {
					t.Errorf("the DLQ heard %+v, want one letter after 4 attempts", l)
				}
				s.settled(7)
			})
		})
	}
}

// TestWriterDelaysSingleDocumentsAnew has a sink come back after three refusals
// of the whole bulk: a document that is then refused for now waits the initial
// back-off, not that of the outage.
func TestWriterDelaysSingleDocumentsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		away := whole(messages.BulkLater, 503, "away")
		one := items(map[string]messages.Item{"a": throttled})
		var at []time.Time
		b := script(away, away, away, one)
		send := b.answer
		b.answer = func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
			at = append(at, time.Now())
			return send(docs)
		}
		s.post(s.open(b, nil), documents(s.claim, 0, "a", "b"))
		s.settled(2)
		if len(at) != 5 {
			t.Fatalf("%d requests, want 5", len(at))
		}
		if wait := at[4].Sub(at[3]); wait < 500*time.Millisecond || wait > time.Second {
			t.Errorf("waited %v, want the upper half of 1 s", wait)
		}
	})
}

// TestWriterSendsTogetherWhatWasRefusedTogether has documents of two claims
// refused for now in one answer: they come again in one request.
func TestWriterSendsTogetherWhatWasRefusedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		b := script(items(map[string]messages.Item{"b": throttled, "d": throttled}))
		lane := s.open(b, nil)
		s.post(lane, documents(s.claim, 0, "a", "b"))
		s.post(lane, documents(s.other(), 10, "c", "d"))
		s.settled(4)
		if got, want := b.requests(), [][]string{{"a", "b", "c", "d"}, {"b", "d"}}; !reflect.DeepEqual(got, want) {
			t.Errorf("requests were %v, want %v", got, want)
		}
	})
}

// TestWriterSaysOfEachIndexWhyItWaits has one answer throttle one index and block
// another, in both orders: each condition has its own reason.
func TestWriterSaysOfEachIndexWhyItWaits(t *testing.T) {
	for _, first := range []string{"slow", "shut"} {
		t.Run(first+" first", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSink(t)
				lane := s.open(script(items(map[string]messages.Item{"slow": throttled, "shut": blocked})), nil)
				slow, shut := documents(s.claim, 0, "slow"), documents(s.other(), 10, "shut")
				if first == "slow" {
					s.post(lane, slow)
					s.post(lane, shut)
				} else {
					s.post(lane, shut)
					s.post(lane, slow)
				}
				pass(10 * time.Millisecond)
				s.wantConditions(messages.Condition{Name: "index users", Reason: blocked.Reason}, messages.Condition{Name: "elasticsearch", Reason: throttled.Reason})
			})
		})
	}
}
