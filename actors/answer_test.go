package actors

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// TestWriterHoldsABulkOfWhichAllIsRefusedForNow closes the gate as for a bulk
// that was refused as a whole.
func TestWriterHoldsABulkOfWhichAllIsRefusedForNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		b := script(items(map[string]messages.Item{"a": throttled, "b": throttled}))
		start := time.Now()
		s.post(s.open(b, nil), documents(s.claim, 0, "a", "b"))
		pass(10 * time.Millisecond)
		if stats := s.queue.Stats(); !stats.GateClosed || stats.Back != 2 || stats.Delayed != 0 {
			t.Errorf("the pool is %+v, want both documents back behind its gate", stats)
		}
		s.settled(2)
		if want := [][]string{{"a", "b"}, {"a", "b"}}; !reflect.DeepEqual(b.requests(), want) || time.Since(start) < 500*time.Millisecond {
			t.Errorf("requests were %v within %v, want %v after a back-off", b.requests(), time.Since(start), want)
		}
		s.wantConditions(messages.Condition{Name: "elasticsearch", Reason: "busy"}, messages.Condition{Name: "elasticsearch"})
	})
}

// TestWriterCopiesWhatComesAgain has documents delayed, and behind the gate of
// their index, while their fetch buffer is used again.
func TestWriterCopiesWhatComesAgain(t *testing.T) {
	for name, item := range map[string]messages.Item{"delayed": throttled, "behind a gate": blocked} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSink(t)
				d := documents(s.other(), 7, "again")
				fetch := []byte(`idkeyvalueheadsource`)
				r := d.Docs[0].Record
				d.Docs[0].ID, r.Key, r.Value, d.Docs[0].Source = fetch[:2], fetch[2:5], fetch[5:10], fetch[14:]
				r.Headers = []messages.Header{{Key: fetch[10:12], Value: fetch[12:14]}}
				var got messages.Document
				b := script(items(map[string]messages.Item{"source": item}), func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
					got = docs[0].Docs[0]
					return messages.BulkAnswer{}, nil
				})
				lane := s.open(b, nil)
				s.post(lane, documents(s.claim, 0, "first"))
				s.post(lane, d)
				s.settled(1)
				for i := range fetch {
					fetch[i] = 'X'
				}
				s.settled(1)
				if all := fmt.Sprintf("%s %s %s %s", got.ID, got.Record.Key, got.Record.Value, got.Source); all != "id key value source" || string(got.Record.Headers[0].Value) != "ad" {
					t.Errorf("what came again is %s, %s, want it untouched", all, got.Record.Headers)
				}
			})
		})
	}
}

// TestWriterCountsAttempts has a document carried by three requests, the last
// of which refuses it for good.
func TestWriterCountsAttempts(t *testing.T) {
	refuse := items(map[string]messages.Item{"a": refused})
	for name, first := range map[string]answer{
		"held":          whole(messages.BulkLater, 503, "away"),
		"delayed":       items(map[string]messages.Item{"a": throttled}),
		"behind a gate": items(map[string]messages.Item{"a": blocked}),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSink(t)
				lane := s.open(script(first, first, refuse), nil)
				s.post(lane, documents(s.other(), 0, "b"))
				s.post(lane, documents(s.claim, 5, "a"))
				if l := testkit.Expect[*messages.DeadLetters](s.letters).Letters; len(l) != 1 || l[0].Attempts != 3 || l[0].Record.Offset != 5 {
					t.Errorf("the DLQ heard %+v, want record 5 after 3 attempts", l)
				}
				s.settled(1)
			})
		})
	}
}

// TestWriterSendsLettersByClaim has documents of two claims refused in one bulk.
func TestWriterSendsLettersByClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		lane := s.open(script(items(map[string]messages.Item{"bad": refused})), nil)
		users := s.other()
		s.post(lane, documents(s.claim, 0, "bad", "good", "bad"))
		s.post(lane, documents(users, 0, "bad"))
		s.settled(1)
		tweets, user := testkit.Expect[*messages.DeadLetters](s.letters), testkit.Expect[*messages.DeadLetters](s.letters)
		if tweets.Claim != s.claim || len(tweets.Letters) != 2 || tweets.Letters[1].Record.Offset != 2 {
			t.Errorf("first letters are %+v, want records 0 and 2 of tweets", tweets)
		}
		if user.Claim != users || len(user.Letters) != 1 {
			t.Errorf("second letters are %+v, want that of users", user)
		}
	})
}

// TestWriterReadsAMixedBulk has every way of a document in one bulk of three
// indices: stored, throttled, blocked with its whole index.
func TestWriterReadsAMixedBulk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		logs := &messages.Claim{Topic: "logs", Number: 3, Consumer: s.consumer.PID()}
		b := script(items(map[string]messages.Item{"slow": throttled, "half": blocked, "shut": blocked}))
		lane := s.open(b, nil)
		s.post(lane, documents(s.claim, 0, "good", "half"))
		s.post(lane, documents(s.other(), 10, "shut", "shut"))
		s.post(lane, documents(logs, 20, "slow"))
		s.settled(1)
		if q := s.queue.Stats(); q.GateClosed || q.KeyGatesClosed != 1 || q.SetAside != 2 || q.Delayed != 2 {
			t.Errorf("the pool is %+v, want users behind a gate and two documents delayed", q)
		}
		s.settled(4)
	})
}

// TestWriterHoldsBehindTwoKindsOfGate has one index blocked and the rest of the
// bulk throttled: the rest goes back to the head, the blocked to its own gate.
func TestWriterHoldsBehindTwoKindsOfGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		lane := s.open(script(items(map[string]messages.Item{"slow": throttled, "shut": blocked})), nil)
		s.post(lane, documents(s.claim, 0, "slow"))
		s.post(lane, documents(s.other(), 10, "shut"))
		pass(10 * time.Millisecond)
		if q := s.queue.Stats(); !q.GateClosed || q.Back != 1 || q.KeyGatesClosed != 1 || q.SetAside != 1 {
			t.Errorf("the pool is %+v, want one document back and one set aside", q)
		}
		s.settled(2)
	})
}

// TestWriterLowersTheLimit has the sink refuse bulks of more than 400 bytes: the
// first is cut to half of it until it fits, the next is cut to the lowered limit at once,
// and what was lowered is said once.
func TestWriterLowersTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		tooLarge := 0
		b := &bulker{answer: func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
			if sizeOf(docs) > 400 {
				tooLarge++
				return messages.BulkAnswer{Verdict: messages.BulkTooLarge, Status: 413, Reason: "too large"}, nil
			}
			return messages.BulkAnswer{}, nil
		}}
		lane := s.open(b, nil)
		twelve := strings.Split("abcdefghijkl", "")
		s.post(lane, documents(s.claim, 0, twelve...)) // 972 bytes
		s.settled(12)
		if s.limit.Bytes() != 243 || tooLarge != 2 {
			t.Errorf("the limit is %d after %d refusals, want 243 after 2: 972, and its first half", s.limit.Bytes(), tooLarge)
		}
		s.post(lane, documents(s.claim, 12, twelve...))
		s.settled(12)
		if n := strings.Count(s.log.String(), "max_bytes is lowered"); n != 1 || tooLarge != 2 {
			t.Errorf("said %d times, %d refusals, want 1 and 2:\n%s", n, tooLarge, &s.log)
		}
	})
}

// TestWriterWritesOtherIndicesAtFullSpeed has one index blocked for a minute and
// more: each bulk of the other is written within its max_age, and what is
// blocked comes in its order, by one probe after each back-off.
func TestWriterWritesOtherIndicesAtFullSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		users, open := s.other(), time.Now().Add(time.Minute)
		var probes atomic.Int32
		b := &bulker{answer: func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
			verdicts := map[string]messages.Item{}
			if time.Now().Before(open) {
				verdicts["shut"] = blocked
			}
			if slices.ContainsFunc(docs, func(d *messages.DocumentBatch) bool { return d.Claim == users }) {
				probes.Add(1)
			}
			return items(verdicts)(docs)
		}}
		lane := s.open(b, nil)
		for i := range int64(50) {
			if i < 3 {
				s.post(lane, documents(users, i, "shut"))
			}
			start := time.Now()
			s.post(lane, documents(s.claim, 100+i, "open"))
			if got := s.settled(1); got[100+i] != messages.Indexed || time.Since(start) > 5*time.Millisecond {
				t.Fatalf("document %d of the open index: %v after %v, want it indexed within 5 ms", i, got, time.Since(start))
			}
		}
		if n := probes.Load(); n != 1 {
			t.Errorf("%d requests went to the blocked index before its back-off, want 1", n)
		}
		for want := range int64(3) {
			if r := testkit.Expect[*messages.Settled](s.consumer).Ranges; r[0].From != want || r[0].Outcome != messages.Indexed {
				t.Errorf("settled %v, want record %d next", r, want)
			}
		}
		if n := probes.Load(); n > 9 { // after 1, 2, 4, 8, 16, 32 s, each drawn from its upper half
			t.Errorf("%d requests went to the blocked index in a minute, want one a back-off", n)
		}
	})
}
