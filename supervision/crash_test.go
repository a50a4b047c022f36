package supervision

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// play is a run of a small pipeline that has every actor hear all that it knows:
// 60 tweets and 40 users, of which two each are refused.
type play struct {
	*show
	letters *shelf
	deeds   *saboteur
}

// shelf is a DLQ that remembers what it stores.
type shelf struct {
	mu      sync.Mutex // guards letters
	letters map[place]messages.DeadLetter
}

type place struct {
	topic  string
	offset int64
}

func newShelf() *shelf { return &shelf{letters: map[place]messages.DeadLetter{}} }

func (s *shelf) Store(_ context.Context, l *messages.DeadLetters) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range l.Letters {
		s.letters[place{l.Claim.Topic, x.Record.Offset}] = x
	}
	return nil
}

// refusing makes Bulkers that refuse one user, and want every document to be
// that of its record.
func refusing(t *testing.T) func() actors.Bulker {
	t.Helper()
	return func() actors.Bulker {
		return send(func(_ context.Context, docs []*messages.DocumentBatch) (a messages.BulkAnswer, _ error) {
			for _, d := range docs {
				for i := range d.Docs {
					at, source := d.Docs[i].Record.Offset, string(d.Docs[i].Source)
					if !strings.HasPrefix(source, strings.TrimSuffix(tweet(at), "}")) {
						t.Errorf("record %d is written as %q", at, source)
					}
					item := messages.Item{Verdict: messages.ItemIndexed}
					if d.Claim.Topic == "users" && at == 5 {
						item = messages.Item{Verdict: messages.ItemRefused, Reason: "so it is"}
					}
					a.Items = append(a.Items, item)
				}
			}
			return a, nil
		})
	}
}

// perform plays to the end. deeds are done on the way.
func perform(t *testing.T, deeds ...deed) *play {
	t.Helper()
	tweets, users := newPartition("tweets", 0), newPartition("users", 0)
	p := &play{letters: newShelf()}
	j := &journal{}
	s := settings(t)
	s.Bulkers, s.DLQ, s.ReportInterval, s.Log = refusing(t), p.letters, time.Second, slog.New(slog.NewTextHandler(j, nil))
	pipeline := New(s)
	p.deeds = sabotage(pipeline, deeds...)
	p.show = run(t, pipeline, true, tweets, users)
	p.log = j
	for wave := range 4 {
		tweets.wave(wave*15, 15, 7, 33)
		users.wave(wave*10, 10, 3)
		p.Condition("weather", []string{"rain", ""}[wave%2])
		_, _ = p.Report(t.Context()) // there is none once the run is over
		p.resize([]int{2, 3, 1, 2}[wave])
		p.pass(700 * time.Millisecond)
	}
	p.pass(30 * time.Second) // longer than any back-off
	p.drain()
	return p
}

// wave sends records from an offset on, of which some are no JSON.
func (p *partition) wave(from, n int, bad ...int) {
	for i := from; i < from+n; i++ {
		value := tweet(int64(i))
		if slices.Contains(bad, i) {
			value = "no JSON"
		}
		p.records <- messages.Record{Offset: int64(i), Timestamp: int64(i), Value: []byte(value)}
	}
	p.sent = int64(from + n)
	p.sentAll()
}

func (s *show) resize(writers int) {
	s.system.Root.Send(s.tree.writers.pid, &mailbox.Resize{Size: writers})
}

// wantAll wants every record settled as if nothing had happened.
func (p *play) wantAll() {
	p.Helper()
	topics, _ := p.Books().Read()
	for i, want := range []messages.Books{{Consumed: 60, Indexed: 58, DeadLettered: 2}, {Consumed: 40, Indexed: 38, DeadLettered: 2}} {
		if got := topics[i].Books; got != want {
			p.Errorf("%s: books are %+v, want %+v", topics[i].Name, got, want)
		}
	}
	for at, letter := range p.letters.letters {
		if letter.Stack != "" {
			p.Errorf("record %v is in the DLQ for a crash: %s", at, letter.Reason)
		}
	}
	want := map[place]bool{{"tweets", 7}: true, {"tweets", 33}: true, {"users", 3}: true, {"users", 5}: true}
	for at := range want {
		if _, ok := p.letters.letters[at]; !ok {
			p.Errorf("record %v is not in the DLQ", at)
		}
	}
	if len(p.letters.letters) != len(want) {
		p.Errorf("the DLQ has %v", slices.Collect(maps.Keys(p.letters.letters)))
	}
	p.wantMarked()
}

// opportunities are all deeds that a play has a time for.
func opportunities(t *testing.T) (all []deed) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := perform(t)
		p.wantEnd(nil)
		p.wantAll()
		all = p.deeds.opportunities()
	})
	return all
}

// atTheEnd are messages of an actor's end, when nobody restarts it.
func atTheEnd(d deed) bool {
	return slices.Contains([]string{"*actor.Stopping", "*actor.Stopped", "*actor.Terminated"}, d.message)
}

// TestCrashOfAnyActorOnAnyMessageLosesNothing crashes each actor once on each
// kind of message that it hears, before it handles it and when it has.
func TestCrashOfAnyActorOnAnyMessageLosesNothing(t *testing.T) {
	all := opportunities(t)
	if len(all) < 50 {
		t.Errorf("the actors hear only %d kinds of messages: %v", len(all)/2, all)
	}
	for _, d := range all {
		if d.actor == nameRoot {
			continue // fatal
		}
		t.Run(d.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := perform(t, d)
				p.wantEnd(nil)
				if d.after && d.message == "*messages.ClaimEnded" {
					p.tally.deadLetters-- // it had stopped itself, so this message of its cannot come again
				}
				p.wantAll()
				if n := p.deeds.strikes(); n != 1 {
					t.Errorf("%d crashes, want one", n)
				}
				if n := p.restarts(); n != 1 && !atTheEnd(d) {
					t.Errorf("%d restarts were counted, want one", n)
				}
			})
		})
	}
}

func (s *show) restarts() (n int64) {
	for _, a := range s.tally.readRestarts() {
		n += a.Restarts
	}
	return n
}

// TestCrashOfTheRootEndsTheRun crashes it on each message that it hears while
// there is something to end.
func TestCrashOfTheRootEndsTheRun(t *testing.T) {
	for _, after := range []bool{false, true} {
		d := deed{actor: nameRoot, message: "*actor.Started", after: after}
		t.Run(d.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(settings(t))
				sabotage(p, d)
				s := run(t, p, false)
				if err := <-s.ended; err == nil || err.Error() != "actor pipeline: panic: sabotage: "+d.String() {
					t.Errorf("Run() = %v, want the crash of the root", err)
				}
				s.pass(time.Second)
			})
		})
	}
}

// TestCrashesInEachOthersBackOff crashes each actor while others wait for their
// restart, and again as it is restarted.
func TestCrashesInEachOthersBackOff(t *testing.T) {
	const writer, enricher, consumer = "pipeline/writers/writer", "pipeline/enrichers/enricher", "pipeline/consumers/tweets"
	deeds := []deed{
		{actor: writer, message: "*mailbox.Unit"},
		{actor: writer, message: "*mailbox.Unit", after: true},
		{actor: writer, message: "*actor.Restarting"},
		{actor: writer, message: "*actor.Started"},
		{actor: enricher, message: "*mailbox.Unit"},
		{actor: enricher, message: "*mailbox.Unit", after: true},
		{actor: enricher, message: "*actor.Restarting"},
		{actor: enricher, message: "*actor.Started", after: true},
		{actor: consumer, message: "*messages.Settled"},
		{actor: consumer, message: "*mailbox.Redelivered"},
		{actor: consumer, message: "*actor.Restarting"},
		{actor: "pipeline/consumers/users", message: "*messages.Settled", after: true},
		{actor: "pipeline/writers", message: "*mailbox.Resize"},
		{actor: "pipeline/writers", message: "*mailbox.Redelivered"},
		{actor: "pipeline/consumers", message: "*actors.openClaim", after: true},
		{actor: "pipeline/consumers", message: "*mailbox.Redelivered", after: true},
		{actor: "pipeline/dlq", message: "*messages.DeadLetters", after: true},
		{actor: "pipeline/dlq", message: "*actor.Restarting"},
		{actor: "pipeline/monitor", message: "*actors.tick"},
		{actor: "pipeline/monitor", message: "*actor.Restarting", after: true},
	}
	synctest.Test(t, func(t *testing.T) {
		p := perform(t, deeds...)
		p.wantEnd(nil)
		p.wantAll()
		if n := p.deeds.strikes(); n != len(deeds) {
			t.Errorf("%d crashes, want %d; left over: %v", n, len(deeds), p.deeds.plan)
		}
		if n := p.restarts(); n != int64(len(deeds)) {
			t.Errorf("%d restarts were counted, want %d", n, len(deeds))
		}
	})
}

// TestRestartBudgetSpentNamesAllPanics crashes a pool's workers on everything.
func TestRestartBudgetSpentNamesAllPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var deeds []deed
		for _, after := range []bool{false, true} {
			for range 20 {
				deeds = append(deeds, deed{actor: "pipeline/writers/writer", message: "*mailbox.Unit", after: after})
			}
		}
		tweets := newPartition("tweets", 0)
		p := New(settings(t))
		deeds = append(deeds, deed{actor: "pipeline/writers/writer", message: "*actor.Restarting"})
		sabotage(p, deeds...)
		s := run(t, p, true, tweets)
		tweets.send(100)
		err := <-s.ended
		if err == nil {
			t.Fatal("Run() = nil, want the budget spent")
		}
		for _, part := range []string{"actor pipeline/writers/writer-", "gave up after 11 crashes in 1m0s", "writer before *mailbox.Unit", "writer before *actor.Restarting"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("Run() = %v, want %q in it", err, part)
			}
		}
		s.pass(time.Second)
		if !p.Books().Balanced() {
			t.Error("the books do not balance")
		}
	})
}
