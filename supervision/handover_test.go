package supervision

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

// TestHandOverUnderLoad revokes one of two partitions while every mailbox is full
// and a bulk takes 50 ms. It must be let go in well under a second with nothing
// in flight, while the kept one goes on.
func TestHandOverUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := settings(t)
		written := newWritten()
		s.Bulkers = func() actors.Bulker { return send(written.slowly) }
		p := New(s)
		ctx, cancel := context.WithCancel(t.Context())
		kept, revoked, users := newPartition("tweets", 0), newPartition("tweets", 1), newPartition("users", 0)
		err := p.Run(ctx, func(drain, run context.Context) error {
			p.StartWriters()
			var others sync.WaitGroup
			begin := func(part *partition) {
				others.Go(func() { part.fill(drain, tweet) })
				others.Go(func() { actors.Feed(run, p.Claims(), part) })
			}
			begin(users)
			revoke, let := context.WithCancel(drain)
			gone := make(chan struct{})
			others.Go(func() { revoked.fill(revoke, tweet) })
			go func() { // owned by the receive below
				defer close(gone)
				actors.Feed(run, p.Claims(), revoked)
			}()
			awaitFull(t, p, "") // of the one to be revoked
			begin(kept)
			synctest.Wait()
			start := time.Now()
			let()
			<-gone
			if took := time.Since(start); took > time.Second {
				t.Errorf("the partition was let go after %v, want well under a second", took)
			}
			before := written.of(0)
			written.await(0, before+1)
			cancel()
			others.Wait()
			return nil
		})
		if err != nil {
			t.Errorf("Run() = %v, want none", err)
		}
		if next, high := revoked.marked.Load(), written.highest(1); next > high+1 {
			t.Errorf("marked up to %d, but only %d and before were written", next, high)
		}
		if n := written.twice(); n > 0 {
			t.Errorf("%d records were written twice", n)
		}
		topics, _ := p.Books().Read()
		if b := topics[0].Books; !b.Balanced() || b.InFlight != 0 || b.Returned == 0 {
			t.Errorf("books of tweets are %+v, want them balanced, with returned records", b)
		}
		<-time.After(time.Microsecond) // protoactor's dead-letter throttle
	})
}

// TestGraceSpent wants a drain that cannot end to be ended.
func TestGraceSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := saturated(t)
		s.ShutdownGrace = 50 * time.Millisecond
		p := New(s)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			awaitFull(t, p, "")
			cancel()
		})
		err := p.Run(ctx, feed(p, newPartition("tweets", 0), newPartition("users", 0)))
		wg.Wait()
		if err == nil || err.Error() != "shutdown: not drained within shutdown_grace (50ms): what was not written is read again after the next start" {
			t.Errorf("Run() = %v, want the grace spent", err)
		}
		if !p.Books().Balanced() {
			t.Error("the books do not balance")
		}
		<-time.After(time.Microsecond) // protoactor's dead-letter throttle
	})
}

// TestAbort wants an abort to end a saturated run at once.
func TestAbort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(saturated(t))
		forced := errors.New("forced")
		b := &broken{fail: func() { p.Abort(forced) }, partitions: []*partition{newPartition("tweets", 0), newPartition("users", 0)}}
		if took, err := runUntilBroken(t, p, b); !errors.Is(err, forced) || took > time.Second {
			t.Errorf("Run() = %v after %v, want forced in less than 1 s", err, took)
		}
	})
}

// TestWriterCrashLosesNothing crashes writers now and then, and always on one
// record: that one is in the DLQ, all others are written.
func TestWriterCrashLosesNothing(t *testing.T) {
	s := settings(t)
	written, letters := newWritten(), make(chan *messages.DeadLetters, 10)
	s.Bulkers = func() actors.Bulker {
		return send(func(ctx context.Context, docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
			for _, d := range docs {
				for i := range d.Docs {
					if d.Claim.Topic == "tweets" && d.Docs[i].Record.Offset == 7 {
						panic("poison")
					}
				}
			}
			return written.write(docs), nil
		})
	}
	s.DLQ = store(func(_ context.Context, l *messages.DeadLetters) error {
		letters <- l
		return nil
	})
	p := New(s)
	ctx, cancel := context.WithCancel(t.Context())
	tweets := newPartition("tweets", 0)
	tweets.send(20)
	err := p.Run(ctx, func(drain, run context.Context) error {
		p.StartWriters()
		var claims sync.WaitGroup
		claims.Go(func() { actors.Feed(run, p.Claims(), tweets) })
		l := <-letters
		if got := l.Letters[0]; got.Record.Offset != 7 || got.Stage != messages.StageWriter || got.Reason != "panic: poison" || got.Stack == "" {
			t.Errorf("the DLQ has %+v, want record 7 with the panic and its stack", got)
		}
		written.await(0, 19)
		cancel()
		<-drain.Done()
		close(tweets.records)
		claims.Wait()
		return nil
	})
	if err != nil {
		t.Errorf("Run() = %v, want none", err)
	}
	if got := p.tally.readRestarts(); len(got) != 1 || got[0].Restarts != 1 {
		t.Errorf("restarts are %v, want one", got)
	}
	if tweets.marked.Load() != 20 {
		t.Errorf("marked up to %d, want 20", tweets.marked.Load())
	}
}
