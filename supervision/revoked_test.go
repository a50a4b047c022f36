package supervision

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

// TestReadyAgainWhenAllThatWaitsIsRevoked takes the last partition away from a
// member while Elasticsearch is in trouble: nobody is left to find out that it is
// well again, so the member must not stay unready for ever.
func TestReadyAgainWhenAllThatWaitsIsRevoked(t *testing.T) {
	each := func(verdict messages.ItemVerdict) messages.BulkAnswer {
		a := messages.BulkAnswer{Items: make([]messages.Item, 10)}
		for i := range a.Items {
			a.Items[i] = messages.Item{Verdict: verdict, Reason: "for now"}
		}
		return a
	}
	some := each(messages.ItemLater)
	some.Items[0] = messages.Item{Verdict: messages.ItemIndexed}
	for name, test := range map[string]struct {
		answer   messages.BulkAnswer
		notReady string
	}{
		"refused as a whole": {messages.BulkAnswer{Verdict: messages.BulkLater, Reason: "away"}, "elasticsearch: away"},
		"index blocked":      {each(messages.ItemBlocked), "index tweets: for now"},
		"documents refused":  {some, "elasticsearch throttles: for now"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := settings(t)
				s.Backoff = actors.Backoff{Initial: time.Hour, Max: time.Hour}
				s.Bulkers = func() actors.Bulker {
					return send(func(context.Context, []*messages.DocumentBatch) (messages.BulkAnswer, error) { return test.answer, nil })
				}
				tweets := newPartition("tweets", 0)
				show := open(t, s, tweets)
				tweets.send(10)
				show.pass(time.Second)
				show.wantNotReady(test.notReady)
				show.revoke()
				<-tweets.gone
				synctest.Wait()
				show.wantNotReady()
				show.drain()
				show.wantEnd(nil)
			})
		})
	}
}
