package actors

import (
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// MonitorSettings are what the monitor reads, and how often it reports.
type MonitorSettings struct {
	Interval time.Duration
	Gauges   Gauges
	Stalls   StallSettings
	Log      *slog.Logger
}

// monitor reads every gauge each second, reports each interval, and keeps the
// conditions. It takes part in no data flow.
type monitor struct {
	MonitorSettings
	history    history
	conditions conditions
	stalls     *stalls
	nextReport time.Time
	timer      *time.Timer
}

// tick tells the monitor to read its gauges.
type tick struct{}

// Control puts it on the unbounded lane.
func (*tick) Control() {}

// sampling is how often the gauges are read, unless the interval is shorter.
const sampling = time.Second

// MonitorProps returns the props of the monitor. waiting are the conditions
// that hold from the start, by name.
func MonitorProps(s MonitorSettings, waiting map[string]string, opts ...actor.PropsOption) *actor.Props {
	kept, still := newConditions(waiting, time.Now()), newStalls(&s) // survive a restart
	return props(func() actor.Actor { return &monitor{MonitorSettings: s, conditions: kept, stalls: still} }, opts)
}

// Receive dispatches.
func (a *monitor) Receive(c actor.Context) {
	switch m := again(c.Message()).(type) {
	case messages.MonitorCommand:
		a.handle(c, m)
	case *tick:
		a.tick()
	case *actor.Started:
		a.start(c)
	case *actor.Stopping, *actor.Restarting:
		if a.timer != nil { // it crashed as it started
			a.timer.Stop()
		}
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		unhandled(c)
	}
}

func (a *monitor) handle(c actor.Context, m messages.MonitorCommand) {
	switch m := m.(type) {
	case *messages.DepthQuery:
		c.Respond(&messages.DepthReport{Mailboxes: a.report(time.Now()).Mailboxes})
	case *messages.ReportQuery:
		c.Respond(a.report(time.Now()))
	case *messages.Condition:
		a.conditions.set(m, time.Now(), a.Log)
	}
}

func (a *monitor) start(c actor.Context) {
	now := time.Now()
	a.nextReport = now.Add(a.Interval)
	a.history = newHistory(a.Interval, a.Gauges.read(now))
	self, root := c.Self(), c.ActorSystem().Root
	a.timer = time.AfterFunc(min(sampling, a.Interval), func() { root.Send(self, &tick{}) })
}

func (a *monitor) tick() {
	now := time.Now()
	a.timer.Reset(min(sampling, a.Interval))
	a.history.add(a.Gauges.read(now))
	a.stalls.look(now)
	if now.Before(a.nextReport) {
		return
	}
	a.nextReport = now.Add(a.Interval)
	logReport(a.Log, a.report(now))
}

// report is everything the monitor knows now.
func (a *monitor) report(now time.Time) *messages.Report {
	s := a.Gauges.look(now)
	r := a.history.report(s)
	r.NotReady = append(a.conditions.reasons(), a.stalls.reasons()...)
	if reason := a.history.refusing(&s); reason != "" {
		r.NotReady = append(r.NotReady, reason)
	}
	if a.Gauges.Draining != nil && a.Gauges.Draining() {
		r.NotReady = append(r.NotReady, "draining")
	}
	r.Verdict = verdict(r)
	return r
}

// Gauges are what the monitor reads. All of them can be read from anywhere.
type Gauges struct {
	Lanes       []*mailbox.Lane
	Pools       []PoolGauge
	Books       *Books
	Budgets     map[string]*Budget // by topic
	Restarts    func() []messages.ActorReport
	DeadLetters func() int64
	Draining    func() bool // the end of the run has begun; nil: it never does
	Start       time.Time   // of the run
}

// PoolGauge is a pool and its queue.
type PoolGauge struct {
	Name  string
	Pool  *mailbox.Pool
	Queue *mailbox.Queue
}
