package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/elastic"
	"github.com/actorpipe/actorpipe/internal/kafka"
)

// spot is where a process of a run is: which one it is, and whom it talks to.
type spot struct {
	run, member  int
	sink, listen string
	fetchMemory  string // empty: the default
}

// writeConfig writes the configuration that a process of any variant is given, and
// returns its path. The run's group is a new one: it reads everything.
func writeConfig(from source, at spot) (string, error) {
	brokers := ""
	for _, b := range from.brokers {
		brokers += fmt.Sprintf("%q, ", b)
	}
	topics := ""
	for _, t := range from.topics {
		block := `address = "RemoteAddress"`
		if t.Users {
			block = ""
		}
		topics += fmt.Sprintf("  topic %q { %s }\n", t.Name, block)
	}
	if at.fetchMemory != "" {
		topics += fmt.Sprintf("  fetch_memory = %q\n", at.fetchMemory)
	}
	name := fmt.Sprintf("%d-%d", at.run, at.member)
	path := filepath.Join(from.dir, name+".hcl")
	return path, os.WriteFile(path, fmt.Appendf(nil, `kafka {
  brokers = [%s]
  group   = %q
%s}
geoip { database = %q }
elasticsearch { addresses = [%q] }
dlq "file" { path = %q }
monitor { listen = %q }
`, brokers, fmt.Sprintf("%s-bench-%d", from.topics[0].Name, at.run), topics, from.geoip, at.sink,
		filepath.Join(from.dir, "dlq-"+name+".ndjson"), at.listen), 0o600)
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
