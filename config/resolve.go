package config

import (
	"fmt"
	"log/slog"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// resolve makes a Config of what the files say. It is valid where no problem was
// found.
func resolve(raw *rawConfig, found *problems, bodies []*hclsyntax.Body) *Config {
	r := &resolver{found: found, context: evaluation()}
	end := bodies[0].EndRange // where a block could be added that is not there
	c := defaults()
	if raw.Kafka != nil || !found.meant["kafka"] {
		r.kafka(orEmpty(raw.Kafka, &rawKafka{Range: end}), &c.Kafka)
	}
	r.geoip(orEmpty(raw.GeoIP, &rawGeoIP{Range: end}), &c.GeoIP, raw.Kafka)
	if raw.Elasticsearch != nil || !found.meant["elasticsearch"] {
		r.elasticsearch(orEmpty(raw.Elasticsearch, &rawElasticsearch{Range: end}), &c.Elasticsearch)
	}
	c.Mailboxes = r.mailboxes(raw.Mailboxes, raw.Kafka)
	r.dlq(raw.DLQs, &c.DLQ, raw.Kafka)
	r.monitor(orEmpty(raw.Monitor, &rawMonitor{}), &c.Monitor)
	r.log(orEmpty(raw.Log, &rawLog{}), &c.Log)
	r.size(raw.InFlightLimit, &c.InFlightLimitBytes)
	r.duration(raw.ShutdownGrace, &c.ShutdownGrace)
	return c
}

// orEmpty returns the block, or the empty one where there is none.
func orEmpty[T any](block, empty *T) *T {
	if block == nil {
		return empty
	}
	return block
}

// head is a section, and where it begins.
type head struct {
	name  string
	place hcl.Range
}

// need adds the problem of a key that the section must have and has not, unless a
// misspelt one was taken for it. The line is what could be added.
func (r *resolver) need(key *hcl.Attribute, section head, name, line string) {
	if key == nil && !r.found.meant[name] {
		r.found.at(section.place, section.name+" has no "+name, fmt.Sprintf("add %s to %s", line, section.name))
	}
}

// together adds the problem of two keys of which one is set without the other.
func (r *resolver) together(one, other *hcl.Attribute, names [2]string) {
	switch {
	case one != nil && other == nil && !r.found.meant[names[1]]:
		r.found.at(one.NameRange, fmt.Sprintf("%s is set without %s", names[0], names[1]), "set both or none")
	case one == nil && other != nil && !r.found.meant[names[0]]:
		r.found.at(other.NameRange, fmt.Sprintf("%s is set without %s", names[1], names[0]), "set both or none")
	}
}

func (r *resolver) monitor(raw *rawMonitor, m *Monitor) {
	r.duration(raw.Interval, &m.Interval)
	r.text(raw.Listen, &m.Listen, checkListen)
	r.duration(raw.StallTimeout, &m.StallTimeout)
}

func (r *resolver) log(raw *rawLog, l *Log) {
	pick(r, raw.Level, levels(), &l.Level)
	pick(r, raw.Format, logFormats(), &l.Format)
}

func levels() []choice[slog.Level] {
	return []choice[slog.Level]{
		{"debug", slog.LevelDebug},
		{"info", slog.LevelInfo},
		{"warn", slog.LevelWarn},
		{"error", slog.LevelError},
	}
}
