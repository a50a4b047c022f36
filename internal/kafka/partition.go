package kafka

import (
	"sync"
	"sync/atomic"

	"github.com/IBM/sarama"

	"github.com/actorpipe/actorpipe/messages"
)

// Partition is one claim: a partition for as long as this process holds it. Its
// methods may be called from any goroutine. After the claim has ended Pause,
// Resume and Mark do nothing, so that they cannot touch a later claim of the same
// partition.
type Partition struct {
	group   sarama.ConsumerGroup
	session sarama.ConsumerGroupSession
	claim   sarama.ConsumerGroupClaim
	place   map[string][]int32 // this partition, as sarama wants it named
	fetch   int                // bytes of a fetch

	read atomic.Int64 // behind the last record that was handed out

	was, record int64 // the mark of markers' last look, and one with a record right behind it; its goroutine's alone

	mu      sync.Mutex // guards all below, and is held over what must not come after the end
	ended   bool
	next    int64 // the highest offset marked
	skipped int64 // how much of it, at its end, is no records: see markers
}

func newPartition(g sarama.ConsumerGroup, fetch int, s sarama.ConsumerGroupSession, c sarama.ConsumerGroupClaim) *Partition {
	return &Partition{group: g, fetch: fetch, session: s, claim: c, place: map[string][]int32{c.Topic(): {c.Partition()}}, was: -1, record: -1}
}

// Topic is the partition's topic.
func (p *Partition) Topic() string { return p.claim.Topic() }

// Partition is the partition's number.
func (p *Partition) Partition() int32 { return p.claim.Partition() }

// InitialOffset is where the claim starts to read; it is negative where the group
// had committed nothing (-1 from the newest, -2 from the oldest offset there is).
func (p *Partition) InitialOffset() int64 { return p.claim.InitialOffset() }

// HighWater is the offset that the next record of the partition will get, as of
// the last fetch that brought records. Markers of transactions count too, until it
// is known that nothing else lies behind the last record.
func (p *Partition) HighWater() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if end := p.claim.HighWaterMarkOffset(); p.skipped == 0 || p.next < end {
		return end
	}
	return p.next - p.skipped
}

// FetchBytes is what one fetch of the partition brings at most, compressed as it is.
func (p *Partition) FetchBytes() int { return p.fetch }

// Messages are the partition's records. The channel is closed when the claim ends,
// after what was fetched has been read.
func (p *Partition) Messages() <-chan *sarama.ConsumerMessage { return p.claim.Messages() }

// Record is m as the pipeline's record. It allocates only where there are headers.
// Its bytes alias the fetch buffer, without room to append.
func (p *Partition) Record(m *sarama.ConsumerMessage) messages.Record {
	p.read.Store(m.Offset + 1)
	r := messages.Record{Offset: m.Offset, Timestamp: -1, Key: clip(m.Key), Value: clip(m.Value)}
	if !m.Timestamp.IsZero() {
		r.Timestamp = m.Timestamp.UnixMilli()
	}
	if len(m.Headers) > 0 {
		r.Headers = make([]messages.Header, len(m.Headers))
		for i, h := range m.Headers {
			r.Headers[i] = messages.Header{Key: clip(h.Key), Value: clip(h.Value)}
		}
	}
	return r
}

// clip takes away the room behind b, where the next record lies. What is nil stays
// nil, and what is empty does not become nil.
func clip(b []byte) []byte { return b[:len(b):len(b)] }

// Pause stops the fetching of this partition. What was fetched still arrives. When
// that is done is decided by its claim (actors/intake.go) and its topic (ahead.go).
func (p *Partition) Pause() {
	p.alive(func() { p.group.Pause(p.place) })
}

// Resume goes on with the fetching of this partition.
func (p *Partition) Resume() {
	p.alive(func() { p.group.Resume(p.place) })
}

// Mark says that every record before next is settled. It does not block; the
// commit follows within the commit interval, and at the end of the claim. A next
// that is not above an earlier one changes nothing.
func (p *Partition) Mark(next int64) {
	p.alive(func() {
		p.session.MarkOffset(p.Topic(), p.Partition(), next, "")
		if next > p.next {
			p.next, p.skipped = next, 0
		}
	})
}

func (p *Partition) alive(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		do()
	}
}

func (p *Partition) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
}
