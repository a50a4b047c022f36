package actors

import (
	"math/bits"
	"sort"
	"sync"

	"github.com/actorpipe/actorpipe/messages"
)

// Price is what a record costs its topic's budget, in bytes.
type Price struct {
	Values int // how many times its value is held: 2 where it is enriched
	Fixed  int // beside key, value and headers
}

// The prices of a record that is written as it is, and of one that is enriched:
// its document is a second value with a geo object.
var (
	PlainPrice    = Price{Values: 1, Fixed: messages.RecordCost}
	EnrichedPrice = Price{Values: 2, Fixed: messages.RecordCost + 512}
)

// Of is the price of r.
func (p Price) Of(r *messages.Record) int64 {
	return int64(r.Bytes() + (p.Values-1)*len(r.Value) + p.Fixed)
}

// Tracker knows which records of one claim are in flight. It flips each from in
// flight to settled once, ignores repeats, and keeps the offset that may be
// committed. It belongs to the claim: the claim's goroutine enters batches, and
// both its hands settle, so it has a lock.
type Tracker struct {
	price Price

	mu       sync.Mutex      // guards all below
	batches  []*trackedBatch // by offset, all entered and not settled whole
	start    int64           // the first offset entered, -1: none
	next     int64           // one past the contiguous settled prefix, -1: nothing was entered
	returned int64           // the first offset returned, -1: none; committable never passes it
	inFlight int
	books    messages.Books // but for InFlight, which is counted when they are read
	repeated int64
	idle     chan struct{} // closed when nothing is in flight, nil while nobody waits
}

// trackedBatch is what was entered at once.
type trackedBatch struct {
	first, last int64    // offsets
	offsets     []int64  // nil where there are no gaps
	costs       []int32  // of each record, in bytes of the budget
	settled     []uint64 // a bit a record, nil while all are in flight
	left        int      // in flight
}

// NewTracker returns a tracker with nothing in flight.
func NewTracker(p Price) *Tracker { return &Tracker{price: p, start: -1, next: -1, returned: -1} }

// Enter notes records as consumed and in flight: at least one, offsets
// ascending within the batch and from batch to batch.
func (t *Tracker) Enter(records []messages.Record) {
	n := len(records)
	b := &trackedBatch{first: records[0].Offset, last: records[n-1].Offset, costs: make([]int32, n), left: n}
	gaps := b.last-b.first != int64(n-1)
	if gaps {
		b.offsets = make([]int64, n)
	}
	for i := range records {
		b.costs[i] = int32(min(t.price.Of(&records[i]), 1<<31-1)) //nolint:gosec // bounded by the min
		if gaps {
			b.offsets[i] = records[i].Offset
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.start < 0 {
		t.start, t.next = b.first, b.first
	}
	t.batches = append(t.batches, b)
	t.books.Consumed += int64(n)
	t.inFlight += n
}

// Settle flips the records of r that are in flight and returns the bytes of
// budget that come free. Offsets it does not know are ignored.
func (t *Tracker) Settle(r messages.Range) (freed int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.repeated += t.behind(r)
	from := sort.Search(len(t.batches), func(i int) bool { return t.batches[i].last >= r.From })
	for _, b := range t.batches[from:] {
		if b.first >= r.To {
			break
		}
		f := b.settle(r)
		t.note(r.Outcome, f)
		freed += f.freed
	}
	t.advance()
	return freed
}

// flip is what a range has changed in a batch.
type flip struct {
	records  int   // that were in flight
	repeated int   // that were settled before
	first    int64 // offset of the first of records
	freed    int64 // bytes
}

// behind is how many offsets of r lie in batches that are settled whole and
// forgotten: repeats, since ranges name only what was entered. What was never
// entered counts only where it is a hole between two of them.
func (t *Tracker) behind(r messages.Range) int64 {
	to := t.next
	if len(t.batches) > 0 {
		to = min(to, t.batches[0].first)
	}
	return max(0, min(r.To, to)-max(r.From, t.start))
}

// note counts what was flipped.
func (t *Tracker) note(o messages.Outcome, f flip) {
	t.repeated += int64(f.repeated)
	if f.records == 0 {
		return
	}
	*t.books.Outcome(o) += int64(f.records)
	t.inFlight -= f.records
	if o == messages.Returned && (t.returned < 0 || f.first < t.returned) {
		t.returned = f.first
	}
	if t.inFlight == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// advance moves next over the settled prefix.
func (t *Tracker) advance() {
	for len(t.batches) > 0 && t.batches[0].left == 0 {
		t.next = t.batches[0].last + 1
		t.batches[0] = nil
		t.batches = t.batches[1:]
	}
	if len(t.batches) > 0 {
		if n := t.batches[0].prefix(); n > 0 {
			t.next = t.batches[0].offset(n-1) + 1
		}
	}
}

// Committable is the offset to read next after a restart: one past the
// contiguous settled prefix, and never past a returned record. ok is false
// while nothing was entered.
func (t *Tracker) Committable() (next int64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.returned >= 0 && t.next > t.returned {
		return t.returned, true
	}
	return t.next, t.next >= 0
}

// Idle is closed once nothing is in flight.
func (t *Tracker) Idle() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.idle != nil {
		return t.idle
	}
	c := make(chan struct{})
	if t.inFlight == 0 {
		close(c)
	} else {
		t.idle = c
	}
	return c
}

// Books are the counts of the claim, and how many outcomes came again. What is
// in flight is counted batch by batch, so that the books can fail to balance.
func (t *Tracker) Books() (b messages.Books, repeated int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b = t.books
	for _, batch := range t.batches {
		b.InFlight += int64(batch.left)
	}
	return b, t.repeated
}

// progress is one past the contiguous settled prefix, and how many records are
// in flight.
func (t *Tracker) progress() (next int64, inFlight int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next, t.inFlight
}

// unsettled are the offsets in flight.
func (t *Tracker) unsettled() offsetSet {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(offsetSet, t.inFlight)
	for _, b := range t.batches {
		for i := range b.costs {
			if b.settled == nil || b.settled[i/64]&(1<<(i%64)) == 0 {
				out[b.offset(i)] = struct{}{}
			}
		}
	}
	return out
}

// settle flips the records of b that r names.
func (b *trackedBatch) settle(r messages.Range) (f flip) {
	from, to := b.index(r.From), b.index(r.To)
	if b.settled == nil {
		b.settled = make([]uint64, (len(b.costs)+63)/64)
	}
	for i := from; i < to; i++ {
		bit := uint64(1) << (i % 64)
		if b.settled[i/64]&bit != 0 {
			f.repeated++
			continue
		}
		b.settled[i/64] |= bit
		if f.records == 0 {
			f.first = b.offset(i)
		}
		f.records++
		f.freed += int64(b.costs[i])
	}
	b.left -= f.records
	return f
}

// prefix is how many records of b are settled before the first in flight.
func (b *trackedBatch) prefix() int {
	for i, w := range b.settled {
		if n := bits.TrailingZeros64(^w); n < 64 {
			return i*64 + n
		}
	}
	return len(b.settled) * 64
}

// index is the first record of b at or after offset, len(costs) if there is none.
func (b *trackedBatch) index(offset int64) int {
	if b.offsets == nil {
		return int(min(max(offset-b.first, 0), int64(len(b.costs))))
	}
	return sort.Search(len(b.offsets), func(i int) bool { return b.offsets[i] >= offset })
}

func (b *trackedBatch) offset(i int) int64 {
	if b.offsets == nil {
		return b.first + int64(i)
	}
	return b.offsets[i]
}
