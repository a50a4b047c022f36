package supervision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

// show is a pipeline that runs in a bubble, and what it says.
type show struct {
	*testing.T
	*Pipeline
	partitions []*partition // that are held, or were to their end
	log        *journal
	drain      func()
	ended      chan error
	claims     sync.WaitGroup
	over       context.Context // done when the run is
}

// journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// open runs a pipeline whose partitions the test fills. They close as the drain
// begins, if they are open then.
func open(t *testing.T, s Settings, partitions ...*partition) *show {
	t.Helper()
	j := &journal{}
	s.Log = slog.New(slog.NewTextHandler(j, nil))
	p := New(s)
	w := run(t, p, true, partitions...)
	w.log = j
	return w
}

// run is open for a pipeline that is made already; its writers begin if they are
// to.
func run(t *testing.T, p *Pipeline, writers bool, partitions ...*partition) *show {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &show{T: t, Pipeline: p, partitions: partitions, log: &journal{}, drain: cancel, ended: make(chan error, 1)}
	t.Cleanup(func() {
		cancel()
		<-time.After(time.Second) // protoactor's dead-letter throttle
	})
	go func() { // owned by whoever reads ended
		s.ended <- p.Run(ctx, func(drain, run context.Context) error {
			if writers {
				p.StartWriters()
			}
			return s.consume(drain, run)
		})
	}()
	synctest.Wait()
	return s
}

func (s *show) consume(drain, run context.Context) error {
	s.over = run
	for _, part := range s.partitions {
		s.feed(part)
	}
	<-drain.Done()
	for _, part := range s.partitions {
		part.end()
	}
	s.claims.Wait()
	return nil
}

// feed has a partition read on a goroutine of its own.
func (s *show) feed(p *partition) {
	s.claims.Go(func() {
		defer close(p.gone)
		actors.Feed(s.over, s.Claims(), p)
	})
}

// revoke takes the first partition away.
func (s *show) revoke() *partition {
	p := s.partitions[0]
	s.partitions = s.partitions[1:]
	p.end()
	return p
}

// claim adds a partition.
func (s *show) claim(p *partition) {
	s.partitions = append(s.partitions, p)
	s.feed(p)
}

// pass moves virtual time.
func (s *show) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (s *show) report() *messages.Report {
	s.Helper()
	r, err := s.Report(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// wantNotReady wants one reason with these parts, or none at all.
func (s *show) wantNotReady(parts ...string) {
	s.Helper()
	got := s.report().NotReady
	if len(parts) == 0 && len(got) > 0 || len(parts) > 0 && len(got) != 1 {
		s.Errorf("not ready for %q, want %q", got, parts)
		return
	}
	for _, part := range parts {
		if !strings.Contains(got[0], part) {
			s.Errorf("not ready for %q, want %q in it", got[0], part)
		}
	}
}

// wantLog wants a text so many times in the log.
func (s *show) wantLog(text string, times int) {
	s.Helper()
	if got := strings.Count(s.log.String(), text); got != times {
		s.Errorf("%q is %d times in the log, want %d:\n%s", text, got, times, s.log)
	}
}

// wantEnd waits for the end of the run.
func (s *show) wantEnd(want error) {
	s.Helper()
	if err := <-s.ended; !errors.Is(err, want) {
		s.Errorf("Run() = %v, want %v", err, want)
	}
	<-time.After(time.Microsecond) // protoactor's dead-letter throttle
}

// wantBooks wants that many records of all topics together indexed, nothing in
// flight, no message without a receiver, and all of it marked.
func (s *show) wantBooks(records int64) {
	s.Helper()
	var sum messages.Books
	topics, _ := s.Books().Read()
	for i := range topics {
		sum.Add(topics[i].Books)
	}
	if sum.Consumed != records || sum.Indexed != records || !sum.Balanced() {
		s.Errorf("books are %+v, want %d indexed", sum, records)
	}
	s.wantMarked()
}

// wantMarked wants every partition marked to its end, and no message without a
// receiver.
func (s *show) wantMarked() {
	s.Helper()
	for _, part := range s.partitions {
		if got := part.marked.Load(); got != part.sent {
			s.Errorf("%s-%d is marked up to %d, want %d", part.topic, part.number, got, part.sent)
		}
	}
	if n := s.tally.countDeadLetters(); n > 0 {
		s.Errorf("%d messages found no receiver", n)
	}
}

// sendFrom sends n records from an offset on.
func (p *partition) sendFrom(offset, n int) {
	for i := range n {
		p.records <- messages.Record{Offset: int64(offset + i), Timestamp: int64(i), Value: []byte(tweet(int64(offset + i)))}
	}
	p.sent = int64(offset + n)
	p.sentAll()
}

// flood sends more than a small pipeline takes, in many batches. A claim reads
// all of it, whatever becomes of it.
func flood(p *partition) { floodWith(p, `{"Message":%q}`) }

// floodWith is flood with values of a kilobyte of that form.
func floodWith(p *partition, form string) {
	value := []byte(fmt.Sprintf(form, strings.Repeat("x", 1024)))
	go func() {
		for i := range int64(4000) {
			p.records <- messages.Record{Offset: i, Value: value}
		}
		p.sentAll()
	}()
}

// small gives every mailbox that capacity.
func small(s *Settings, capacity int) {
	s.EnrichedCapacity = capacity
	for i := range s.Topics {
		s.Topics[i].Capacity = capacity
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// always makes Bulkers with one answer to everything.
func always(a messages.BulkAnswer) func() actors.Bulker {
	return func() actors.Bulker {
		return send(func(context.Context, []*messages.DocumentBatch) (messages.BulkAnswer, error) { return a, nil })
	}
}

// eachItem makes Bulkers that answer each document by its place.
func eachItem(verdict func(topic string, offset int64) messages.ItemVerdict) func() actors.Bulker {
	return func() actors.Bulker {
		return send(func(_ context.Context, docs []*messages.DocumentBatch) (a messages.BulkAnswer, _ error) {
			for _, d := range docs {
				for i := range d.Docs {
					a.Items = append(a.Items, messages.Item{Verdict: verdict(d.Claim.Topic, d.Docs[i].Record.Offset), Reason: "so it is"})
				}
			}
			return a, nil
		})
	}
}
