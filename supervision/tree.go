package supervision

import (
	"context"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// The names in the tree:
//
//	pipeline               root: a failure of it is fatal
//	├─ monitor             reads every gauge
//	├─ dlq                 mailbox "dlq"
//	├─ writers             pool; a mailbox for each topic that is not enriched, and "enriched"
//	│  └─ writer-1 .. n
//	├─ enrichers           pool; a mailbox for each topic that is enriched
//	│  └─ enricher-1 .. m
//	└─ consumers
//	   └─ tweets-0#1 ..    a partition consumer for each claim
const (
	nameRoot      = "pipeline"
	nameMonitor   = "monitor"
	nameDLQ       = "dlq"
	nameWriters   = "writers"
	nameWriter    = "writer" // and its number
	nameEnrichers = "enrichers"
	nameEnricher  = "enricher" // and its number
	nameConsumers = "consumers"
	laneEnriched  = "enriched"
)

// tree is what the actors are made of, and the actors once they are spawned.
type tree struct {
	books      *actors.Books
	buffers    *actors.Buffers
	topics     map[string]*actors.Topic
	budgets    map[string]*actors.Budget
	complaints *actors.Complaints
	dlqQueue   *mailbox.Queue
	dlqLane    *mailbox.Lane
	writers    pool
	enrichers  pool // zero where no topic is enriched
	enriched   *mailbox.Lane

	root, monitor, consumers *actor.PID
	consumersQueue           *mailbox.Queue // of the partition consumers' parent
}

// pool is a pool and its queue.
type pool struct {
	*mailbox.Pool
	queue *mailbox.Queue
	pid   *actor.PID
}

// plant makes the queues, lanes, budgets and formats.
func (p *Pipeline) plant() {
	run := p.runner.Context()
	t := &p.tree
	t.buffers = &actors.Buffers{}
	t.complaints = actors.NewComplaints(p.Condition)
	t.topics, t.budgets = map[string]*actors.Topic{}, map[string]*actors.Budget{}
	t.dlqQueue = mailbox.NewQueue(mailbox.Settings{Context: run})
	t.dlqLane = t.dlqQueue.AddLane(nameDLQ, p.DLQCapacity)
	t.writers.queue = mailbox.NewQueue(mailbox.Settings{
		Context:  run,
		Coalesce: &mailbox.Coalesce{MinBytes: min(minBulkBytes, p.MaxBulkBytes), MaxBytes: p.MaxBulkBytes, MaxAge: p.MaxBulkAge},
		Key:      p.indexOf,
		Backoff:  p.Backoff.Wait,
	})
	t.enrichers.queue = mailbox.NewQueue(mailbox.Settings{Context: run})
	t.consumersQueue = p.queue()
	names := make([]string, 0, len(p.Topics))
	for _, s := range p.Topics {
		names = append(names, s.Name)
		t.budgets[s.Name] = actors.NewBudget(p.InFlightBytes / int64(len(p.Topics)))
		t.topics[s.Name] = s.Topic(p.Locator, t.buffers, t.budgets[s.Name])
		if s.Enriched {
			t.topics[s.Name].Lane = t.enrichers.queue.AddLane(s.Name, s.Capacity)
		} else {
			t.topics[s.Name].Lane = t.writers.queue.AddLane(s.Name, s.Capacity)
		}
	}
	t.books = actors.NewBooks(names)
	if p.enriches() {
		t.enriched = t.writers.queue.AddLane(laneEnriched, p.EnrichedCapacity)
	}
}

// spawn spawns the tree. Everything below the root is there when it returns.
func (p *Pipeline) spawn() error {
	up := make(chan error, 1)
	root := actor.PropsFromFunc(func(c actor.Context) {
		if _, ok := c.Message().(*actor.Started); ok {
			up <- p.grow(c)
		}
	}, p.supervised(nameWriters, nameEnrichers, nameConsumers), actor.WithGuardian(&guardian{p.runner}), p.mailbox())
	var err error
	if p.tree.root, err = p.system.Root.SpawnNamed(root, nameRoot); err != nil {
		return fmt.Errorf("spawn %s: %w", nameRoot, err)
	}
	select {
	case err := <-up:
		return err
	case <-p.runner.Context().Done(): // the root crashed
		return context.Cause(p.runner.Context())
	}
}

// grow spawns the children of the root: first those that others report to.
func (p *Pipeline) grow(c actor.Context) (err error) {
	t := &p.tree
	child := func(name string, props *actor.Props) (pid *actor.PID) {
		if err == nil {
			if pid, err = c.SpawnNamed(props, name); err != nil {
				err = fmt.Errorf("spawn %s: %w", name, err)
			}
		}
		return pid
	}
	writers := actors.WriterProps(p.writerSettings(), p.Bulkers)
	t.writers.Pool = p.newPool(nameWriter, 0, t.writers.queue, writers) // they start with StartWriters
	if p.enriches() {
		t.enrichers.Pool = p.newPool(nameEnricher, p.Enrichers, t.enrichers.queue, actors.EnricherProps(p.enricherSettings()))
	}
	t.monitor = child(nameMonitor, actors.MonitorProps(p.monitorSettings(), p.Waiting, p.mailbox()))
	child(nameDLQ, actors.DLQProps(p.runner.Context(), p.DLQ, on(t.dlqQueue)))
	t.writers.pid = child(nameWriters, t.writers.Props())
	if p.enriches() {
		t.enrichers.pid = child(nameEnrichers, t.enrichers.Props())
	}
	t.consumers = child(nameConsumers, actors.ConsumersProps(p.queue, p.supervised(), on(t.consumersQueue)))
	return err
}

func (p *Pipeline) newPool(name string, size int, queue *mailbox.Queue, worker *actor.Props) *mailbox.Pool {
	s := p.strategy()
	s.together = true
	return mailbox.NewPool(mailbox.PoolSettings{Name: name, Size: size, Queue: queue, Worker: worker, Supervisor: s})
}

// supervised has the children of an actor restarted, or resumed if they are named.
func (p *Pipeline) supervised(resumed ...string) actor.PropsOption {
	s := p.strategy()
	for _, name := range resumed {
		s.resumed[name] = true
	}
	return actor.WithSupervisor(s)
}

func (p *Pipeline) strategy() *strategy {
	return &strategy{Runner: p.runner, tally: p.tally, log: p.Log, resumed: map[string]bool{}, crashes: map[string][]crashed{}}
}

// queue is that of an actor which hears control messages only.
func (p *Pipeline) queue() *mailbox.Queue {
	return mailbox.NewQueue(mailbox.Settings{Context: p.runner.Context()})
}

// mailbox is that of an actor which hears control messages only.
func (p *Pipeline) mailbox() actor.PropsOption { return on(p.queue()) }

// on gives an actor the mailbox of a queue of its own.
func on(q *mailbox.Queue) actor.PropsOption {
	return actor.WithMailbox(func() actor.Mailbox { return mailbox.New(q) })
}

func (p *Pipeline) writerSettings() actors.WriterSettings {
	return actors.WriterSettings{
		Run: p.runner.Context(), Pool: p.tree.writers.queue, DLQ: p.tree.dlqLane, Limit: actors.NewBulkLimit(p.MaxBulkBytes),
		Backoff: p.Backoff, Index: func(topic string) string { return p.tree.topics[topic].Index },
		Complaints: p.tree.complaints, Foreign: actors.NewForeign(p.tree.books, p.Log), Log: p.Log,
	}
}

func (p *Pipeline) enricherSettings() actors.EnricherSettings {
	formats := map[string]*actors.Format{}
	for name, t := range p.tree.topics {
		formats[name] = t.Format
	}
	return actors.EnricherSettings{Formats: formats, Writers: p.tree.enriched, DLQ: p.tree.dlqLane}
}

func (p *Pipeline) monitorSettings() actors.MonitorSettings {
	t := &p.tree
	pools := []actors.PoolGauge{{Name: nameWriters, Pool: t.writers.Pool, Queue: t.writers.queue}}
	if p.enriches() {
		pools = append(pools, actors.PoolGauge{Name: nameEnrichers, Pool: t.enrichers.Pool, Queue: t.enrichers.queue})
	}
	return actors.MonitorSettings{Interval: p.ReportInterval, Stalls: p.stallSettings(), Log: p.Log, Gauges: actors.Gauges{
		Lanes: p.lanes(), Pools: pools, Books: t.books, Budgets: t.budgets,
		Restarts: p.tally.readRestarts, DeadLetters: p.tally.countDeadLetters, Start: p.start,
		Draining: func() bool { return p.drain.Err() != nil },
	}}
}

// stallSettings name the queues in the order in which records pass them.
func (p *Pipeline) stallSettings() actors.StallSettings {
	t := &p.tree
	return actors.StallSettings{
		Timeout: p.StallTimeout, Fatal: p.Abort, Control: []*mailbox.Queue{t.consumersQueue},
		Data: []actors.QueueGauge{
			{Actor: nameRoot + "/" + nameEnrichers, Queue: t.enrichers.queue},
			{Actor: nameRoot + "/" + nameWriters, Queue: t.writers.queue},
			{Actor: nameRoot + "/" + nameDLQ, Queue: t.dlqQueue, Stores: true},
		},
	}
}

// lanes are all mailboxes: those of the topics in their order, enriched, dlq.
func (p *Pipeline) lanes() (all []*mailbox.Lane) {
	for _, s := range p.Topics {
		all = append(all, p.tree.topics[s.Name].Lane)
	}
	if p.enriches() {
		all = append(all, p.tree.enriched)
	}
	return append(all, p.tree.dlqLane)
}

// indexOf is the key of the gate that a message of the writers' pool waits for.
func (p *Pipeline) indexOf(message any) string {
	if d, ok := message.(*messages.DocumentBatch); ok {
		return p.tree.topics[d.Claim.Topic].Index
	}
	return ""
}
