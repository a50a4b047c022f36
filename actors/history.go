package actors

import (
	"fmt"
	"time"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// sample is all gauges at one time. Its highest depths are of the time since the
// sample before.
type sample struct {
	at          time.Time
	lanes       []laneSample
	pools       []poolSample
	topics      []messages.TopicReport
	partitions  []messages.PartitionReport
	restarts    []messages.ActorReport
	deadLetters int64
	uptime      time.Duration
	waiting     int // claims that wait for budget
}

type laneSample struct {
	name string
	mailbox.Stats
}

type poolSample struct {
	name  string
	lanes []string
	mailbox.PoolStats
	queue mailbox.QueueStats
}

// look reads the gauges.
func (g *Gauges) look(now time.Time) sample {
	s := sample{at: now, uptime: now.Sub(g.Start), deadLetters: g.DeadLetters(), restarts: g.Restarts()}
	for _, l := range g.Lanes {
		s.lanes = append(s.lanes, laneSample{l.Name(), l.Stats()})
	}
	for _, p := range g.Pools {
		var lanes []string
		for _, l := range p.Queue.Lanes() {
			lanes = append(lanes, l.Name())
		}
		s.pools = append(s.pools, poolSample{p.Name, lanes, p.Pool.Stats(), p.Queue.Stats()})
	}
	for _, b := range g.Budgets {
		_, waiting := b.Stats()
		s.waiting += waiting
	}
	s.topics, s.partitions = g.Books.Read()
	return s
}

// read reads the gauges and starts the highest depths anew.
func (g *Gauges) read(now time.Time) sample {
	s := g.look(now)
	for _, l := range g.Lanes {
		l.ResetHighWater()
	}
	return s
}

// history is the samples of the last interval, the oldest first.
type history struct {
	interval time.Duration
	samples  []sample
	settled  []settledSample // of the last settledWindow records
}

func newHistory(interval time.Duration, first sample) history {
	return history{interval: interval, samples: []sample{first}, settled: []settledSample{settledOf(&first)}}
}

// add adds a sample and drops those that are older than the interval.
func (h *history) add(s sample) {
	h.samples = append(h.samples, s)
	for len(h.samples) > 2 && s.at.Sub(h.samples[1].at) >= h.interval {
		h.samples[0] = sample{}
		h.samples = h.samples[1:]
	}
	h.settled = append(h.settled, settledOf(&s))
	for len(h.settled) > 2 && h.settled[1].settled+settledWindow <= settledOf(&s).settled {
		h.settled = h.settled[1:]
	}
}

// If more than refusedLimit of the last settledWindow records went to the DLQ,
// something is wrong with all of them.
const (
	settledWindow = 10_000
	refusedLimit  = 1_000
)

// settledSample is how many records were settled, and how many of them refused.
type settledSample struct{ settled, refused int64 }

func settledOf(s *sample) (out settledSample) {
	for i := range s.topics {
		out.settled += s.topics[i].Settled()
		out.refused += s.topics[i].DeadLettered
	}
	return out
}

// refusing is the reason why the process is not ready, if too much of what it
// settled lately went to the DLQ.
func (h *history) refusing(now *sample) string {
	first, last := h.settled[0], settledOf(now)
	refused, settled := last.refused-first.refused, last.settled-first.settled
	if refused <= refusedLimit || refused*settledWindow <= refusedLimit*settled {
		return ""
	}
	return fmt.Sprintf("dlq: %d of the last %d settled records were refused for good: see their reasons in the DLQ", refused, settled)
}

// report compares now with the oldest sample.
func (h *history) report(now sample) *messages.Report {
	first := &h.samples[0]
	r := &messages.Report{
		Time: now.at.UTC(), UptimeSeconds: now.uptime.Seconds(),
		Topics: now.topics, Partitions: now.partitions, Actors: now.restarts, DeadLetters: now.deadLetters,
	}
	for i := range now.lanes {
		r.Mailboxes = append(r.Mailboxes, h.mailbox(i, &now))
	}
	seconds := max(now.at.Sub(first.at).Seconds(), 1e-9)
	for i := range now.pools {
		p, was := &now.pools[i], &first.pools[i]
		r.Pools = append(r.Pools, messages.PoolReport{
			Name: p.name, Mailboxes: p.lanes, Workers: p.Workers, Busy: p.Busy,
			BusyMean: (p.BusyTime - was.BusyTime).Seconds() / seconds,
			SetAside: p.queue.Delayed + p.queue.SetAside + p.queue.Back, GateClosed: p.queue.GateClosed, GatesOfIndex: p.queue.KeyGatesClosed,
		})
	}
	for _, a := range now.restarts {
		r.Restarts += a.Restarts
	}
	r.WaitingForBudget = now.waiting
	return r
}

func (h *history) mailbox(i int, now *sample) messages.MailboxReport {
	first := &h.samples[0]
	l, was := &now.lanes[i], &first.lanes[i]
	seconds := max(now.at.Sub(first.at).Seconds(), 1e-9)
	highest := l.HighWater
	for _, s := range h.samples[1:] {
		highest = max(highest, s.lanes[i].HighWater)
	}
	percent := func(depth float64) float64 { return 100 * depth / float64(l.Capacity) }
	return messages.MailboxReport{
		Name: l.name, Depth: l.Depth, Capacity: l.Capacity,
		FillPercent: percent(float64(l.Depth)), FillMeanPercent: percent((l.DepthTime - was.DepthTime) / seconds), FillHighestPercent: percent(float64(highest)),
		ParkedSenders: l.Parked, ParkedSeconds: l.ParkedTime.Seconds(), ParkedPercent: 100 * (l.ParkedTime - was.ParkedTime).Seconds() / seconds,
		InPerSecond: float64(l.In-was.In) / seconds, OutPerSecond: float64(l.Out-was.Out) / seconds,
	}
}
