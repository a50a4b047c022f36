package supervision

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

// The deeds that data meets on its way.
var onTheWay = []deed{
	{actor: "pipeline/enrichers/enricher", message: "*mailbox.Unit"},
	{actor: "pipeline/enrichers/enricher", message: "*mailbox.Unit", after: true},
	{actor: "pipeline/writers/writer", message: "*mailbox.Unit"},
	{actor: "pipeline/writers/writer", message: "*mailbox.Unit", after: true},
	{actor: "pipeline/dlq", message: "*messages.DeadLetters"},
	{actor: "pipeline/dlq", message: "*messages.DeadLetters", after: true},
	{actor: "pipeline/consumers/tweets", message: "*messages.Settled"},
	{actor: "pipeline/consumers/tweets", message: "*messages.Settled", after: true},
}

// TestCrashDuringTheDrain crashes each actor once while a slow sink has the drain
// take its time.
func TestCrashDuringTheDrain(t *testing.T) {
	for _, d := range onTheWay {
		t.Run(d.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tweets := newPartition("tweets", 0)
				s := settings(t)
				s.Bulkers = slow(100 * time.Millisecond)
				s.Locator = locate(func(address []byte) []byte {
					<-time.After(5 * time.Millisecond)
					return nowhere(address)
				})
				s.MaxBulkBytes, s.Enrichers = 2000, 1 // so that all is still to come
				p := New(s)
				deeds := sabotage(p)
				show := run(t, p, true, tweets)
				tweets.wave(0, 40, 35)
				show.pass(50 * time.Millisecond)
				tweets.wave(40, 40, 75)
				synctest.Wait()
				show.drain()
				synctest.Wait()
				deeds.then(d)
				show.wantEnd(nil)
				if n := deeds.strikes(); n != 1 {
					t.Errorf("%d crashes, want one", n)
				}
				topics, _ := p.Books().Read()
				if got, want := topics[0].Books, (messages.Books{Consumed: 80, Indexed: 78, DeadLettered: 2}); got != want {
					t.Errorf("books are %+v, want %+v", got, want)
				}
				if d.after { // what is done twice may be on its way at the end
					p.tally.deadLetters = 0
				}
				show.wantMarked()
			})
		})
	}
}

// slow makes Bulkers that take their time.
func slow(d time.Duration) func() actors.Bulker {
	return func() actors.Bulker {
		return send(func(ctx context.Context, _ []*messages.DocumentBatch) (messages.BulkAnswer, error) {
			return messages.BulkAnswer{}, sleep(ctx, d)
		})
	}
}

// TestCrashDuringAHandOver crashes each actor once while a claim is handed over
// under load. Who claims the partition next reads on where it was marked, and
// every record is written.
func TestCrashDuringAHandOver(t *testing.T) {
	for _, d := range onTheWay {
		t.Run(d.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink, letters := newWritten(), newShelf()
				s := settings(t)
				s.DLQ, s.MaxBulkBytes = letters, 2000
				s.Bulkers = func() actors.Bulker { return send(sink.slowly) }
				small(&s, 30)
				p := New(s)
				deeds := sabotage(p)
				show := run(t, p, true, newPartition("tweets", 0))
				for i := range 50 {
					show.partitions[0].wave(i*10, 10, every(10, 500)...)
					show.pass(time.Millisecond)
				}
				deeds.then(d)
				first := show.revoke()
				<-first.gone
				from := int(first.marked.Load())
				second := newPartition("tweets", 0)
				second.wave(from, 500-from, every(10, 500)...)
				show.claim(second)
				show.pass(time.Minute)
				show.drain()
				show.wantEnd(nil)
				if n := deeds.strikes(); n != 1 {
					t.Errorf("%d crashes, want one", n)
				}
				if from == 0 || from == 500 {
					t.Errorf("the claim was marked up to %d, want some records returned", from)
				}
				if got := sink.of(0) + len(letters.letters); got != 500 {
					t.Errorf("%d records are written or in the DLQ, want 500", got)
				}
				topics, _ := p.Books().Read()
				if b := topics[0].Books; !b.Balanced() || b.InFlight != 0 {
					t.Errorf("books are %+v, want them balanced", b)
				}
				if d.after { // what is settled twice may come after the end of its claim
					p.tally.deadLetters = 0
				}
				show.wantMarked()
			})
		})
	}
}

// every lists each n-th number.
func every(n, below int) (all []int) {
	for i := n - 1; i < below; i += n {
		all = append(all, i)
	}
	return all
}

// TestPoisonGoesToTheDLQ has one record crash whoever touches it, in the middle
// of a unit of several batches.
func TestPoisonGoesToTheDLQ(t *testing.T) {
	for stage, arm := range map[messages.Stage]func(s *Settings){
		messages.StageEnricher: func(s *Settings) {
			s.Locator = locate(func(address []byte) []byte {
				if string(address) == "poison" {
					panic("poison")
				}
				return nowhere(address)
			})
		},
		messages.StageWriter: func(s *Settings) {
			s.Bulkers = func() actors.Bulker {
				return send(func(_ context.Context, docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
					for _, d := range docs {
						for i := range d.Docs {
							if strings.Contains(string(d.Docs[i].Source), "poison") {
								panic("poison")
							}
						}
					}
					return messages.BulkAnswer{}, nil
				})
			}
		},
	} {
		t.Run(string(stage), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				one, other, users := newPartition("tweets", 0), newPartition("tweets", 1), newPartition("users", 0)
				letters := newShelf()
				s := settings(t)
				s.DLQ = letters
				s.MaxBulkAge = time.Second // so that they come together
				arm(&s)
				show := open(t, s, one, other, users)
				one.send(20)
				one.records <- messages.Record{Offset: 20, Value: []byte(`{"RemoteAddress":"poison"}`)}
				one.sendFrom(21, 20)
				other.send(20)
				users.send(20)
				show.pass(30 * time.Second)
				show.drain()
				show.wantEnd(nil)
				l, ok := letters.letters[place{"tweets", 20}]
				if !ok || l.Stage != stage || l.Reason != "panic: poison" || !strings.Contains(l.Stack, "crash_state_test.go") {
					t.Errorf("the DLQ has %+v, want the record with the panic and its stack", l)
				}
				topics, _ := show.Books().Read()
				if got, want := topics[0].Books, (messages.Books{Consumed: 61, Indexed: 60, DeadLettered: 1}); got != want {
					t.Errorf("books of tweets are %+v, want %+v", got, want)
				}
				if got, want := topics[1].Books, (messages.Books{Consumed: 20, Indexed: 20}); got != want {
					t.Errorf("books of users are %+v, want %+v", got, want)
				}
				show.wantMarked()
				if n := show.restarts(); n != 1 {
					t.Errorf("%d restarts, want one", n)
				}
			})
		})
	}
}

// TestResizeInABackOff changes the number of writers while one of them waits for
// its restart with a unit in its hands.
func TestResizeInABackOff(t *testing.T) {
	for name, sizes := range map[string][]int{"fewer": {1}, "none, then some": {0, 1}, "more": {4}, "fewer, then more": {1, 4}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tweets := newPartition("tweets", 0)
				s := settings(t)
				s.Bulkers = slow(50 * time.Millisecond)
				s.MaxBulkBytes = 2000
				p := New(s)
				deeds := sabotage(p, deed{actor: "pipeline/writers/writer", message: "*mailbox.Unit"}, deed{actor: "pipeline/writers/writer", message: "*mailbox.Unit"})
				show := run(t, p, true, tweets)
				tweets.send(100)
				synctest.Wait()
				tweets.sendFrom(100, 100)
				show.pass(20 * time.Millisecond)
				if n := deeds.strikes(); n != 2 {
					t.Errorf("%d crashes before the change, want both writers in their back-off", n)
				}
				for _, n := range sizes {
					show.resize(n)
					show.pass(time.Millisecond)
				}
				show.pass(time.Minute)
				show.drain()
				show.wantEnd(nil)
				show.wantBooks(200)
			})
		})
	}
}

// TestSecondCrashOfTheDLQIsFatal has the store crash on one entry, always.
func TestSecondCrashOfTheDLQIsFatal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tweets := newPartition("tweets", 0)
		s := settings(t)
		s.DLQ = store(func(_ context.Context, l *messages.DeadLetters) error {
			if l.Letters[0].Record.Offset == 30 {
				panic("disk on fire")
			}
			return nil
		})
		show := open(t, s, tweets)
		tweets.wave(0, 20, 5)
		show.pass(time.Second)
		tweets.wave(20, 20, 30)
		const want = "actor pipeline/dlq: store dead-lettered records: crashed twice on the same ones: panic: disk on fire"
		if err := <-show.ended; err == nil || err.Error() != want {
			t.Errorf("Run() = %v, want %s", err, want)
		}
		if topics, _ := show.Books().Read(); !topics[0].Balanced() || topics[0].InFlight == 0 {
			t.Errorf("books are %+v, want the record in flight", topics[0].Books)
		}
		if tweets.marked.Load() > 30 {
			t.Errorf("marked up to %d, beyond a record that is nowhere", tweets.marked.Load())
		}
		show.pass(time.Second)
	})
}

// TestCrashesOfOtherPartsOfTheRun has what actors call out to crash: the mark of
// an offset, the high water that the monitor asks for, the log, the making of a
// writer. Each crashes once, and once more in its restart.
func TestCrashesOfOtherPartsOfTheRun(t *testing.T) {
	for name, arm := range map[string]func(s *Settings, tweets *partition, crash func()){
		"mark":       func(_ *Settings, tweets *partition, crash func()) { tweets.onMark = func(int64) { crash() } },
		"high water": func(_ *Settings, tweets *partition, crash func()) { tweets.high = func() int64 { crash(); return 0 } },
		"log": func(s *Settings, _ *partition, crash func()) {
			s.Log = slog.New(crashing{slog.DiscardHandler, crash})
		},
		"new writer": func(s *Settings, _ *partition, crash func()) {
			s.Bulkers = func() actors.Bulker { crash(); return send(indexed) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tweets := newPartition("tweets", 0)
				s := settings(t)
				s.ReportInterval = time.Second
				var mu sync.Mutex
				left := 2
				arm(&s, tweets, func() {
					mu.Lock()
					defer mu.Unlock()
					if left > 0 {
						left--
						panic("out of order")
					}
				})
				show := run(t, New(s), true, tweets)
				tweets.send(100)
				show.pass(20 * time.Second)
				tweets.sendFrom(100, 100)
				show.pass(20 * time.Second)
				show.drain()
				show.wantEnd(nil)
				show.wantBooks(200)
				if left > 0 {
					t.Errorf("%d crashes are left", left)
				}
				if n := show.restarts(); n != 2 {
					t.Errorf("%d restarts, want two", n)
				}
			})
		})
	}
}

// crashing is a log that crashes its caller on each report.
type crashing struct {
	slog.Handler
	crash func()
}

func (crashing) Enabled(context.Context, slog.Level) bool { return true }

func (c crashing) Handle(_ context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "idle: ") {
		c.crash()
	}
	return nil
}
