package actors

import (
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// TestWriterSaysNothingOfWhatACrashVoids has a block refuse the first request of a
// unit and the writer crash on the second: no gate is closed, and none is said to be.
func TestWriterSaysNothingOfWhatACrashVoids(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		s.limit = NewBulkLimit(100)
		isBlocked := func([]*messages.DocumentBatch) (messages.BulkAnswer, error) {
			return messages.BulkAnswer{Items: []messages.Item{blocked}}, nil
		}
		boss := testkit.NewSupervisor(t, s.system, actor.RestartDirective)
		s.post(s.open(script(isBlocked, crashing), boss), documents(s.claim, 0, "a", "b"))
		s.settled(2)
		testkit.ExpectFailure(boss)
		s.wantConditions()
	})
}

// TestWriterSaysThatNothingIsDelayedAnyMore has the document that was delayed crash
// its writer until it is in the DLQ: no answer comes that would heal the condition.
func TestWriterSaysThatNothingIsDelayedAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t)
		one := items(map[string]messages.Item{"b": throttled})
		boss := testkit.NewSupervisor(t, s.system, actor.RestartDirective)
		s.post(s.open(script(one, crashing, crashing), boss), documents(s.claim, 0, "a", "b"))
		s.settled(1)
		l := testkit.Expect[*messages.DeadLetters](s.letters)
		if len(l.Letters) != 1 || l.Letters[0].Stack == "" {
			t.Errorf("the DLQ got %+v, want the record with the stack", l.Letters)
		}
		testkit.ExpectFailure(boss)
		s.wantConditions(messages.Condition{Name: "elasticsearch throttles", Reason: "busy"}, messages.Condition{Name: "elasticsearch throttles"})
	})
}
