package web

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/actorpipe/actorpipe/messages"
)

// collector is one report as metrics.
type collector struct {
	*descriptions
	report *messages.Report
}

// Describe names all metrics, also those that this report has none of.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		c.ready, c.uptime, c.depth, c.capacity, c.parked, c.senders, c.workers, c.busy, c.setAside, c.gate,
		c.consumed, c.inFlight, c.settled, c.repeated, c.missed, c.foreign, c.lag, c.restarts, c.deadLetters,
	} {
		out <- d
	}
}

// Collect sends the figures of the report.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	m := metricSink(out)
	m.gauge(c.ready, truth(len(c.report.NotReady) == 0))
	m.gauge(c.uptime, c.report.UptimeSeconds)
	m.counter(c.deadLetters, float64(c.report.DeadLetters))
	for _, b := range c.report.Mailboxes {
		m.gauge(c.depth, float64(b.Depth), b.Name)
		m.gauge(c.capacity, float64(b.Capacity), b.Name)
		m.gauge(c.senders, float64(b.ParkedSenders), b.Name)
		m.counter(c.parked, b.ParkedSeconds, b.Name)
	}
	for _, p := range c.report.Pools {
		m.gauge(c.workers, float64(p.Workers), p.Name)
		m.gauge(c.busy, float64(p.Busy), p.Name)
		m.gauge(c.setAside, float64(p.SetAside), p.Name)
		m.gauge(c.gate, truth(p.GateClosed), p.Name)
	}
	for i := range c.report.Topics {
		c.collectTopic(m, &c.report.Topics[i])
	}
	for _, p := range c.report.Partitions {
		m.gauge(c.lag, float64(p.Lag), p.Topic, strconv.Itoa(int(p.Partition)))
	}
	for _, a := range c.report.Actors {
		m.counter(c.restarts, float64(a.Restarts), a.Path)
	}
}

func (c *collector) collectTopic(m metricSink, t *messages.TopicReport) {
	m.counter(c.consumed, float64(t.Consumed), t.Name)
	m.gauge(c.inFlight, float64(t.InFlight), t.Name)
	m.counter(c.repeated, float64(t.Repeated), t.Name)
	m.counter(c.missed, float64(t.LostToRetention), t.Name)
	m.counter(c.foreign, float64(t.Foreign), t.Name)
	for o := range messages.Outcomes {
		outcome := messages.Outcome(o)
		m.counter(c.settled, float64(*t.Outcome(outcome)), t.Name, outcome.String())
	}
}

type metricSink chan<- prometheus.Metric

func (m metricSink) gauge(d *prometheus.Desc, value float64, labels ...string) {
	m <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func (m metricSink) counter(d *prometheus.Desc, value float64, labels ...string) {
	m <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
