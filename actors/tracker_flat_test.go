package actors

import (
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/actorpipe/actorpipe/messages"
)

// TestTrackerCountsWhatComesAgain settles only records that were entered, in any
// order and repeatedly, as everybody who settles does: each outcome beyond the
// first of a record is counted as a repeat, once, and no hole ever is.
func TestTrackerCountsWhatComesAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tracker := NewTracker(PlainPrice)
		next, repeats := rapid.Int64Range(0, 1000).Draw(t, "first"), int64(0)
		var entered []int64
		settled := map[int64]bool{}
		t.Repeat(map[string]func(*rapid.T){
			"enter": func(t *rapid.T) {
				var batch []int64
				for range rapid.IntRange(1, 70).Draw(t, "records") {
					batch = append(batch, next)
					next += 1 + max(0, rapid.Int64Range(-5, 30).Draw(t, "gap"))
				}
				tracker.Enter(records(batch...))
				entered = append(entered, batch...)
			},
			"settle": func(t *rapid.T) {
				if len(entered) == 0 {
					t.Skip("nothing was entered")
				}
				from := rapid.IntRange(0, len(entered)-1).Draw(t, "from")
				to := min(len(entered), from+rapid.IntRange(1, 150).Draw(t, "length"))
				var ranges []messages.Range
				for _, o := range entered[from:to] {
					ranges = messages.AppendOffset(ranges, o, messages.Indexed)
					if settled[o] {
						repeats++
					}
					settled[o] = true
				}
				for _, r := range ranges {
					tracker.Settle(r)
				}
			},
			"": func(t *rapid.T) {
				if _, got := tracker.Books(); got != repeats {
					t.Fatalf("%d repeats, want %d", got, repeats)
				}
			},
		})
	})
}

// TestTrackerIgnoresWhatWasNeverEntered settles offsets before the first record,
// behind the last, and in the hole before what is in flight: they are no repeats.
func TestTrackerIgnoresWhatWasNeverEntered(t *testing.T) {
	tracker := NewTracker(PlainPrice)
	tracker.Settle(messages.Range{From: 0, To: 50})
	tracker.Enter(records(100, 101))
	for range 2 {
		tracker.Settle(messages.Range{From: 0, To: 100})
		tracker.Settle(messages.Range{From: 102, To: 200})
	}
	if freed := tracker.Settle(messages.Range{From: 0, To: 200}); freed == 0 {
		t.Error("the records themselves freed nothing")
	}
	tracker.Settle(messages.Range{From: 0, To: 100})
	tracker.Settle(messages.Range{From: 102, To: 200})
	tracker.Enter(records(150, 151)) // behind a hole
	tracker.Settle(messages.Range{From: 102, To: 150})
	if _, repeated := tracker.Books(); repeated != 0 {
		t.Errorf("%d repeats, want none", repeated)
	}
	if next, _ := tracker.Committable(); next != 102 {
		t.Errorf("committable is %d, want 102", next)
	}
}

// settleOrders are orders in which the batches in flight are settled.
var settleOrders = map[string]func(n int) []int{
	"first to last": upTo,
	"last to first": func(n int) []int {
		order := upTo(n)
		slices.Reverse(order)
		return order
	},
	"any": func(n int) []int {
		order := upTo(n)
		rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] }) //nolint:gosec // an order, no secret
		return order
	},
	"head last": func(n int) []int { return append(upTo(n)[1:], 0) },
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// TestTrackerCostIsFlat compares the cost of a record with one batch in flight
// and with 2,000, entered and settled in several orders, whole and record by
// record. A cost that grew with the number in flight, be it with a tiny factor,
// would be hundreds of times as high; the bound leaves a noisy machine room.
func TestTrackerCostIsFlat(t *testing.T) {
	const most, many, perBatch = 8, 2000, 16
	for name, order := range settleOrders {
		for _, pieces := range []int{1, perBatch} {
			one, all := trackerCost(order, 1, many, perBatch, pieces), trackerCost(order, many, 1, perBatch, pieces)
			t.Logf("%s, a batch in %d pieces: %v a record with 1 batch in flight, %v with %d", name, pieces, one, all, many)
			if all > most*one+100*time.Nanosecond {
				t.Errorf("%s, a batch in %d pieces: a record costs %v with %d batches in flight, %v with one", name, pieces, all, many, one)
			}
		}
	}
}

// processorTime is what this process has used of the processor: the time of others
// on the machine is none of it.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// trackerCost is the least of some measurements of what a record costs while
// batches are in flight: entered, settled in pieces, and asked for the committable
// offset after each.
func trackerCost(order func(int) []int, batches, rounds, perBatch, pieces int) time.Duration {
	least := time.Duration(1 << 62)
	for range 5 {
		tracker, next := NewTracker(PlainPrice), int64(0)
		batch := make([]messages.Record, perBatch)
		size := int64(perBatch / pieces)
		start := processorTime()
		for range rounds {
			first := next
			for range batches {
				for i := range batch {
					batch[i].Offset = next
					next++
				}
				tracker.Enter(batch)
			}
			for _, n := range order(batches) {
				from := first + int64(n*perBatch)
				for p := range int64(pieces) {
					tracker.Settle(messages.Range{From: from + p*size, To: from + (p+1)*size})
					tracker.Committable()
				}
			}
		}
		least = min(least, (processorTime()-start)/time.Duration(rounds*batches*perBatch))
	}
	return least
}
