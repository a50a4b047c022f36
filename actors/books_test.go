package actors

import (
	"slices"
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

// opened enters records of a claim into the books.
func opened(b *Books, topic string, partition int32, highWater int64, offsets ...int64) (*messages.Claim, *Tracker) {
	c, t := &messages.Claim{Topic: topic, Partition: partition, HighWater: func() int64 { return highWater }}, NewTracker(PlainPrice)
	b.open(&holding{claim: c, tracker: t})
	if len(offsets) > 0 {
		t.Enter(records(offsets...))
	}
	return c, t
}

func TestBooksListPartitionsInOrder(t *testing.T) {
	b := NewBooks([]string{"users", "tweets"})
	opened(b, "users", 1, 0)
	opened(b, "tweets", 10, 100, 90, 91)
	opened(b, "users", 0, 3, 7) // the high water is older than what was read
	opened(b, "tweets", 2, 50, 50)
	topics, partitions := b.Read()
	want := []messages.PartitionReport{
		{Topic: "tweets", Partition: 2, InFlight: 1},
		{Topic: "tweets", Partition: 10, Lag: 10, InFlight: 2},
		{Topic: "users", Partition: 0, InFlight: 1},
		{Topic: "users", Partition: 1},
	}
	if !slices.Equal(partitions, want) {
		t.Errorf("partitions are %+v, want %+v", partitions, want)
	}
	if topics[0].Name != "users" || topics[1].Name != "tweets" || topics[1].Lag != 10 || topics[1].InFlight != 3 {
		t.Errorf("topics are %+v, want users, and tweets 10 behind with 3 in flight", topics)
	}
	if !b.Balanced() {
		t.Error("the books do not balance")
	}
}

// TestBooksKeepWhatAClosedClaimCounted closes a claim twice: it counts once.
func TestBooksKeepWhatAClosedClaimCounted(t *testing.T) {
	b := NewBooks([]string{"tweets"})
	c, tracker := opened(b, "tweets", 0, 2, 0, 1)
	for range 2 { // the second is a repeat
		tracker.Settle(messages.Range{From: 0, To: 2, Outcome: messages.Duplicate})
	}
	for range 2 {
		b.close(c, tracker)
	}
	opened(b, "tweets", 0, 3, 2)
	topics, partitions := b.Read()
	if want := (messages.Books{Consumed: 3, Duplicate: 2, InFlight: 1}); topics[0].Books != want || !b.Balanced() {
		t.Errorf("books are %+v, want %+v", topics[0].Books, want)
	}
	if topics[0].Repeated != 2 || len(partitions) != 1 {
		t.Errorf("%d repeats and %d partitions, want 2 and 1", topics[0].Repeated, len(partitions))
	}
}

func TestBooksCountRepeatsOfOpenClaims(t *testing.T) {
	b := NewBooks([]string{"tweets"})
	for partition := range int32(2) {
		_, tracker := opened(b, "tweets", partition, 1, 0)
		tracker.Settle(messages.Range{From: 0, To: 1})
		tracker.Settle(messages.Range{From: 0, To: 1})
	}
	if topics, _ := b.Read(); topics[0].Repeated != 2 {
		t.Errorf("%d repeats, want 2", topics[0].Repeated)
	}
}

// TestBooksSortManyPartitions opens claims in an order of its own.
func TestBooksSortManyPartitions(t *testing.T) {
	b := NewBooks([]string{"tweets"})
	for i := range int32(50) {
		opened(b, "tweets", i*7%50, 0)
	}
	_, partitions := b.Read()
	for i, p := range partitions {
		if p.Partition != int32(i) { //nolint:gosec // 50 of them
			t.Fatalf("place %d has partition %d", i, p.Partition)
		}
	}
}

func TestBooksCountWhatWasLost(t *testing.T) {
	b := NewBooks([]string{"tweets"})
	b.Lost("tweets", 5)
	b.Lost("tweets", 7)
	b.Lost("of nobody", 1)
	topics, _ := b.Read()
	if topics[0].LostToRetention != 12 || topics[0].Consumed != 0 || !b.Balanced() {
		t.Errorf("the account is %+v, want 12 lost and no part of the books", topics[0])
	}
}

// TestBooksCanFailToBalance breaks a tracker: what is in flight is counted from
// its batches, so a record that is lost there shows.
func TestBooksCanFailToBalance(t *testing.T) {
	b := NewBooks([]string{"users", "tweets"})
	_, tracker := opened(b, "tweets", 0, 0, 1, 2)
	tracker.batches[0].left--
	if b.Balanced() {
		t.Error("the books balance though a record is nowhere")
	}
}
