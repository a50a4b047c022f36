package actors

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// answer is one answer of a scripted Bulker.
type answer func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error)

// script is a Bulker's answers in their order; after the last all is stored.
func script(answers ...answer) *bulker {
	b := &bulker{}
	b.answer = func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
		if len(answers) == 0 {
			return messages.BulkAnswer{}, nil
		}
		next := answers[0]
		answers = answers[1:]
		return next(docs)
	}
	return b
}

// whole answers a bulk as a whole.
func whole(v messages.BulkVerdict, status int, reason string) answer {
	return func([]*messages.DocumentBatch) (messages.BulkAnswer, error) {
		return messages.BulkAnswer{Verdict: v, Status: status, Reason: reason}, nil
	}
}

// crashing is an answer that never comes.
func crashing([]*messages.DocumentBatch) (messages.BulkAnswer, error) { panic("poison") }

var (
	throttled = messages.Item{Verdict: messages.ItemLater, Status: 429, Reason: "busy"}
	blocked   = messages.Item{Verdict: messages.ItemBlocked, Status: 403, Reason: "read-only"}
	refused   = messages.Item{Verdict: messages.ItemRefused, Status: 400, Reason: "no such field"}
)

// sink is a pool of writers whose limit, run and log a test can see.
type sink struct {
	*neighbours
	run     context.Context
	cancel  context.CancelFunc
	workers int
	unit    mailbox.Coalesce // MinBytes and MaxAge make the company that units wait for
	limit   *BulkLimit
	foreign *Foreign
	log     bytes.Buffer // read when the bubble is at rest
	queue   *mailbox.Queue
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{neighbours: newNeighbours(t), workers: 1, limit: NewBulkLimit(1 << 20)}
	s.unit = mailbox.Coalesce{MinBytes: 1 << 20, MaxBytes: 1 << 20, MaxAge: time.Millisecond}
	s.run, s.cancel = context.WithCancel(t.Context())
	t.Cleanup(s.cancel)
	return s
}

// open spawns the writers, which share b.
func (s *sink) open(b Bulker, boss actor.SupervisorStrategy) *mailbox.Lane {
	s.Helper()
	backoff := Backoff{Initial: time.Second, Max: time.Minute}
	s.queue = mailbox.NewQueue(mailbox.Settings{
		Context: s.run, Coalesce: &s.unit, Backoff: backoff.Wait, Key: func(m any) string { return claimOf(m).Topic },
	})
	lane := s.queue.AddLane("enriched", 1000)
	worker := WriterProps(WriterSettings{
		Run: s.run, Pool: s.queue, DLQ: s.dlq, Limit: s.limit, Backoff: backoff,
		Index: func(topic string) string { return topic }, Complaints: NewComplaints(s.condition), Foreign: s.foreign,
		Log: slog.New(slog.NewTextHandler(&s.log, nil)),
	}, func() Bulker { return b })
	pool := mailbox.NewPool(mailbox.PoolSettings{Name: "writer", Size: s.workers, Queue: s.queue, Worker: worker, Supervisor: boss})
	testkit.SpawnNamed(s.T, s.system, pool.Props(), "writers")
	return lane
}

// settled is that of the neighbours; when it returns the writers are at rest.
func (s *sink) settled(records int) map[int64]messages.Outcome {
	s.Helper()
	defer synctest.Wait()
	return s.neighbours.settled(records)
}

// pass moves virtual time.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// other is another claim of the topic users, which the same probe hears.
func (s *sink) other() *messages.Claim {
	return &messages.Claim{Topic: "users", Number: 2, Consumer: s.consumer.PID()}
}

// desk is a Bulker whose requests a test answers one by one; it may be shared.
type desk chan request

// request is a request under way.
type request struct {
	first string // source of its first document
	reply chan<- messages.BulkAnswer
}

func (d desk) Send(ctx context.Context, docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
	reply := make(chan messages.BulkAnswer, 1)
	d <- request{string(docs[0].Docs[0].Source), reply}
	select {
	case a := <-reply:
		return a, nil
	case <-ctx.Done():
		return messages.BulkAnswer{}, context.Cause(ctx)
	}
}
