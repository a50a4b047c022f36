package supervision

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// ErrImbalance is what a run ends with whose books do not balance.
var ErrImbalance = errors.New("the books do not balance: this is a bug, see the last report")

// Pipeline is one run of the actor tree.
type Pipeline struct {
	Settings
	runner *Runner
	system *actor.ActorSystem
	tally  *tally
	tree   tree
	claims *actors.Claims
	start  time.Time
	drain  context.Context // done when the drain has begun, or the run is over
	begin  context.CancelFunc
	beside []func() // what Run starts once the tree is there
}

// New makes a pipeline. Nothing runs before Run.
func New(s Settings) *Pipeline {
	p := &Pipeline{Settings: s, runner: NewRunner(), tally: newTally(s.Log), start: time.Now()}
	p.drain, p.begin = context.WithCancel(p.runner.Context())
	p.system = actor.NewActorSystem(
		actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }), // it would log whole records
		actor.WithDeadLetterThrottleInterval(1), // its goroutine sleeps that long, in nanoseconds, after the end
	)
	if s.Spawn != nil {
		p.system.Root.WithSpawnMiddleware(s.Spawn)
	}
	p.system.EventStream.Subscribe(p.tally.observe)
	p.plant()
	return p
}

// Go has Run run f beside the actors until the run is over; its error ends the
// run under that name. To be called before Run.
func (p *Pipeline) Go(name string, f func(run context.Context) error) {
	p.beside = append(p.beside, func() { p.runner.Go(name, f) })
}

// Abort ends the run at once with err, without a drain.
func (p *Pipeline) Abort(err error) { p.runner.Abort(err) }

// Run spawns the tree and runs consume, which hands every claim to actors.Feed
// with Claims, until drain is done and the group is left, or run is done. It returns when the tree is down: nil after a drain in
// which everything was settled, the first fatal error otherwise.
func (p *Pipeline) Run(ctx context.Context, consume func(drain, run context.Context) error) error {
	if err := p.spawn(); err != nil { //nolint:contextcheck // the run is no child of the caller's context: its end is the drain
		p.runner.Abort(err)
		p.stop()
		return p.runner.End()
	}
	p.claims = actors.NewClaims(actors.ClaimSettings{
		Topics: p.tree.topics, Books: p.tree.books, Buffers: p.tree.buffers, DLQ: p.tree.dlqLane,
		Pools: []*mailbox.Queue{p.tree.enrichers.queue, p.tree.writers.queue}, Complaints: p.tree.complaints, Root: p.system.Root, Consumers: p.tree.consumers,
		HandOver: p.HandOver, Patience: claimPatience, Drain: p.drain, Log: p.Log,
	})
	for _, start := range p.beside {
		start()
	}
	left := make(chan struct{})
	p.runner.Go("kafka", func(run context.Context) error {
		defer close(left)
		err := consume(p.drain, run)
		if err == nil && p.drain.Err() == nil {
			return errors.New("consumption ended unasked")
		}
		return err
	})
	down := make(chan struct{})
	p.runner.Go("shutdown", func(run context.Context) error { return p.shutdown(ctx, run, down) })
	p.await(left, "the consumer group is not left")
	p.tree.books.AwaitSettled(p.runner.Context()) //nolint:contextcheck // of claims that were lost before: until the run is over
	p.stop()
	close(down)
	return p.close()
}

// stopPatience is how long the run's end is waited for once it has been
// cancelled: who heeds no context by then is stuck for good.
const stopPatience = 3 * time.Second

// await returns when done is closed, or stopPatience after the end of the run.
func (p *Pipeline) await(done <-chan struct{}, otherwise string) {
	select {
	case <-done:
		return
	case <-p.runner.Context().Done():
	}
	patience := time.NewTimer(stopPatience)
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
		p.Log.Error("given up waiting: "+otherwise, "after", stopPatience.String())
	}
}

// close ends the run and draws the balance.
func (p *Pipeline) close() error {
	p.begin()
	err := p.runner.End()
	topics, _ := p.tree.books.Read()
	for i := range topics {
		b := topics[i].Books
		p.Log.Info("books", "topic", topics[i].Name, "consumed", b.Consumed, "indexed", b.Indexed, "duplicate", b.Duplicate, "superseded", b.Superseded,
			"deleted", b.Deleted, "ignored", b.Ignored, "dead_lettered", b.DeadLettered, "returned", b.Returned, "in_flight", b.InFlight)
		if !b.Balanced() {
			err = errors.Join(err, fmt.Errorf("topic %s: %w", topics[i].Name, ErrImbalance))
		}
	}
	return err
}

// stop stops the tree from its root and waits until it is down, or an actor is
// stuck in it.
func (p *Pipeline) stop() {
	if p.tree.root == nil {
		return
	}
	down := make(ending)
	watcher, _ := p.system.ProcessRegistry.Add(down, "down-"+p.system.ProcessRegistry.NextId())
	defer p.system.ProcessRegistry.Remove(watcher)
	if process, ok := p.system.ProcessRegistry.Get(p.tree.root); ok {
		process.SendSystemMessage(p.tree.root, &actor.Watch{Watcher: watcher})
		p.system.Root.Stop(p.tree.root)
		p.await(down, "an actor does not return from its message")
	}
	p.system.Shutdown()
}

// ending is a process that is closed when the one actor that it watches has
// terminated.
type ending chan struct{}

// SendUserMessage does nothing: nobody has its PID.
func (ending) SendUserMessage(*actor.PID, any) {}

// SendSystemMessage hears that the actor has terminated.
func (e ending) SendSystemMessage(_ *actor.PID, message any) {
	if _, ok := message.(*actor.Terminated); ok {
		close(e)
	}
}

// Stop does nothing: whoever watches removes it.
func (ending) Stop(*actor.PID) {}

// Claims open the hands of claims; for what Run was given to consume.
func (p *Pipeline) Claims() *actors.Claims { return p.claims }

// Lost counts records that the broker dropped before they were read.
func (p *Pipeline) Lost(topic string, records int64) { p.tree.books.Lost(topic, records) }

// Condition says that something is wrong, or with an empty reason that it no
// longer is.
func (p *Pipeline) Condition(name, reason string) {
	if p.runner.Context().Err() == nil {
		p.system.Root.Send(p.tree.monitor, &messages.Condition{Name: name, Reason: reason})
	}
}

// StartWriters has the writers begin; until then their mailboxes fill.
func (p *Pipeline) StartWriters() {
	p.system.Root.Send(p.tree.writers.pid, &mailbox.Resize{Size: p.Writers})
}

// Books are the accounts of the run; they can be read after its end too.
func (p *Pipeline) Books() *actors.Books { return p.tree.books }

func (p *Pipeline) enriches() bool {
	return slices.ContainsFunc(p.Topics, func(t actors.TopicSettings) bool { return t.Enriched })
}
