package actors

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/actorpipe/actorpipe/messages"
)

// Books are the accounts of a run, topic by topic: what the trackers of all its
// claims have counted. They can be read at any time, from anywhere.
type Books struct {
	mu     sync.Mutex // guards all below
	names  []string
	topics map[string]*account
}

// account is one topic.
type account struct {
	closed   messages.Books // of claims that are over
	repeated int64
	lost     int64
	foreign  int64
	open     map[*Tracker]*holding
}

// NewBooks opens an account for each topic.
func NewBooks(topics []string) *Books {
	b := &Books{names: topics, topics: map[string]*account{}}
	for _, name := range topics {
		b.topics[name] = &account{open: map[*Tracker]*holding{}}
	}
	return b
}

// open adds a claim.
func (b *Books) open(h *holding) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.topics[h.claim.Topic].open[h.tracker] = h
}

// holdings are the claims that are open, in no order.
func (b *Books) holdings() (all []*holding) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.topics {
		for _, h := range a.open {
			all = append(all, h)
		}
	}
	return all
}

// AwaitSettled returns when nothing is in flight of any claim that is open now,
// or ctx is done.
func (b *Books) AwaitSettled(ctx context.Context) {
	for _, h := range b.holdings() {
		select {
		case <-h.tracker.Idle():
		case <-ctx.Done():
			return
		}
	}
}

// close folds a tracker with nothing in flight into its topic's account.
func (b *Books) close(c *messages.Claim, t *Tracker) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.topics[c.Topic]
	if _, ok := a.open[t]; !ok {
		return
	}
	delete(a.open, t)
	books, repeated := t.Books()
	a.closed.Add(books)
	a.repeated += repeated
}

// Lost counts offsets of a topic that the log did not have where reading went on.
func (b *Books) Lost(topic string, records int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a, ok := b.topics[topic]; ok {
		a.lost += records
	}
}

// foreign counts a record of a topic that was superseded from elsewhere.
func (b *Books) foreign(topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a, ok := b.topics[topic]; ok {
		a.foreign++
	}
}

// Read returns the accounts, in the order of the configuration, and the
// partitions that are held, in order.
func (b *Books) Read() ([]messages.TopicReport, []messages.PartitionReport) {
	b.mu.Lock()
	defer b.mu.Unlock()
	topics := make([]messages.TopicReport, 0, len(b.names))
	var partitions []messages.PartitionReport
	for _, name := range b.names {
		t, ps := b.topics[name].read(name)
		topics = append(topics, t)
		partitions = append(partitions, ps...)
	}
	slices.SortFunc(partitions, func(a, b messages.PartitionReport) int {
		if c := strings.Compare(a.Topic, b.Topic); c != 0 {
			return c
		}
		return int(a.Partition - b.Partition)
	})
	return topics, partitions
}

func (a *account) read(name string) (messages.TopicReport, []messages.PartitionReport) {
	t := messages.TopicReport{Name: name, Books: a.closed, Repeated: a.repeated, LostToRetention: a.lost, Foreign: a.foreign}
	partitions := make([]messages.PartitionReport, 0, len(a.open))
	for tracker, h := range a.open {
		books, repeated := tracker.Books()
		t.Add(books)
		t.Repeated += repeated
		p := messages.PartitionReport{Topic: name, Partition: h.claim.Partition, InFlight: books.InFlight}
		if next, ok := tracker.Committable(); ok {
			p.Lag = max(0, h.claim.HighWater()-next)
		}
		t.Lag += p.Lag
		partitions = append(partitions, p)
	}
	return t, partitions
}

// Balanced says whether every record of every topic is accounted for.
func (b *Books) Balanced() bool {
	topics, _ := b.Read()
	for i := range topics {
		if !topics[i].Balanced() {
			return false
		}
	}
	return true
}
