package actors

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// lookup is a Locator made of a function.
type lookup func(address []byte) []byte

func (f lookup) LookupAll(addresses, objects [][]byte) {
	for i, address := range addresses {
		objects[i] = f(address)
	}
}

// echo locates every address at its own text, and crashes on "panic".
func echo(address []byte) []byte {
	if string(address) == "panic" {
		panic("no such place")
	}
	return append(append([]byte(`{"at":"`), address...), `"}`...)
}

// bulker is a Bulker that answers as it is told, and keeps what it was sent.
type bulker struct {
	mu     sync.Mutex // guards all below
	answer func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error)
	sent   [][]string // the sources of each request
}

func (b *bulker) Send(_ context.Context, docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var sources []string
	for _, d := range docs {
		for i := range d.Docs {
			sources = append(sources, string(d.Docs[i].Source))
		}
	}
	b.sent = append(b.sent, sources)
	return b.answer(docs)
}

func (b *bulker) requests() [][]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([][]string(nil), b.sent...)
}

func allIndexed([]*messages.DocumentBatch) (messages.BulkAnswer, error) {
	return messages.BulkAnswer{}, nil
}

// items answers each document by its source.
func items(verdicts map[string]messages.Item) func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
	return func(docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
		var a messages.BulkAnswer
		for _, d := range docs {
			for i := range d.Docs {
				a.Items = append(a.Items, verdicts[string(d.Docs[i].Source)])
			}
		}
		return a, nil
	}
}

// neighbours stand around a pool under test: a probe for the partition consumer
// and one for the DLQ's lane.
type neighbours struct {
	*testing.T
	system     *testkit.System
	consumer   *testkit.Probe
	claim      *messages.Claim
	dlq        *mailbox.Lane
	letters    *testkit.Probe
	conditions chan messages.Condition
}

// taker passes what its mailbox hands it on to a probe.
type taker struct{ to *actor.PID }

func (a *taker) Receive(c actor.Context) {
	switch m := c.Message().(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		c.Send(a.to, m)
	}
}

func newNeighbours(t *testing.T) *neighbours {
	t.Helper()
	n := &neighbours{T: t, system: testkit.NewSystem(t), conditions: make(chan messages.Condition, 100)}
	n.system.SetTimeout(time.Hour) // virtual, beyond every back-off
	n.consumer, n.letters = testkit.NewProbe(t, n.system), testkit.NewProbe(t, n.system)
	n.claim = &messages.Claim{Topic: "tweets", Partition: 3, Number: 1, Consumer: n.consumer.PID()}
	n.dlq = n.lane("dlq", 1000, n.letters)
	return n
}

// lane is a lane whose messages a probe hears.
func (n *neighbours) lane(name string, capacity int, probe *testkit.Probe) *mailbox.Lane {
	q := mailbox.NewQueue(mailbox.Settings{Context: n.Context()})
	l := q.AddLane(name, capacity)
	testkit.SpawnNamed(n.T, n.system, actor.PropsFromProducer(func() actor.Actor { return &taker{probe.PID()} },
		actor.WithMailbox(func() actor.Mailbox { return mailbox.New(q) })), name)
	return l
}

// condition notes what a writer says of its surroundings.
func (n *neighbours) condition(name, reason string) {
	n.conditions <- messages.Condition{Name: name, Reason: reason}
}

// wantConditions fails the test unless just these were said, in this order, once
// the bubble is at rest.
func (n *neighbours) wantConditions(want ...messages.Condition) {
	n.Helper()
	synctest.Wait()
	for i, w := range want {
		select {
		case got := <-n.conditions:
			if got != w {
				n.Errorf("condition %d is %+v, want %+v", i, got, w)
			}
		default:
			n.Errorf("condition %d was not said: %+v", i, w)
		}
	}
	select {
	case got := <-n.conditions:
		n.Errorf("unexpected condition %+v", got)
	default:
	}
}

// settled collects outcomes from the consumer's probe until that many records
// have one; a record that is settled twice fails the test.
func (n *neighbours) settled(records int) map[int64]messages.Outcome {
	n.Helper()
	all := map[int64]messages.Outcome{}
	for len(all) < records {
		for _, r := range testkit.Expect[*messages.Settled](n.consumer).Ranges {
			for o := r.From; o < r.To; o++ {
				if _, again := all[o]; again {
					n.Fatalf("record %d was settled twice", o)
				}
				all[o] = r.Outcome
			}
		}
	}
	return all
}

// enrichers spawns a pool of one enricher whose documents the probe hears.
func (n *neighbours) enrichers(format *Format, documents *testkit.Probe, supervisor actor.SupervisorStrategy) *mailbox.Lane {
	n.Helper()
	q := mailbox.NewQueue(mailbox.Settings{Context: n.Context()})
	l := q.AddLane("tweets", 1000)
	worker := EnricherProps(EnricherSettings{Formats: map[string]*Format{"tweets": format}, Writers: n.lane("enriched", 1000, documents), DLQ: n.dlq})
	pool := mailbox.NewPool(mailbox.PoolSettings{Name: "enricher", Size: 1, Queue: q, Worker: worker, Supervisor: supervisor})
	testkit.SpawnNamed(n.T, n.system, pool.Props(), "enrichers")
	return l
}

// writers spawns a pool of one writer.
func (n *neighbours) writers(b Bulker, maxBytes int, supervisor actor.SupervisorStrategy) *mailbox.Lane {
	n.Helper()
	backoff := Backoff{Initial: time.Second, Max: time.Minute}
	q := mailbox.NewQueue(mailbox.Settings{
		Context: n.Context(), Coalesce: &mailbox.Coalesce{MinBytes: 1 << 20, MaxBytes: 1 << 20, MaxAge: time.Millisecond},
		Backoff: backoff.Wait, Key: func(m any) string { return claimOf(m).Topic },
	})
	l := q.AddLane("enriched", 1000)
	worker := WriterProps(WriterSettings{
		Run: n.Context(), Pool: q, DLQ: n.dlq, Limit: NewBulkLimit(maxBytes), Backoff: backoff,
		Index: func(topic string) string { return topic }, Complaints: NewComplaints(n.condition), Log: slog.New(slog.DiscardHandler),
	}, func() Bulker { return b })
	pool := mailbox.NewPool(mailbox.PoolSettings{Name: "writer", Size: 1, Queue: q, Worker: worker, Supervisor: supervisor})
	testkit.SpawnNamed(n.T, n.system, pool.Props(), "writers")
	return l
}

// post stores a message in a lane.
func (n *neighbours) post(l *mailbox.Lane, message any) {
	n.Helper()
	if err := l.Post(message); err != nil {
		n.Fatal(err)
	}
}

// batch is records of the claim with these values, from offset 0.
func (n *neighbours) batch(values ...string) *messages.RecordBatch {
	b := &messages.RecordBatch{Claim: n.claim}
	for i, v := range values {
		r := messages.Record{Offset: int64(i), Timestamp: 1, Value: []byte(v)}
		if v == "" {
			r.Value = nil
		}
		b.Records = append(b.Records, r)
		b.Bytes += r.Bytes()
	}
	return b
}

// documents is documents of a claim with these sources, from an offset on.
func documents(c *messages.Claim, from int64, sources ...string) *messages.DocumentBatch {
	d := &messages.DocumentBatch{Claim: c}
	for i, s := range sources {
		d.Docs = append(d.Docs, messages.Document{Record: &messages.Record{Offset: from + int64(i), Value: []byte("raw " + s)}, Source: []byte(s)})
		d.Bytes += documentBytes(&d.Docs[i])
	}
	return d
}

func sources(d *messages.DocumentBatch) string {
	var all [][]byte
	for i := range d.Docs {
		all = append(all, d.Docs[i].Source)
	}
	return string(bytes.Join(all, []byte("\n")))
}

func plan(t *testing.T, s record.PlanSettings) *record.Plan {
	t.Helper()
	p, err := record.NewPlan(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
