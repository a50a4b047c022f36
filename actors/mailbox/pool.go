package mailbox

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
)

// PoolSettings of a Pool.
type PoolSettings struct {
	Name       string                   // of the workers: Name-1, Name-2 and so on
	Size       int                      // workers to begin with; 0 is allowed
	Queue      *Queue                   // what they take from; the pool's alone
	Worker     *actor.Props             // its mailbox is replaced
	Supervisor actor.SupervisorStrategy // of the workers; nil: protoactor-go's own, which restarts ten times in ten seconds
}

// Pool is one actor whose workers take from the lanes of one queue, so that a
// worker that is stuck holds nobody up. A worker receives *Unit.
type Pool struct {
	settings PoolSettings
	worker   *actor.Props
	workers  atomic.Int32 // for Stats

	// the actor's own
	mailbox  *Mailbox
	size     int
	stopping bool               // to be restarted
	names    map[int]*actor.PID // by number; those that are leaving too
	active   []int              // numbers of those that are not leaving, oldest first
}

// Resize is a control message to a pool: it is to have that many workers. Those
// that are too many leave as they are through with what they have in their
// hands. With 0 the lanes fill and nothing is handed out.
type Resize struct{ Size int }

// Control puts Resize on the unbounded lane.
func (Resize) Control() {}

// NewPool makes a pool, which works once its Props are spawned.
func NewPool(s PoolSettings) *Pool {
	p := &Pool{settings: s, size: s.Size, names: make(map[int]*actor.PID)}
	p.worker = s.Worker.Clone(actor.WithMailbox(func() actor.Mailbox { return newMailbox(s.Queue, worker) }))
	return p
}

// Props are those of the pool's actor, to be spawned once at a time. Control
// messages sent to its PID are the pool's own, a PoisonPill has everything
// drained before it stops, and anything else goes into the first lane as by
// Post, without its sender. A worker that ends unasked is replaced; its unit goes to another.
func (p *Pool) Props(opts ...actor.PropsOption) *actor.Props {
	own := []actor.PropsOption{actor.WithMailbox(func() actor.Mailbox {
		p.mailbox = newMailbox(p.settings.Queue, pooler)
		return p.mailbox
	})}
	if p.settings.Supervisor != nil {
		own = append(own, actor.WithSupervisor(p.settings.Supervisor))
	}
	return actor.PropsFromFunc(p.receive, append(own, opts...)...)
}

func (p *Pool) receive(c actor.Context) {
	msg := c.Message()
	if again, ok := msg.(*Redelivered); ok {
		msg = again.Message
	}
	switch msg := msg.(type) {
	case *actor.Started:
		p.stopping = false
		p.resize(c)
	case *Resize:
		p.size = msg.Size
		p.resize(c)
	case Resize:
		p.size = msg.Size
		p.resize(c)
	case *actor.Terminated:
		p.lost(c, msg.Who)
	case *actor.Restarting:
		p.stopping = true
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		c.ActorSystem().DeadLetter.SendUserMessage(c.Self(), msg)
	}
}

// resize spawns workers, or lets the newest go, until there are as many as asked for.
func (p *Pool) resize(c actor.Context) {
	if p.stopping || p.mailbox.stopping {
		return
	}
	for len(p.active) < p.size {
		n := p.free()
		pid, err := c.SpawnNamed(p.worker, fmt.Sprintf("%s-%d", p.settings.Name, n))
		if err != nil {
			panic(fmt.Errorf("spawn worker %s-%d: %w", p.settings.Name, n, err))
		}
		p.names[n] = pid
		p.active = append(p.active, n)
	}
	for len(p.active) > max(p.size, 0) {
		last := len(p.active) - 1
		c.Stop(p.names[p.active[last]])
		p.active = p.active[:last]
	}
	p.workers.Store(int32(len(p.active)))
}

// free is the lowest number that no worker has.
func (p *Pool) free() int {
	n := 1
	for p.names[n] != nil {
		n++
	}
	return n
}

// lost forgets a worker that has terminated, and replaces it if it was wanted.
func (p *Pool) lost(c actor.Context, who *actor.PID) {
	for n, pid := range p.names {
		if pid.Equal(who) {
			delete(p.names, n)
			p.active = slices.DeleteFunc(p.active, func(x int) bool { return x == n })
		}
	}
	p.workers.Store(int32(len(p.active)))
	p.resize(c)
}
