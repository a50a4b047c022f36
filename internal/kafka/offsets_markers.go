package kafka

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/IBM/sarama"
)

// How often a partition whose marks stand still is looked at, and the bytes that
// are fetched for it.
const (
	markersEvery = 2 * time.Second
	markersBytes = 64 << 10
)

// followMarkers marks what lies behind the last record that is marked and is no
// record: markers of transactions, and records of aborted ones. sarama goes past
// them in silence, and without this the group would be behind for ever. It runs
// until over is closed. Owned by the member's leave.
func (p *Partition) followMarkers(client sarama.Client, over <-chan struct{}) {
	tick := time.NewTicker(markersEvery)
	defer tick.Stop()
	was, record := int64(-1), int64(-1) // the mark of the last look, and one with a record right behind it
	for {
		select {
		case <-over:
			return
		case <-tick.C:
		}
		next := p.marked()
		if next == was && next != record && p.behind(next) {
			switch to, met, err := p.past(client, next); {
			case err != nil: // asked again
			case to > next:
				p.skip(next, to)
			case met: // else a transaction is open there, which may be aborted yet
				record = next
			}
		}
		was = p.marked()
	}
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

// past asks the leader what lies behind next, and returns what pastMarkers does.
func (p *Partition) past(client sarama.Client, next int64) (to int64, met bool, err error) {
	leader, err := client.Leader(p.Topic(), p.Partition())
	if err != nil {
		return next, false, err
	}
	request := &sarama.FetchRequest{Version: 4, MinBytes: 1, MaxBytes: markersBytes, Isolation: sarama.ReadCommitted}
	request.AddBlock(p.Topic(), p.Partition(), next, markersBytes, -1)
	answer, err := leader.Fetch(request)
	if err != nil {
		return next, false, err
	}
	block := answer.GetBlock(p.Topic(), p.Partition())
	if block == nil {
		return next, false, sarama.ErrIncompleteResponse
	}
	if !errors.Is(block.Err, sarama.ErrNoError) {
		return next, false, block.Err
	}
	to, met = pastMarkers(block, next)
	return to, met, nil
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
