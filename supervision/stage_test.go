package supervision

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
)

// partition is a claim whose records a test sends by hand, or endlessly.
type partition struct {
	topic   string
	number  int32
	records chan messages.Record
	sent    int64         // one past the last offset that send or its like sent
	gone    chan struct{} // closed by a show when the claim has been let go
	marked  atomic.Int64
	paused  atomic.Bool
	resumed chan struct{} // wakes fill
	onMark  func(next int64)
	high    func() int64
	order   sync.Mutex // see sentAll
}

// sentAll is called after records are sent, and end closes the channel: a run that
// ends after some time ends after that, but the race detector does not know the order
// of time, and a claim may have left the last records unread.
func (p *partition) sentAll() { p.order.Lock(); defer p.order.Unlock() }

func (p *partition) end() {
	p.order.Lock()
	defer p.order.Unlock()
	close(p.records)
}

func newPartition(topic string, number int32) *partition {
	return &partition{topic: topic, number: number, records: make(chan messages.Record, 512), gone: make(chan struct{}), resumed: make(chan struct{}, 1), high: func() int64 { return 0 }}
}

func (p *partition) Topic() string                            { return p.topic }
func (p *partition) Partition() int32                         { return p.number }
func (p *partition) Messages() <-chan messages.Record         { return p.records }
func (p *partition) Record(r messages.Record) messages.Record { return r }
func (p *partition) Pause()                                   { p.paused.Store(true) }
func (p *partition) HighWater() int64                         { return p.high() }
func (p *partition) FetchBytes() int                          { return 64 << 10 }

func (p *partition) Resume() {
	p.paused.Store(false)
	select {
	case p.resumed <- struct{}{}:
	default: // fill has not seen the last one yet
	}
}

func (p *partition) Mark(next int64) {
	if p.onMark != nil {
		p.onMark(next)
	}
	p.marked.Store(next)
}

// fill sends records until stop is done, and closes the partition then, as the
// end of a session does. It heeds a pause, as a broker does.
func (p *partition) fill(stop context.Context, value func(i int64) string) {
	defer close(p.records)
	for i := int64(0); ; i++ {
		for p.paused.Load() {
			select {
			case <-p.resumed:
			case <-stop.Done():
				return
			}
		}
		select {
		case p.records <- messages.Record{Offset: i, Timestamp: i, Value: []byte(value(i))}:
		case <-stop.Done():
			return
		}
	}
}

// send sends n records from offset 0 and leaves the partition open.
func (p *partition) send(n int) {
	p.sendFrom(0, n)
}

func tweet(i int64) string { return fmt.Sprintf(`{"Message":"%d","RemoteAddress":"192.0.2.1"}`, i) }

// locate is a Locator made of a function.
type locate func(address []byte) []byte

func (f locate) LookupAll(addresses, objects [][]byte) {
	for i, address := range addresses {
		objects[i] = f(address)
	}
}

func nowhere([]byte) []byte { return []byte(`{"status":"not_found"}`) }

// send is a Bulker made of a function.
type send func(ctx context.Context, docs []*messages.DocumentBatch) (messages.BulkAnswer, error)

func (f send) Send(ctx context.Context, docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
	return f(ctx, docs)
}

// hang answers nothing until the run is over, as a sink that is dead.
func hang(ctx context.Context, _ []*messages.DocumentBatch) (messages.BulkAnswer, error) {
	<-ctx.Done()
	return messages.BulkAnswer{}, ctx.Err()
}

func indexed(context.Context, []*messages.DocumentBatch) (messages.BulkAnswer, error) {
	return messages.BulkAnswer{}, nil
}

// store is a DeadLetterStore made of a function.
type store func(ctx context.Context, letters *messages.DeadLetters) error

func (f store) Store(ctx context.Context, letters *messages.DeadLetters) error {
	return f(ctx, letters)
}

func stored(context.Context, *messages.DeadLetters) error { return nil }

// settings are those of a small pipeline of tweets and users which works.
func settings(t *testing.T) Settings {
	t.Helper()
	return Settings{
		Topics:    []actors.TopicSettings{topicOf(t, "tweets", "RemoteAddress"), topicOf(t, "users", "")},
		Enrichers: 2, Writers: 2, EnrichedCapacity: 2000, DLQCapacity: 100,
		MaxBulkBytes: 1 << 20, MaxBulkAge: 10 * time.Millisecond, Backoff: actors.Backoff{Initial: 10 * time.Millisecond, Max: time.Second},
		InFlightBytes: 64 << 20, HandOver: 5 * time.Second, ShutdownGrace: 10 * time.Second, ReportInterval: time.Minute,
		Locator: locate(nowhere), Bulkers: func() actors.Bulker { return send(indexed) }, DLQ: store(stored), Log: slog.New(slog.DiscardHandler),
	}
}

func topicOf(t *testing.T, name, address string) actors.TopicSettings {
	t.Helper()
	s := record.PlanSettings{Address: address}
	if address != "" {
		s.Target = "geo"
	}
	plan, err := record.NewPlan(s)
	if err != nil {
		t.Fatal(err)
	}
	return actors.TopicSettings{Name: name, Index: name, Capacity: 2000, Plan: plan, Enriched: address != ""}
}

// feed hands partitions to a pipeline as a consumer group would, each on a
// goroutine of its own, and returns when all have been handed over.
func feed(p *Pipeline, partitions ...*partition) func(drain, run context.Context) error {
	return func(drain, run context.Context) error {
		p.StartWriters()
		var claims sync.WaitGroup
		for _, part := range partitions {
			claims.Go(func() { part.fill(drain, tweet) })
			claims.Go(func() { actors.Feed(run, p.Claims(), part) })
		}
		claims.Wait()
		return nil
	}
}
