package kafka

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// How often partitions whose marks stand still are looked at, and the bytes that
// are fetched of a broker for it.
const (
	markersEvery = 2 * time.Second
	markersBytes = 64 << 10
)

// markers finds what lies behind the last record that is marked and is no record:
// markers of transactions, and records of aborted ones. sarama goes past them in
// silence, and without this the group would be behind for ever.
type markers struct {
	mu   sync.Mutex // guards held
	held map[*Partition]struct{}
}

func newMarkers() *markers { return &markers{held: make(map[*Partition]struct{})} }

// follow has p looked at until unfollow.
func (m *markers) follow(p *Partition) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held[p] = struct{}{}
}

func (m *markers) unfollow(p *Partition) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.held, p)
}

// run looks at all partitions again and again, until over is closed.
func (m *markers) run(client sarama.Client, over <-chan struct{}) {
	tick := time.NewTicker(markersEvery)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-tick.C:
		}
		for leader, looks := range m.standing(client) {
			past(leader, looks) // an error: asked again
		}
	}
}

// look is a partition to be looked at behind the offset next, where its marks end.
type look struct {
	of   *Partition
	next int64
}

// standing are the partitions whose marks stand where they stood the last time,
// though the log goes on, by leader. Those that have a record there, which will be
// marked some time, are none of them.
func (m *markers) standing(client sarama.Client) map[*sarama.Broker][]look {
	m.mu.Lock()
	held := slices.Collect(maps.Keys(m.held)) // a claim that ends does not wait for Leader
	m.mu.Unlock()
	all := make(map[*sarama.Broker][]look)
	for _, p := range held {
		next := p.marked()
		if next == p.was && next != p.record && p.behind(next) {
			if leader, err := client.Leader(p.Topic(), p.Partition()); err == nil {
				all[leader] = append(all[leader], look{p, next})
			}
		}
		p.was = next
	}
	return all
}

// behind says whether the log goes on behind next, though every record that was
// handed out is marked.
func (p *Partition) behind(next int64) bool {
	return next >= max(0, p.read.Load()) && next < p.claim.HighWaterMarkOffset()
}

// marked is the offset behind the last record that is marked, or where the claim
// began; it may be negative then.
func (p *Partition) marked() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == 0 {
		return p.claim.InitialOffset()
	}
	return p.next
}

// skip marks what lies behind next, up to to, if next is still where marks end.
func (p *Partition) skip(next, to int64) {
	p.alive(func() {
		if p.next <= next {
			p.session.MarkOffset(p.Topic(), p.Partition(), to, "")
			p.next, p.skipped = to, to-next
		}
	})
}

// past asks a leader what lies behind, and marks what is no records. Partitions
// that the answer has no room for are asked for again.
func past(leader *sarama.Broker, looks []look) {
	request := &sarama.FetchRequest{Version: 4, MinBytes: 1, MaxBytes: markersBytes, Isolation: sarama.ReadCommitted}
	for _, l := range looks {
		request.AddBlock(l.of.Topic(), l.of.Partition(), l.next, markersBytes, -1)
	}
	answer, err := leader.Fetch(request)
	if err != nil {
		return
	}
	for _, l := range looks {
		block := answer.GetBlock(l.of.Topic(), l.of.Partition())
		if block == nil || !errors.Is(block.Err, sarama.ErrNoError) {
			continue
		}
		switch to, met := pastMarkers(block, l.next); {
		case to > l.next:
			l.of.skip(l.next, to)
			l.of.was = l.of.marked()
		case met: // else a transaction is open there, which may be aborted yet
			l.of.record = l.next
		}
	}
}

// pastMarkers is the offset of the first record at or behind next that a reader of
// committed records is given, or, where it met none, the end of the block. What
// cannot be read counts as a record.
func pastMarkers(block *sarama.FetchResponseBlock, next int64) (to int64, met bool) {
	open := map[int64]bool{} // producers whose aborted transaction has begun and not ended
	aborted := slices.SortedFunc(slices.Values(block.AbortedTransactions), func(a, b *sarama.AbortedTransaction) int { return cmp.Compare(a.FirstOffset, b.FirstOffset) })
	for _, r := range block.RecordsSet {
		b := r.RecordBatch
		if b == nil || b.PartialTrailingRecord {
			return next, true
		}
		for len(aborted) > 0 && aborted[0].FirstOffset <= b.LastOffset() {
			open[aborted[0].ProducerID] = true
			aborted = aborted[1:]
		}
		switch {
		case b.Control:
			delete(open, b.ProducerID)
		case b.IsTransactional && open[b.ProducerID]:
		default:
			return next, true
		}
		next = max(next, b.LastOffset()+1)
	}
	return next, false
}
