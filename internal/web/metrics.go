package web

import (
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/actorpipe/actorpipe/messages"
)

// metrics answers a scrape. What the process says of itself is in a registry of
// the server; what the report says is in one of the scrape, so that all its
// figures are of one moment.
func (s *Server) metrics() showing {
	process := prometheus.NewRegistry()
	process.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(s.settings.Version),
	)
	names := newDescriptions()
	return func(w http.ResponseWriter, r *http.Request, report *messages.Report) {
		scrape := prometheus.NewRegistry()
		scrape.MustRegister(&collector{descriptions: names, report: report})
		promhttp.HandlerFor(prometheus.Gatherers{scrape, process}, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	}
}

func buildInfo(version string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "actorpipe_build_info",
		Help:        "Always 1; its labels are the versions of the program and of Go.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	g.Set(1)
	return g
}

// descriptions are the metrics that are made from a report. The names are an
// interface.
type descriptions struct {
	ready, uptime                                 *prometheus.Desc
	depth, capacity, parked, senders              *prometheus.Desc
	workers, busy, setAside, gate                 *prometheus.Desc
	consumed, inFlight, settled, repeated, missed *prometheus.Desc
	foreign, lag, restarts, deadLetters           *prometheus.Desc
}

func newDescriptions() *descriptions {
	name := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("actorpipe_"+name, help, labels, nil)
	}
	return &descriptions{
		ready:       name("ready", "1 while no reason speaks against it, else 0."),
		uptime:      name("uptime_seconds", "Seconds since the start of the pipeline."),
		depth:       name("mailbox_depth_records", "Records that wait in the mailbox.", "mailbox"),
		capacity:    name("mailbox_capacity_records", "Records that the mailbox admits.", "mailbox"),
		parked:      name("mailbox_parked_seconds_total", "Seconds during which a sender was parked because the mailbox was full.", "mailbox"),
		senders:     name("mailbox_parked_senders", "Senders that are parked now.", "mailbox"),
		workers:     name("pool_workers", "Workers of the pool.", "pool"),
		busy:        name("pool_workers_busy", "Workers of the pool that have work now.", "pool"),
		setAside:    name("pool_set_aside_records", "Records of the pool that wait for a gate, for a delay, or at the head.", "pool"),
		gate:        name("pool_gate_closed", "1 while the pool hands nothing out, else 0.", "pool"),
		consumed:    name("records_consumed_total", "Records taken from Kafka.", "topic"),
		inFlight:    name("records_in_flight", "Records that are consumed and not settled.", "topic"),
		settled:     name("records_settled_total", "Records by what became of them.", "topic", "outcome"),
		repeated:    name("records_repeated_total", "Outcomes that came a second time, and were ignored.", "topic"),
		missed:      name("records_lost_to_retention_total", "Offsets that the log did not have where the group went on: dropped by retention before they were read, or cut off behind the end.", "topic"),
		foreign:     name("records_superseded_by_foreign_total", "Records of entities, superseded by a version that no record of their partition can have given.", "topic"),
		lag:         name("consumer_lag_records", "Records of the partition that are not settled yet: not read, in flight, or behind one that is.", "topic", "partition"),
		restarts:    name("actor_restarts_total", "Restarts of the actor after a crash.", "actor"),
		deadLetters: name("actor_dead_letters_total", "Messages between actors that found no receiver."),
	}
}
