package actors

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
)

// block fills the lane of a hand without workers: one record is stored and one
// is parked, so that what is sent next is held.
func (h *hand) block() {
	for range 2 {
		h.partition.send("x")
		synctest.Wait()
	}
}

// wantBudgetBack fails the test unless the topic's whole budget is free.
func (h *hand) wantBudgetBack() {
	h.Helper()
	wantFree(h.T, h.claims.Topics["tweets"].Budget)
}

func wantFree(t *testing.T, b *Budget) {
	t.Helper()
	if used, waiting := b.Stats(); used != 0 || waiting != 0 {
		t.Errorf("%d bytes of budget in use and %d waiting, want none", used, waiting)
	}
}

// TestFeedBoundsBatches holds records back until batches fill up: the first two
// are those that block the lane.
func TestFeedBoundsBatches(t *testing.T) {
	kib := func(n int) string { return strings.Repeat("x", n<<10) }
	for name, test := range map[string]struct {
		values []string
		budget int64
		sizes  []int
	}{
		"by records":                     {slices.Repeat([]string{"x"}, 1100), 1 << 30, []int{1, 1, 512, 512, 76}},
		"by bytes":                       {slices.Repeat([]string{kib(100)}, 6), 1 << 30, []int{1, 1, 2, 2, 2}},
		"at just so many bytes":          {slices.Repeat([]string{kib(128)}, 4), 1 << 30, []int{1, 1, 2, 2}},
		"a large record goes alone":      {[]string{"x", kib(300), "x"}, 1 << 30, []int{1, 1, 1, 1, 1}},
		"by the topic's share":           {slices.Repeat([]string{"x"}, 12), 4000, []int{1, 1, 5, 5, 2}}, // 770 bytes each
		"a record larger than the share": {[]string{"x", kib(4), "x"}, 4000, []int{1, 1, 1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHand(t, handSettings{enriched: true, capacity: 1, budget: test.budget})
				h.block()
				h.partition.send(test.values...)
				synctest.Wait()
				h.system.Root.Send(h.workers(), &mailbox.Resize{Size: 1})
				var sizes []int
				for range test.sizes {
					b := h.next()
					sizes = append(sizes, len(b.Records))
					h.settle(b)
				}
				if !slices.Equal(sizes, test.sizes) {
					t.Errorf("batches of %v records, want %v", sizes, test.sizes)
				}
				n := int64(len(test.values)) + 2
				h.drain()
				close(h.partition.records)
				h.end(messages.Books{Consumed: n, Indexed: n})
				h.wantBudgetBack()
			})
		})
	}
}

// TestFeedPausesAtHalfAFetch counts what is held record by record, whether it is
// a batch already or not: a fetch is 1000 bytes.
func TestFeedPausesAtHalfAFetch(t *testing.T) {
	for name, test := range map[string]struct {
		capacity int
		budget   int64
	}{
		"for room":   {1, 1 << 20},
		"for budget": {1000, 1000}, // a record at a time
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHand(t, handSettings{enriched: true, capacity: test.capacity, budget: test.budget})
				taken := 1 // stored
				if test.capacity == 1 {
					taken = 2 // and parked
				}
				for range taken {
					h.partition.send(strings.Repeat("x", 100))
					synctest.Wait()
				}
				for held := range 6 {
					if got, want := h.partition.said(), []string{"", "pause"}[held/5]; got != want {
						t.Errorf("with %d bytes held the partition was told %q, want %q", held*100, got, want)
					}
					h.partition.send(strings.Repeat("x", 100))
					synctest.Wait()
				}
				close(h.partition.records)
				h.end(messages.Books{Consumed: int64(taken), Returned: int64(taken)})
				h.wantBudgetBack()
			})
		})
	}
}

// TestFeedResumesAtAQuarterOfAFetch lets one record of 100 bytes go at a time.
func TestFeedResumesAtAQuarterOfAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t, handSettings{enriched: true, capacity: 1000, budget: 1000, workers: 1})
		for range 7 { // one goes, six are held
			h.partition.send(strings.Repeat("x", 100))
			synctest.Wait()
		}
		for held := 6; held > 0; held-- {
			want := "pause"
			if held <= 2 {
				want = "pause resume"
			}
			if got := h.partition.said(); got != want {
				t.Errorf("with %d bytes held the partition was told %q, want %q", held*100, got, want)
			}
			h.settle(h.next())
			synctest.Wait()
		}
		h.settle(h.next())
		h.drain()
		close(h.partition.records)
		h.end(messages.Books{Consumed: 7, Indexed: 7})
		h.wantBudgetBack()
	})
}

// newIntake is that of a claim whose lane and DLQ have room for one record each
// and no actor.
func newIntake(t *testing.T, enriched bool, budget int64) *intake {
	t.Helper()
	q := mailbox.NewQueue(mailbox.Settings{Context: t.Context()})
	topic := TopicSettings{Name: "tweets", Plan: plan(t, record.PlanSettings{}), Enriched: enriched, AheadBytes: 1 << 20}.Topic(lookup(echo), &Buffers{}, NewBudget(budget))
	topic.Lane = q.AddLane("tweets", 1)
	p := &fakePartition{topic: "tweets"}
	return &intake{
		holding: &holding{claim: &messages.Claim{Topic: "tweets", Number: 1}, tracker: NewTracker(topic.Price), budget: topic.Budget, mark: p.Mark},
		topic:   topic, dlq: q.AddLane("dlq", 1), buffers: &Buffers{}, valve: topic.Ahead.join(p), pauseAt: 500, resumeAt: 250,
	}
}

// take takes records in and passes on what can go, after each.
func (in *intake) take(values ...string) {
	for i, v := range values {
		in.add(messages.Record{Offset: int64(i), Value: []byte(v)}, len(values)-1-i)
		in.pass()
	}
}

// TestIntakeAbandonsAGrant ends a claim whose second record waits for the budget
// of the first, at each moment at which the grant can be.
func TestIntakeAbandonsAGrant(t *testing.T) {
	for name, meanwhile := range map[string]func(in *intake){
		"that waits":         func(*intake) {},
		"given, not noticed": func(in *intake) { in.settle([]messages.Range{{From: 0, To: 1}}) },
		"given and noticed": func(in *intake) {
			in.settle([]messages.Range{{From: 0, To: 1}})
			<-in.budgetReady()
			in.given()
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := newIntake(t, true, 1000)
			in.take("first", "second")
			if in.grant == nil {
				t.Fatal("the second record has its budget")
			}
			meanwhile(in)
			in.abandon()
			in.settle([]messages.Range{{From: 0, To: 1}})
			wantFree(t, in.budget)
			if b, _ := in.tracker.Books(); b != (messages.Books{Consumed: 1, Indexed: 1}) {
				t.Errorf("books are %+v, want the first record only", b)
			}
		})
	}
}

// TestIntakeReturnsParkedLetters has the DLQ's lane full of the first refused
// record: the second is parked, and returned when the claim ends.
func TestIntakeReturnsParkedLetters(t *testing.T) {
	in := newIntake(t, false, 1<<20)
	in.take("no JSON", "nor this")
	if in.room() == nil || in.dlq.Stats().Parked != 1 {
		t.Fatalf("the DLQ's lane is %+v, want a parked sender", in.dlq.Stats())
	}
	in.abandon()
	if b, _ := in.tracker.Books(); b != (messages.Books{Consumed: 2, Returned: 1, InFlight: 1}) {
		t.Errorf("books are %+v, want one returned and one in flight", b)
	}
	in.settle([]messages.Range{{From: 0, To: 1, Outcome: messages.DeadLettered}})
	if next, _ := in.tracker.Committable(); next != 1 {
		t.Errorf("committable is %d, want 1: the second was returned", next)
	}
	wantFree(t, in.budget)
}
