package main

import (
	"context"
	"sync"
	"time"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/internal/kafka"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
)

// account is a topic: what becomes of its records, and its books.
type account struct {
	plan    *record.Plan
	located bool
	price   actors.Price
	budget  *actors.Budget

	mu     sync.Mutex // guards all below
	number int64      // of the last claim
	closed messages.Books
	open   map[*claim]struct{}
}

// claim is one partition for as long as it is held here.
type claim struct {
	*account
	messages.Claim
	from    *kafka.Partition
	tracker *actors.Tracker
	scratch scratch // of its own goroutine
}

func (a *account) claim(from *kafka.Partition) *claim {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.number++
	c := &claim{
		account: a, from: from, tracker: actors.NewTracker(a.price),
		Claim: messages.Claim{Topic: from.Topic(), Partition: from.Partition(), Number: a.number, HighWater: from.HighWater},
	}
	a.open[c] = struct{}{}
	return c
}

// leave folds a claim with nothing in flight into the books.
func (a *account) leave(c *claim) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, c)
	books, _ := c.tracker.Books()
	a.closed.Add(books)
}

// read is the books of the topic, and its partitions.
func (a *account) read(name string) (messages.TopicReport, []messages.PartitionReport) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := messages.TopicReport{Name: name, Books: a.closed}
	var partitions []messages.PartitionReport
	for c := range a.open {
		books, repeated := c.tracker.Books()
		t.Add(books)
		t.Repeated += repeated
		p := messages.PartitionReport{Topic: name, Partition: c.Partition, InFlight: books.InFlight}
		if next, ok := c.tracker.Committable(); ok {
			p.Lag = max(0, c.from.HighWater()-next)
		}
		t.Lag += p.Lag
		partitions = append(partitions, p)
	}
	return t, partitions
}

// settle flips the tracker, gives back budget and marks.
func (c *claim) settle(ranges []messages.Range) {
	var freed int64
	for _, r := range ranges {
		freed += c.tracker.Settle(r)
	}
	if freed > 0 {
		c.budget.Give(freed)
	}
	if next, ok := c.tracker.Committable(); ok {
		c.from.Mark(next)
	}
}

// feed passes a claim's records on, batch by batch, until it ends.
func (p *channels) feed(ctx context.Context, from *kafka.Partition) {
	c := p.accounts[from.Topic()].claim(from)
	for {
		select {
		case m, ok := <-from.Messages():
			if !ok {
				p.handOver(ctx, c)
				return
			}
			b := p.batch(c)
			b.add(from.Record(m))
			for ; len(from.Messages()) > 0 && !b.full(); b.add(from.Record(m)) {
				if m, ok = <-from.Messages(); !ok {
					break // seen again above
				}
			}
			if !p.pass(ctx, b) {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// pass passes a batch on once it has its budget; false when the run is over.
func (p *channels) pass(ctx context.Context, b *batch) bool {
	if grant := b.claim.budget.Take(b.cost); grant != nil {
		select {
		case <-grant.Ready:
		case <-ctx.Done():
			b.claim.budget.Cancel(grant)
			return false
		}
	}
	b.claim.tracker.Enter(b.records)
	if b.claim.located {
		return p.tweets.put(ctx, b)
	}
	return p.convert(ctx, b, &b.claim.scratch) == nil && (len(b.Docs) == 0 || p.users.put(ctx, b))
}

// handOver waits until nothing of the claim is in flight.
func (p *channels) handOver(ctx context.Context, c *claim) {
	late := time.NewTimer(p.conf.Kafka.HandOver)
	defer late.Stop()
	select {
	case <-c.tracker.Idle():
		c.leave(c)
	case <-late.C:
		p.log.Warn("claim let go with records in flight", "claim", c.String())
	case <-ctx.Done():
	}
}

// letterBox is the DLQ.
type letterBox struct {
	mu   sync.Mutex // guards file, which has one caller at a time
	file *dlq.File
}

func (l *letterBox) store(ctx context.Context, letters *messages.DeadLetters) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Store(ctx, letters)
}

// refuse stores letters of the claim, and settles them.
func (p *channels) refuse(ctx context.Context, c *claim, letters []messages.DeadLetter) error {
	if len(letters) == 0 {
		return nil
	}
	if err := p.letters.store(ctx, &messages.DeadLetters{Claim: &c.Claim, Letters: letters}); err != nil {
		return err
	}
	var ranges []messages.Range
	for i := range letters {
		ranges = messages.AppendOffset(ranges, letters[i].Record.Offset, messages.DeadLettered)
	}
	c.settle(ranges)
	return nil
}
