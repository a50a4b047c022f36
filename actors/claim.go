package actors

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// Partition is one claim as the broker's side hands it over; M is what its
// channel carries. Its channel closes when the claim is revoked or the session
// ends, which is the only sign of either.
type Partition[M any] interface {
	Topic() string
	Partition() int32
	Messages() <-chan M
	Record(m M) messages.Record
	Pause()           // fetches no more of this partition
	Resume()          // fetches it again
	Mark(next int64)  // the offset to read next may be committed; nothing once the claim is over
	HighWater() int64 // the offset that the next record written will have, 0 while unknown
	FetchBytes() int  // of a fetch of this partition
}

// ClaimSettings are what all claims of a run share.
type ClaimSettings struct {
	Topics     map[string]*Topic
	Books      *Books
	Buffers    *Buffers
	DLQ        *mailbox.Lane
	Pools      []*mailbox.Queue   // to sweep when a claim is revoked
	Complaints *Complaints        // to be looked at again after a sweep
	Root       *actor.RootContext // of the system that Consumers lives in
	Consumers  *actor.PID
	HandOver   time.Duration   // the longest wait for what is with a worker when a claim is revoked
	Patience   time.Duration   // the longest wait of a claim before it has its fetching stopped; 0: at once
	Drain      context.Context // done when the drain has begun
	Log        *slog.Logger
	// Turn is called by a claim's goroutine, with the claim's name, each time it
	// goes on after a wait: a test says when. nil: at once.
	Turn func(claim string)
}

// turn waits until the claim's goroutine may go on.
func (c *Claims) turn(claim *messages.Claim) {
	if c.Turn != nil {
		c.Turn(claim.String())
	}
}

// Claims opens a hand for each claim.
type Claims struct {
	ClaimSettings
	number atomic.Int64 // of the last claim
}

// NewClaims returns the claims of a run.
func NewClaims(s ClaimSettings) *Claims { return &Claims{ClaimSettings: s} }

// Feed is the claim's hand on the broker's side, on the claim's own goroutine.
// It passes the partition's records to the lane of their topic until the
// partition's channel closes, then hands the claim over: it returns when nothing
// of it is in flight, when the hand-over has taken too long, or at once when ctx
// is done, which means that the run is over. It panics if there can be no
// partition consumer, because nobody else would read the partition.
func Feed[M any](ctx context.Context, c *Claims, p Partition[M]) {
	in, err := c.open(ctx, p.Topic(), p.Partition(), p)
	switch {
	case ctx.Err() != nil:
		return // the run is over, and says why
	case err != nil:
		fatal(fmt.Errorf("spawn the partition consumer of %s-%d: %w", p.Topic(), p.Partition(), err))
	}
	in.pauseAt, in.resumeAt = p.FetchBytes()/2, p.FetchBytes()/4
	in.valve = in.topic.Ahead.join(p)
	c.Books.open(in.holding)
	for read(ctx, c, in, p) {
		in.pass()
	}
	in.abandon()
	c.handOver(ctx, in)
}

// read waits for what comes first and takes it in; what was waited for goes
// before what is new. false when the claim or the run is over.
func read[M any](ctx context.Context, c *Claims, in *intake, p Partition[M]) bool {
	incoming := p.Messages()
	switch {
	case ctx.Err() != nil:
		return false
	case in.waitOver(), in.patience.lasts:
		incoming = nil
	}
	select {
	case m, ok := <-incoming:
		c.turn(in.claim)
		if !ok {
			return false
		}
		in.add(p.Record(m), len(incoming))
		readReady(in, p)
	case err := <-in.room():
		c.turn(in.claim)
		in.admitted()
		return err == nil
	case <-in.budgetReady():
		c.turn(in.claim)
		in.given()
	case <-in.patience.ends():
		c.turn(in.claim)
		in.patience.ended()
	case <-ctx.Done():
		c.turn(in.claim)
		return false
	}
	return true
}

// readReady takes in what else is ready, up to a full batch.
func readReady[M any](in *intake, p Partition[M]) {
	ready := p.Messages()
	for n := len(in.held); len(ready) > 0 && len(in.held) == n; {
		in.add(p.Record(<-ready), len(ready)) // nobody else receives
	}
}

// open makes what both hands of a claim use, and its partition consumer.
func (c *Claims) open(ctx context.Context, topic string, partition int32, f interface {
	Mark(next int64)
	HighWater() int64
},
) (*intake, error) {
	t := c.Topics[topic]
	h := &holding{
		claim:   &messages.Claim{Topic: topic, Partition: partition, Number: c.number.Add(1), HighWater: f.HighWater},
		tracker: NewTracker(t.Price), budget: t.Budget, books: c.Books, mark: f.Mark,
	}
	up := make(chan error, 1)
	c.Root.Send(c.Consumers, &openClaim{h, up})
	select {
	case err := <-up:
		c.turn(h.claim)
		return &intake{holding: h, topic: t, dlq: c.DLQ, buffers: c.Buffers, patience: patience{bound: c.Patience}}, err
	case <-ctx.Done():
		c.turn(h.claim)
		return nil, context.Cause(ctx)
	}
}

// handOver waits until nothing of the claim is in flight, marks, and lets go.
func (c *Claims) handOver(ctx context.Context, in *intake) {
	start := time.Now()
	if c.Drain.Err() == nil {
		in.claim.Revoke()
		c.sweep(in.holding)
		c.await(ctx, in, c.HandOver)
	} else {
		c.await(ctx, in, 0)
	}
	if next, ok := in.tracker.Committable(); ok {
		in.mark(next)
	}
	books, _ := in.tracker.Books()
	c.Log.Debug("claim let go", "claim", in.claim.String(), "revoked", in.claim.Revoked(), "after", time.Since(start).String(), "in_flight", books.InFlight)
	heard := make(chan struct{}, 1)
	c.Root.Send(in.claim.Consumer, &messages.ClaimEnded{Heard: heard})
	select { // or the end of the tree could overtake the message
	case <-heard:
	case <-ctx.Done():
	}
	c.turn(in.claim)
}

// await returns when nothing of the claim is in flight, the run is over, or,
// unless it is 0, after the bound.
func (c *Claims) await(ctx context.Context, in *intake, bound time.Duration) {
	var late <-chan time.Time
	if bound > 0 {
		t := time.NewTimer(bound)
		defer t.Stop()
		late = t.C
	}
	defer c.turn(in.claim)
	select {
	case <-in.tracker.Idle():
	case <-ctx.Done():
	case <-late:
		c.Log.Warn("claim let go with records in flight: the next owner reads them again", "claim", in.claim.String(), "after", bound.String())
	}
}

// sweep takes what is in no worker's hands out of the pools. It leaves through
// the partition consumer, which ends with the last record: a worker may give
// something back long after the claim has been let go.
func (c *Claims) sweep(h *holding) {
	for _, q := range c.Pools {
		q.Sweep(func(m any) bool { return claimOf(m) == h.claim }, func(m any) {
			c.Root.Send(h.claim.Consumer, &messages.Settled{Ranges: outcomeOf(m, messages.Returned)})
		})
	}
	c.Complaints.lookAgain()
}
