package actors

import (
	"errors"
	"slices"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// claimed is a claim with two records in flight, and what is marked of it.
func claimed(t *testing.T) (h *holding, marked *[]int64) {
	t.Helper()
	books := NewBooks([]string{"tweets"})
	marked = &[]int64{}
	h = &holding{
		claim:   &messages.Claim{Topic: "tweets", Partition: 3, Number: 7, HighWater: func() int64 { return 0 }},
		tracker: NewTracker(PlainPrice), budget: NewBudget(1 << 20), books: books,
		mark: func(next int64) { *marked = append(*marked, next) },
	}
	books.open(h)
	h.tracker.Enter(records(0, 1))
	return h, marked
}

func settled(offset int64) *messages.Settled {
	return &messages.Settled{Ranges: []messages.Range{{From: offset, To: offset + 1}}}
}

// TestConsumerStopsAtTheLast of the end of its claim and what is in flight, whichever
// that is, and not before.
func TestConsumerStopsAtTheLast(t *testing.T) {
	heard := make(chan struct{}, 1)
	ended := &messages.ClaimEnded{Heard: heard}
	for name, order := range map[string][]any{
		"the end first": {ended, settled(1), settled(0)},
		"the end last":  {settled(0), settled(1), ended},
		"settled twice": {settled(0), ended, settled(0), settled(1)},
	} {
		t.Run(name, func(t *testing.T) {
			h, marked := claimed(t)
			b := testkit.NewBehavior(t, consumerProps(h, plainQueue()))
			for _, m := range order[:len(order)-1] {
				b.Run(m)
				testkit.ExpectNoEffects(b)
			}
			b.Run(order[len(order)-1])
			if e := testkit.ExpectEffect[testkit.Stopped](b); !e.PID.Equal(b.PID()) || b.Alive() {
				t.Errorf("%v, alive: %t", e, b.Alive())
			}
			if last := slices.Max(*marked); last != 2 || !h.books.Balanced() {
				t.Errorf("marked up to %d, want 2; balanced: %t", last, h.books.Balanced())
			}
			<-heard
		})
	}
}

// TestConsumersOpenAClaimAgain once its partition consumer is gone, and not before.
func TestConsumersOpenAClaimAgain(t *testing.T) {
	h, _ := claimed(t)
	b := testkit.NewBehavior(t, ConsumersProps(plainQueue))
	up := make(chan error, 1)
	open := func() error {
		b.Run(&openClaim{h, up})
		return <-up
	}
	if err := open(); err != nil {
		t.Fatal(err)
	}
	child := testkit.ExpectEffect[testkit.Spawned](b)
	if child.Name != "tweets-3#7" || h.claim.Consumer != child.PID {
		t.Errorf("%v for %v", child, h.claim.Consumer)
	}
	if err := open(); !errors.Is(err, actor.ErrNameExists) || h.claim.Consumer != child.PID {
		t.Errorf("opened twice: %v, for %v", err, h.claim.Consumer)
	}
	testkit.ExpectNoEffects(b)
	b.Terminate(child.PID)
	if err := open(); err != nil {
		t.Error(err)
	}
	testkit.ExpectEffect[testkit.Spawned](b)
}
