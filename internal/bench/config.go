package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/elastic"
	"github.com/actorpipe/actorpipe/internal/kafka"
)

// writeConfig writes the configuration that a run of any variant is given, and
// returns its path. The group is a new one: it reads everything.
func writeConfig(from source, number int, sink, listen string) (string, error) {
	brokers := ""
	for _, b := range from.brokers {
		brokers += fmt.Sprintf("%q, ", b)
	}
	path := filepath.Join(from.dir, fmt.Sprintf("%d.hcl", number))
	return path, os.WriteFile(path, fmt.Appendf(nil, `kafka {
  brokers = [%s]
  group   = %q
  topic %q { address = "RemoteAddress" }
  topic %q {}
}
geoip { database = %q }
elasticsearch { addresses = [%q] }
dlq "file" { path = %q }
monitor { listen = %q }
`, brokers, fmt.Sprintf("%s-bench-%d", from.tweets, number), from.tweets, from.users, from.geoip, sink, filepath.Join(from.dir, "dlq.ndjson"), listen), 0o600)
}

// kafkaSettings are those that actorpipe makes of the same configuration.
func kafkaSettings(c config.Kafka) kafka.Settings {
	s := kafka.Settings{
		Brokers: c.Brokers, Group: c.Group, ClientID: c.ClientID, SessionTimeout: c.SessionTimeout, HandOver: c.HandOver,
		CommitInterval: c.CommitInterval, TopicTimeout: c.TopicTimeout, FetchMemory: c.FetchMemoryBytes,
	}
	for _, t := range c.Topics {
		s.Topics = append(s.Topics, t.Name)
	}
	return s
}

// elasticSettings are those that actorpipe makes of the same configuration.
func elasticSettings(c *config.Config) elastic.Settings {
	es := c.Elasticsearch
	s := elastic.Settings{Addresses: es.Addresses, RequestTimeout: es.RequestTimeout, Gzip: es.Gzip, Connections: es.Workers, Routes: map[string]elastic.Route{}}
	for _, t := range c.Kafka.Topics {
		s.Routes[t.Name] = elastic.Route{Index: t.Index, Target: t.Target}
	}
	return s
}
