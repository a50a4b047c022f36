package explore_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
)

// run is one run of the program, from start to end: the tree as package
// supervision makes it, without a monitor.
type run struct {
	*world
	ctx         context.Context //nolint:containedctx // the run's
	abort       context.CancelFunc
	drain       context.Context //nolint:containedctx // the drain's
	begin       context.CancelFunc
	holders     int // goroutines that hold a partition
	books       *actors.Books
	budgets     []*actors.Budget
	byName      map[string]*actors.Topic
	enrichers   *mailbox.Queue
	writers     *mailbox.Queue
	dlq         *mailbox.Queue
	enriched    *mailbox.Lane
	letters     *mailbox.Lane
	pools       []*actor.PID // writers, enrichers
	consumers   *actor.PID
	root        *actor.PID
	claims      *actors.Claims
	deadLetters []any
	repeats     []any // dead letters that tell what is known
	before      int   // crashes before the run
	conditions  map[string]string
	complaints  *actors.Complaints
}

func (r *run) over() bool     { return r.ctx.Err() != nil }
func (r *run) draining() bool { return r.drain.Err() != nil }
func (r *run) crashed() bool  { return r.crashes > r.before }

// start plants and spawns the tree.
func (w *world) start() *run {
	r := &run{world: w, before: w.crashes, byName: map[string]*actors.Topic{}, conditions: map[string]string{}}
	r.complaints = actors.NewComplaints(r.condition)
	r.ctx, r.abort = context.WithCancel(w.Context())
	r.drain, r.begin = context.WithCancel(r.ctx)
	r.plant()
	up := false
	root := actor.PropsFromFunc(func(c actor.Context) {
		if _, ok := c.Message().(*actor.Started); ok {
			r.grow(c)
			up = true
		}
	}, r.supervised("writers", "enrichers", "consumers"), r.mailbox("root"))
	var err error
	if r.root, err = w.System().Root.SpawnNamed(w.Props(root), "pipeline"); err != nil {
		w.Fatalf("spawn the root: %v", err)
	}
	w.Until("up", func() bool { return up })
	buffers := &actors.Buffers{}
	r.claims = actors.NewClaims(actors.ClaimSettings{
		Topics: r.byName, Books: r.books, Buffers: buffers, DLQ: r.letters, Pools: []*mailbox.Queue{r.enrichers, r.writers}, Complaints: r.complaints,
		Root: w.System().Root, Consumers: r.consumers, HandOver: w.sizes.handOver, Patience: w.sizes.patience, Drain: r.drain, Log: slog.New(slog.DiscardHandler),
		Turn: func(claim string) { w.Step("feed " + claim) },
	})
	return r
}

// plant makes queues, lanes and topics.
func (r *run) plant() {
	s := &r.sizes
	r.dlq = r.queue("dlq", nil)
	r.letters = r.dlq.AddLane("dlq", s.capacity)
	r.enrichers = r.queue("enrichers", nil)
	r.writers = r.queue("writers", &mailbox.Coalesce{MinBytes: min(s.unit, s.bulk), MaxBytes: s.unit, MaxAge: s.age})
	r.enriched = r.writers.AddLane("enriched", s.capacity)
	buffers := &actors.Buffers{}
	var names []string
	for _, t := range r.topics {
		names = append(names, t.name)
		budget := actors.NewBudget(s.budget)
		r.budgets = append(r.budgets, budget)
		settings := record.PlanSettings{}
		if t.enriched {
			settings = record.PlanSettings{Address: "address", Target: "geo"}
		}
		if t.id == actors.IDField {
			settings.ID = "id"
		}
		plan, err := record.NewPlan(settings)
		if err != nil {
			r.Fatalf("%v", err)
		}
		made := actors.TopicSettings{Name: t.name, Index: t.index, Capacity: s.capacity, Plan: plan, Enriched: t.enriched, ID: t.id, AheadBytes: s.ahead}.Topic(database{r.world}, buffers, budget)
		pool := r.writers
		if t.enriched {
			pool = r.enrichers
		}
		made.Lane = pool.AddLane(t.name, s.capacity)
		r.byName[t.name] = made
	}
	r.books = actors.NewBooks(names)
}

func (r *run) queue(name string, c *mailbox.Coalesce) *mailbox.Queue {
	return mailbox.NewQueue(mailbox.Settings{
		Context: r.ctx, Coalesce: c, Backoff: r.backoff().Wait, Scheduler: r.Scheduler(name),
		Key: func(m any) string {
			if d, ok := m.(*messages.DocumentBatch); ok {
				return r.indexOf(d.Claim.Topic)
			}
			return ""
		},
	})
}

// mailbox is that of an actor which hears control messages only.
func (r *run) mailbox(name string) actor.PropsOption { return on(r.queue(name, nil)) }

func on(q *mailbox.Queue) actor.PropsOption {
	return actor.WithMailbox(func() actor.Mailbox { return mailbox.New(q) })
}

// grow spawns the children of the root.
func (r *run) grow(c actor.Context) {
	child := func(name string, p *actor.Props) *actor.PID {
		pid, err := c.SpawnNamed(p, name)
		if err != nil {
			r.Errorf("spawn %s: %v", name, err)
		}
		return pid
	}
	formats := map[string]*actors.Format{}
	for name, t := range r.byName {
		formats[name] = t.Format
	}
	child("dlq", actors.DLQProps(r.ctx, &store{r.world, map[*messages.DeadLetters]bool{}}, on(r.dlq), r.crashing()))
	writer := actors.WriterProps(actors.WriterSettings{
		Run: r.ctx, Pool: r.writers, DLQ: r.letters, Limit: actors.NewBulkLimit(r.sizes.bulk), Backoff: r.backoff(), Index: r.indexOf,
		Complaints: r.complaints, Foreign: actors.NewForeign(r.books, slog.New(slog.DiscardHandler)), Log: slog.New(slog.DiscardHandler),
	}, func() actors.Bulker { return bulker{r.world} }, r.crashing())
	enricher := actors.EnricherProps(actors.EnricherSettings{Formats: formats, Writers: r.enriched, DLQ: r.letters}, r.crashing())
	r.pools = []*actor.PID{
		child("writers", r.pool("writer", 0, r.writers, writer)),
		child("enrichers", r.pool("enricher", r.sizes.enrichers, r.enrichers, enricher)),
	}
	newQueue := func() *mailbox.Queue { return r.queue("consumer", nil) }
	r.consumers = child("consumers", actors.ConsumersProps(newQueue, r.supervised(), r.mailbox("consumers"), r.crashing(), actor.WithSpawnMiddleware(r.crashingToo)))
}

func (r *run) pool(name string, size int, q *mailbox.Queue, worker *actor.Props) *actor.Props {
	return mailbox.NewPool(mailbox.PoolSettings{Name: name, Size: size, Queue: q, Worker: worker, Supervisor: r.boss()}).Props(r.crashing())
}

// crashing has an actor crash now and then, before or after a message.
func (r *run) crashing() actor.PropsOption {
	return actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(c actor.ReceiverContext, env *actor.MessageEnvelope) {
			switch env.Message.(type) {
			case actor.SystemMessage, actor.AutoReceiveMessage:
				next(c, env)
				return
			}
			if r.fault(1, 80) {
				r.crash("crash before its message")
			}
			next(c, env)
			if r.fault(1, 80) {
				r.crash("crash after its message")
			}
		}
	})
}

// crashingToo is crashing for what an actor spawns.
func (r *run) crashingToo(next actor.SpawnFunc) actor.SpawnFunc {
	return func(system *actor.ActorSystem, id string, p *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
		return next(system, id, p.Clone(r.crashing()), parent)
	}
}

// boss has children go on after a crash, and ends the run for a fatal error.
type boss struct {
	*run
	resumed map[string]bool
}

func (r *run) boss(resumed ...string) *boss {
	b := &boss{r, map[string]bool{}}
	for _, name := range resumed {
		b.resumed["pipeline/"+name] = true
	}
	return b
}

func (r *run) supervised(resumed ...string) actor.PropsOption {
	return actor.WithSupervisor(r.boss(resumed...))
}

// HandleFailure is what package supervision does, without a limit.
func (b *boss) HandleFailure(_ *actor.ActorSystem, parent actor.Supervisor, child *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	err, _ := reason.(error) // nil: of crashing
	var fatal *actors.Fatal
	if errors.As(err, &fatal) {
		if !errors.Is(fatal, errFatal) && !strings.Contains(fatal.Error(), "crashed twice") { // the DLQ may
			b.Errorf("%s: fatal: %v", child.Id, err)
		}
		b.kill()
		return
	}
	b.Logf("%s crashed: %v", child.Id, reason)
	time.AfterFunc(b.duration(b.sizes.restart), func() {
		switch {
		case b.over():
		case b.resumed[child.Id]:
			parent.ResumeChildren(child)
		default:
			parent.RestartChildren(child)
		}
	})
}

// kill ends the run at once.
func (r *run) kill() {
	r.begin()
	r.abort()
}
