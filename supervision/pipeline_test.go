package supervision

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

// TestRunDrains wants everything that was read to be indexed and marked when the
// caller's context ends, and no message without a receiver.
func TestRunDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(settings(t))
		tweets, users := newPartition("tweets", 0), newPartition("users", 0)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			<-time.After(50 * time.Millisecond)
			cancel()
		})
		if err := p.Run(ctx, paced(p, tweets, users)); err != nil {
			t.Errorf("Run() = %v, want none", err)
		}
		wg.Wait()
		topics, partitions := p.Books().Read()
		for i := range topics {
			if b := topics[i].Books; b.Consumed == 0 || b.Indexed != b.Consumed || b.InFlight != 0 {
				t.Errorf("topic %s: books are %+v, want all indexed", topics[i].Name, b)
			}
		}
		if len(partitions) != 0 {
			t.Errorf("claims are still open: %v", partitions)
		}
		for _, part := range []*partition{tweets, users} {
			if part.marked.Load() == 0 {
				t.Errorf("%s: nothing was marked", part.topic)
			}
		}
		if n := p.tally.countDeadLetters(); n != 0 {
			t.Errorf("%d messages found no receiver", n)
		}
		<-time.After(time.Microsecond) // protoactor's dead-letter throttle: a system message may have met an actor that had stopped
	})
}

// paced is feed with a record a millisecond, so that virtual time passes.
func paced(p *Pipeline, partitions ...*partition) func(drain, run context.Context) error {
	return func(drain, run context.Context) error {
		p.StartWriters()
		var claims sync.WaitGroup
		for _, part := range partitions {
			claims.Go(func() {
				defer close(part.records)
				for i := int64(0); drain.Err() == nil; i++ {
					part.records <- messages.Record{Offset: i, Timestamp: i, Value: []byte(tweet(i))}
					<-time.After(time.Millisecond)
				}
			})
			claims.Go(func() { actors.Feed(run, p.Claims(), part) })
		}
		claims.Wait()
		return nil
	}
}

var errInjected = errors.New("injected")

// broken is a pipeline with one thing in it that fails for good once fail is
// called; until then nothing leaves it.
type broken struct {
	settings   Settings
	partitions []*partition
	fail       func()
	empty      string // mailbox that cannot fill, because what fails is in front of it
}

// TestFatalErrorEndsASaturatedRun injects a fatal error into each kind of actor,
// and into what runs beside them, while every mailbox is full.
func TestFatalErrorEndsASaturatedRun(t *testing.T) {
	for name, build := range map[string]struct {
		from string // the error names it
		make func(t *testing.T) *broken
	}{
		"writer":   {"actor pipeline/writers/writer-", breakWriter},
		"enricher": {"actor pipeline/enrichers/enricher-", breakEnricher},
		"consumer": {"actor pipeline/consumers/users-0#", breakConsumer},
		"dlq":      {"actor pipeline/dlq", breakDLQ},
		"monitor":  {"actor pipeline/monitor", breakMonitor},
		"beside":   {"watcher: ", nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &broken{settings: saturated(t)}
				if build.make != nil {
					b = build.make(t)
				}
				if b.partitions == nil {
					b.partitions = []*partition{newPartition("tweets", 0), newPartition("users", 0)}
				}
				p := New(b.settings)
				if b.fail == nil {
					b.fail = watch(p)
				}
				took, err := runUntilBroken(t, p, b)
				if !errors.Is(err, errInjected) || !strings.HasPrefix(err.Error(), build.from) {
					t.Errorf("Run() = %v, want the injected error from %s", err, build.from)
				}
				if took > time.Second {
					t.Errorf("Run() took %v after the error, want less than 1 s", took)
				}
			})
		})
	}
}

// watch runs a function beside the actors, which fails when the result is called.
func watch(p *Pipeline) (fail func()) {
	failed := make(chan struct{})
	p.Go("watcher", func(context.Context) error {
		<-failed
		return errInjected
	})
	return func() { close(failed) }
}

// runUntilBroken fails the pipeline once all its mailboxes are full, and returns
// the time from the failure to the return of Run, and its error.
func runUntilBroken(t *testing.T, p *Pipeline, b *broken) (took time.Duration, err error) {
	t.Helper()
	var failed time.Time
	var wg sync.WaitGroup
	wg.Go(func() {
		awaitFull(t, p, b.empty)
		failed = time.Now()
		b.fail()
	})
	err = p.Run(t.Context(), feed(p, b.partitions...))
	took = time.Since(failed)
	wg.Wait()
	<-time.After(time.Microsecond) // protoactor's dead-letter throttle
	return took, err
}

// awaitFull returns when nothing moves any more, and every mailbox is full but for
// empty and the DLQ's.
func awaitFull(t *testing.T, p *Pipeline, empty string) {
	t.Helper()
	<-time.After(time.Second) // what waits for company has gone
	synctest.Wait()
	for _, l := range p.lanes() {
		if s := l.Stats(); l.Name() != nameDLQ && l.Name() != empty && s.Depth < s.Capacity {
			t.Errorf("mailbox %s holds %d, want it full with %d", l.Name(), s.Depth, s.Capacity)
		}
	}
}

// saturated is a pipeline whose sink is dead.
func saturated(t *testing.T) Settings {
	t.Helper()
	s := settings(t)
	s.Bulkers = func() actors.Bulker { return send(hang) }
	return s
}

func breakWriter(t *testing.T) *broken {
	t.Helper()
	failed := make(chan struct{})
	b := &broken{settings: saturated(t), fail: func() { close(failed) }}
	b.settings.Bulkers = func() actors.Bulker {
		return send(func(ctx context.Context, _ []*messages.DocumentBatch) (messages.BulkAnswer, error) {
			select {
			case <-failed:
				return messages.BulkAnswer{}, errInjected
			case <-ctx.Done():
				return messages.BulkAnswer{}, ctx.Err()
			}
		})
	}
	return b
}

// breakEnricher has an enricher meet the error in the middle of a batch. It is
// stuck there, so the lane behind it stays empty.
func breakEnricher(t *testing.T) *broken {
	t.Helper()
	failed := make(chan struct{})
	b := &broken{settings: saturated(t), fail: func() { close(failed) }, empty: laneEnriched}
	b.settings.Locator = locate(func([]byte) []byte {
		<-failed
		panic(&actors.Fatal{Err: errInjected})
	})
	return b
}

// breakConsumer lets bulks through, of which the first mark of users fails.
func breakConsumer(t *testing.T) *broken {
	t.Helper()
	failed := make(chan struct{})
	users := newPartition("users", 0)
	var once sync.Once // the claim marks too when it ends
	users.onMark = func(int64) { once.Do(func() { panic(&actors.Fatal{Err: errInjected}) }) }
	b := &broken{settings: saturated(t), fail: func() { close(failed) }, partitions: []*partition{newPartition("tweets", 0), users}}
	b.settings.Bulkers = func() actors.Bulker {
		return send(func(ctx context.Context, docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
			select {
			case <-failed:
				return messages.BulkAnswer{}, nil
			case <-ctx.Done():
				return hang(ctx, docs)
			}
		})
	}
	return b
}

func breakDLQ(t *testing.T) *broken {
	t.Helper()
	failed := make(chan struct{})
	tweets := newPartition("tweets", 0)
	tweets.records <- messages.Record{Offset: -1, Value: []byte(`no JSON`)}
	b := &broken{settings: saturated(t), fail: func() { close(failed) }, partitions: []*partition{tweets, newPartition("users", 0)}}
	b.settings.DLQ = store(func(context.Context, *messages.DeadLetters) error {
		<-failed
		return errInjected
	})
	return b
}

func breakMonitor(t *testing.T) *broken {
	t.Helper()
	var failed atomic.Bool
	users := newPartition("users", 0)
	users.high = func() int64 {
		if failed.CompareAndSwap(true, false) {
			panic(&actors.Fatal{Err: errInjected})
		}
		return 0
	}
	b := &broken{settings: saturated(t), fail: func() { failed.Store(true) }, partitions: []*partition{newPartition("tweets", 0), users}}
	b.settings.ReportInterval = 20 * time.Millisecond
	return b
}
