package main

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
)

// A batch is closed at so many records, or so many bytes of them, as in actors.
const (
	batchRecords = 512
	batchBytes   = 256 << 10
	geoBytes     = 280 // about what a geo object takes
	actionBytes  = 80  // about what an action line takes
)

// batch is records of one claim, and the documents that are made of them, in
// memory that is used again. One that is settled goes back to where it was taken
// from.
type batch struct {
	claim   *claim
	records []messages.Record
	values  []byte // what the records are made of
	bytes   int
	cost    int64
	messages.DocumentBatch
	sources []byte // what the documents are made of
}

func (p *channels) batch(c *claim) *batch {
	b, ok := p.batches.Get().(*batch)
	if !ok {
		b = &batch{records: make([]messages.Record, 0, batchRecords)}
		b.Docs = make([]messages.Document, 0, batchRecords)
	}
	b.claim, b.Claim = c, &c.Claim
	return b
}

// recycle gives b back, which nobody reads any more.
func (p *channels) recycle(b *batch) {
	clear(b.records)
	clear(b.Docs)
	b.records, b.Docs, b.values, b.sources = b.records[:0], b.Docs[:0], b.values[:0], b.sources[:0]
	b.bytes, b.cost, b.Bytes = 0, 0, 0
	p.batches.Put(b)
}

func (b *batch) full() bool { return len(b.records) == batchRecords || b.bytes >= batchBytes }

// add copies a record: in the fetch buffer it would pin all of it.
func (b *batch) add(r messages.Record) {
	b.cost += b.claim.price.Of(&r)
	b.bytes += r.Bytes()
	if len(r.Headers) > 0 {
		r = r.Clone()
	} else {
		r.Key, r.Value = b.copy(r.Key), b.copy(r.Value)
	}
	b.records = append(b.records, r)
}

// copy is a copy of some bytes; null stays null.
func (b *batch) copy(from []byte) []byte {
	if from == nil {
		return nil
	}
	if cap(b.values)-len(b.values) < len(from) { // what is there stays where it is
		b.values = make([]byte, 0, batchBytes+len(from))
	}
	n := len(b.values)
	b.values = append(b.values, from...)
	return b.values[n:len(b.values):len(b.values)]
}

// together is how many records are scanned before their addresses are looked up, as
// in actors.
const together = 16

// scratch is where an enricher, or a claim, makes documents.
type scratch struct {
	records            [together]*messages.Record
	found              [together]record.Found
	addresses, objects [together][]byte
}

// convert makes the documents of b. A batch of which there are none is recycled.
func (p *channels) convert(ctx context.Context, b *batch, on *scratch) error {
	var ignored []messages.Range
	var refused []messages.DeadLetter
	if b.claim.located {
		b.sources = slices.Grow(b.sources[:0], b.bytes+geoBytes*len(b.records))
	}
	for some := range slices.Chunk(b.records, together) {
		n := 0
		for i := range some {
			r := &some[i]
			if r.Value == nil {
				ignored = messages.AppendOffset(ignored, r.Offset, messages.Ignored)
			} else if err := b.claim.plan.Scan(r.Value, &on.found[n]); err != nil {
				refused = append(refused, messages.DeadLetter{Record: r.Clone(), Stage: messages.StageEnricher, Reason: err.Error(), FailedAt: time.Now()})
			} else {
				on.records[n], on.addresses[n] = r, on.found[n].AddressText()
				n++
			}
		}
		p.addDocuments(b, on, n)
	}
	if len(ignored) > 0 {
		b.claim.settle(ignored)
	}
	return p.refuse(ctx, b.claim, refused)
}

// addDocuments makes the documents of n records that have been scanned.
func (p *channels) addDocuments(b *batch, on *scratch, n int) {
	if b.claim.located {
		p.database.LookupAll(on.addresses[:n], on.objects[:n])
	}
	for i := range n {
		value := on.records[i].Value
		source := record.OneLine(value, &on.found[i])
		if b.claim.located {
			from := len(b.sources)
			b.sources = b.claim.plan.Splice(b.sources, value, &on.found[i], on.objects[i])
			source = b.sources[from:len(b.sources):len(b.sources)]
		}
		b.Docs = append(b.Docs, messages.Document{Record: on.records[i], Source: source})
		b.Bytes += len(source) + actionBytes
	}
}

// enrich makes documents of tweets.
func (p *channels) enrich(run context.Context) error {
	var on scratch
	for {
		b, ok := p.tweets.take(run)
		if !ok {
			return nil
		}
		if err := p.convert(run, b, &on); err != nil {
			return err
		}
		if len(b.Docs) > 0 && !p.enriched.put(run, b) {
			return nil
		}
	}
}

// lane is a channel, with the gauges of a mailbox.
type lane struct {
	name     string
	capacity int64 // records, about
	batches  chan *batch
	depth    atomic.Int64 // records
	parked   atomic.Int64 // nanoseconds, of all senders together
}

func newLane(c *config.Config, name string) *lane {
	records := c.Mailboxes.Capacity(name)
	return &lane{name: name, capacity: int64(records), batches: make(chan *batch, max(records/batchRecords, 1))}
}

// put sends a batch; false when the run is over.
func (l *lane) put(run context.Context, b *batch) bool {
	l.depth.Add(int64(len(b.records)))
	select {
	case l.batches <- b:
		return true
	default:
	}
	start := time.Now()
	defer func() { l.parked.Add(int64(time.Since(start))) }()
	select {
	case l.batches <- b:
		return true
	case <-run.Done():
		return false
	}
}

// take waits for a batch; false when the run is over.
func (l *lane) take(run context.Context) (*batch, bool) {
	select {
	case b := <-l.batches:
		return l.taken(b), true
	case <-run.Done():
		return nil, false
	}
}

// taken notes that b has been received.
func (l *lane) taken(b *batch) *batch {
	l.depth.Add(-int64(len(b.records)))
	return b
}

func (l *lane) report() messages.MailboxReport {
	r := messages.MailboxReport{Name: l.name, Depth: l.depth.Load(), Capacity: l.capacity, ParkedSeconds: time.Duration(l.parked.Load()).Seconds()}
	r.FillPercent = 100 * float64(r.Depth) / float64(r.Capacity)
	return r
}
