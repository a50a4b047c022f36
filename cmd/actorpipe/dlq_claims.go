package main

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/messages"
)

// chunk is entries that are fed at once, in the order in which they were read.
type chunk struct {
	n      int // records
	bytes  int64
	places map[origin][]messages.Record
}

// origin is a partition of a topic.
type origin struct {
	topic     string
	partition int32
}

func (c *chunk) add(e *dlq.Entry) {
	if c.places == nil {
		c.places = map[origin][]messages.Record{}
	}
	at := origin{e.Topic, e.Partition}
	r := e.Record()
	c.places[at] = append(c.places[at], r)
	c.n++
	c.bytes += int64(r.Bytes()) + messages.RecordCost
}

// claims makes partitions of the entries, and says how many it has dropped.
func (c *chunk) claims() (all []*replay, repeats int) {
	for at, records := range c.places {
		runs, dropped := ascending(records)
		repeats += dropped
		for _, run := range runs {
			all = append(all, newReplay(at, run))
		}
	}
	return all, repeats
}

// ascending sorts the records of a partition by offset, as a claim has them. Of a
// record that is there twice the one that was read last is kept, and the others are
// counted. Two records of one offset, of a topic that was made again, differ in
// their timestamp: they go into runs of their own.
func ascending(records []messages.Record) (runs [][]messages.Record, repeats int) {
	slices.SortStableFunc(records, func(a, b messages.Record) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Timestamp, b.Timestamp))
	})
	run := 0
	for i, r := range records {
		switch {
		case i == 0 || records[i-1].Offset != r.Offset:
			run = 0
		case records[i-1].Timestamp == r.Timestamp:
			runs[run][len(runs[run])-1] = r
			repeats++
			continue
		default:
			run++
		}
		if run == len(runs) {
			runs = append(runs, nil)
		}
		runs[run] = append(runs[run], r)
	}
	return runs, repeats
}

// replay is entries of one partition as a claim. Its methods are those that
// actors.Feed wants of a partition.
type replay struct {
	origin
	records  []messages.Record // offsets ascending
	messages chan messages.Record
	settled  chan struct{} // closed once all are
	once     sync.Once     // closes settled
}

// readAhead is how many records of a claim are ready to be read: a batch.
const readAhead = 512

func newReplay(at origin, records []messages.Record) *replay {
	return &replay{origin: at, records: records, messages: make(chan messages.Record, readAhead), settled: make(chan struct{})}
}

// run passes the records on, and ends the claim when all are settled: a claim that
// ends sooner is taken for revoked. The drain, and the end of the run, cut it short.
func (p *replay) run(drain, run context.Context) {
	defer close(p.messages)
	for _, r := range p.records {
		select {
		case p.messages <- r:
		case <-drain.Done():
			return
		case <-run.Done():
			return
		}
	}
	select {
	case <-p.settled:
	case <-drain.Done():
	case <-run.Done():
	}
}

// Topic is where the records were read.
func (p *replay) Topic() string { return p.topic }

// Partition is where the records were read.
func (p *replay) Partition() int32 { return p.partition }

// Messages are the records.
func (p *replay) Messages() <-chan messages.Record { return p.messages }

// Record is the record itself.
func (p *replay) Record(r messages.Record) messages.Record { return r }

// Pause does nothing: the whole chunk is in memory already.
func (p *replay) Pause() {}

// Resume does nothing.
func (p *replay) Resume() {}

// Mark hears of the contiguous settled prefix.
func (p *replay) Mark(next int64) {
	if next > p.records[len(p.records)-1].Offset {
		p.once.Do(func() { close(p.settled) })
	}
}

// HighWater is unknown: the partition goes on beyond these records.
func (p *replay) HighWater() int64 { return 0 }

// FetchBytes is what is held at most.
func (p *replay) FetchBytes() int { return 1 << 20 }
