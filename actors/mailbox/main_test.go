package mailbox

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// load is a message of the tests.
type load struct {
	id, weight, size int
	key              string
}

func (l *load) Weight() int { return l.weight }
func (l *load) Size() int   { return l.size }

func one(id int) *load { return &load{id: id, weight: 1} }

// note is a control message.
type note struct{ text string }

func (*note) Control()         {}
func (n *note) String() string { return n.text }

// rig is an actor system, and what became of its messages.
type rig struct {
	t      testing.TB
	system *actor.ActorSystem
	start  time.Time

	mu   sync.Mutex // guards all below
	log  []string
	dead []any
}

func newRig(t testing.TB) *rig {
	logger := func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }
	r := &rig{t: t, start: time.Now()}
	r.system = actor.NewActorSystem(actor.WithDeadLetterThrottleInterval(1), actor.WithLoggerFactory(logger))
	r.system.EventStream.Subscribe(func(event any) {
		d, ok := event.(*actor.DeadLetterEvent)
		if !ok {
			return
		}
		switch d.Message.(type) {
		case actor.SystemMessage, actor.MailboxMessage, *Resize:
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.dead = append(r.dead, d.Message)
	})
	return r
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, test func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		defer pass(time.Second) // protoactor-go's dead letters keep a goroutine for a while
		test(newRig(t))
	})
}

// pass moves virtual time, and lets everybody come to rest.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// note writes down what happened, and the time.
func (r *rig) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	what := fmt.Sprintf(format, args...)
	r.log = append(r.log, fmt.Sprintf("%s@%v", what, time.Since(r.start)))
}

// happened checks what was noted since the last time.
func (r *rig) happened(want ...string) {
	r.t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if fmt.Sprintf("%v", r.log) != fmt.Sprintf("%v", want) {
		r.t.Errorf("happened %v, want %v", r.log, want)
	}
	r.log = nil
}

// died checks the dead letters since the last time.
func (r *rig) died(want ...any) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if fmt.Sprintf("%v", r.dead) != fmt.Sprintf("%v", want) {
		r.t.Errorf("dead letters %v, want %v", r.dead, want)
	}
	r.dead = nil
}

func lifecycle(msg any) bool {
	switch msg.(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage:
		return true
	}
	return false
}

// restart is a strategy that always restarts.
func restart() actor.SupervisorStrategy {
	return actor.NewOneForOneStrategy(1000, time.Hour, actor.DefaultDecider)
}

func decide(d actor.Directive) actor.SupervisorStrategy {
	return actor.NewOneForOneStrategy(1000, time.Hour, func(any) actor.Directive { return d })
}

// spawn makes an actor on q under a parent with that strategy, and returns it
// with its parent.
func (r *rig) spawn(mb actor.MailboxProducer, s actor.SupervisorStrategy, f func(c actor.Context)) (pid, parent *actor.PID) {
	props := actor.PropsFromFunc(func(c actor.Context) {
		if !lifecycle(c.Message()) {
			f(c)
		}
	}, actor.WithMailbox(mb))
	return r.spawnProps(props, s)
}

func (r *rig) spawnProps(props *actor.Props, s actor.SupervisorStrategy) (pid, parent *actor.PID) {
	born := make(chan *actor.PID, 1)
	parent = r.system.Root.Spawn(actor.PropsFromFunc(func(c actor.Context) {
		if _, ok := c.Message().(*actor.Started); ok {
			born <- c.Spawn(props)
		}
	}, actor.WithSupervisor(s)))
	return <-born, parent
}

// single makes an actor that owns q and hands its messages to f.
func (r *rig) single(q *Queue, s actor.SupervisorStrategy, f func(msg any)) (pid, parent *actor.PID) {
	return r.spawn(func() actor.Mailbox { return New(q) }, s, func(c actor.Context) { f(c.Message()) })
}

// pool makes a pool whose workers hand their units to f.
func (r *rig) pool(size int, q *Queue, s actor.SupervisorStrategy, f func(u *Unit)) (*Pool, *actor.PID) {
	p := NewPool(PoolSettings{Name: "worker", Size: size, Queue: q, Supervisor: s, Worker: actor.PropsFromFunc(func(c actor.Context) {
		if u, ok := c.Message().(*Unit); ok {
			f(u)
		}
	})})
	pid := r.system.Root.Spawn(p.Props())
	synctest.Wait()
	return p, pid
}

// stop stops an actor and waits until it has terminated.
func (r *rig) stop(pid *actor.PID) {
	f := actor.NewFuture(r.system, -1)
	if p, ok := r.system.ProcessRegistry.Get(pid); ok {
		p.SendSystemMessage(pid, &actor.Watch{Watcher: f.PID()})
		r.system.Root.Stop(pid)
		_ = f.Wait()
	}
}

func (r *rig) post(l *Lane, msgs ...*load) {
	r.t.Helper()
	for _, m := range msgs {
		if t, err := l.Offer(m); t != nil || err != nil {
			r.t.Fatalf("offer %d: ticket %v, error %v", m.id, t, err)
		}
	}
}

func ids(msgs []any) (out []int) {
	for _, m := range msgs {
		out = append(out, m.(*load).id)
	}
	return out
}

func (l *load) String() string { return fmt.Sprint(l.id) }
