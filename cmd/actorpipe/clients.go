package main

import (
	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/elastic"
	"github.com/actorpipe/actorpipe/internal/kafka"
)

// kafkaSettings is the section of the configuration as the consumer wants it.
func kafkaSettings(c config.Kafka) kafka.Settings {
	s := kafka.Settings{
		Brokers: c.Brokers, Group: c.Group, ClientID: c.ClientID, InstanceID: c.InstanceID,
		SessionTimeout: c.SessionTimeout, HandOver: c.HandOver, CommitInterval: c.CommitInterval,
		TopicTimeout: c.TopicTimeout, FetchMemory: c.FetchMemoryBytes,
	}
	for _, t := range c.Topics {
		s.Topics = append(s.Topics, t.Name)
	}
	if c.Start == config.StartNewest {
		s.Start = kafka.Newest
	}
	if c.Assignor == config.AssignorRange {
		s.Assignor = kafka.Range
	}
	s.TLS, s.SASL = security(c)
	return s
}

// topicSettings are those of the DLQ's topic, on the same brokers.
func topicSettings(c *config.Config) kafka.TopicSettings {
	k := c.Kafka
	s := kafka.TopicSettings{Brokers: k.Brokers, ClientID: k.ClientID, Topic: c.DLQ.Topic, TopicTimeout: k.TopicTimeout}
	s.TLS, s.SASL = security(k)
	return s
}

// security is how connections to the brokers are secured; nil where they are not.
func security(c config.Kafka) (tls *kafka.TLS, sasl *kafka.SASL) {
	if t := c.TLS; t != nil {
		tls = &kafka.TLS{CAFile: t.CAFile, CertFile: t.CertFile, KeyFile: t.KeyFile, ServerName: t.ServerName}
	}
	if a := c.SASL; a != nil {
		sasl = &kafka.SASL{Mechanism: mechanism(a.Mechanism), Username: a.Username, Password: a.Password.Reveal()}
	}
	return tls, sasl
}

func mechanism(m config.SASLMechanism) kafka.Mechanism {
	switch m {
	case config.SASLScramSHA256:
		return kafka.ScramSHA256
	case config.SASLScramSHA512:
		return kafka.ScramSHA512
	case config.SASLPlain:
	}
	return kafka.Plain
}

// elasticSettings is the section of the configuration as the client wants it.
func elasticSettings(c *config.Config) elastic.Settings {
	es := c.Elasticsearch
	s := elastic.Settings{
		Addresses: es.Addresses, Username: es.Username, Password: es.Password.Reveal(), APIKey: es.APIKey.Reveal(),
		RequestTimeout: es.RequestTimeout, Gzip: es.Gzip, Connections: es.Workers, Routes: map[string]elastic.Route{},
	}
	if t := es.TLS; t != nil {
		s.TLS = elastic.TLSSettings{CAFile: t.CAFile, CAFingerprint: t.CAFingerprint, CertFile: t.CertFile, KeyFile: t.KeyFile}
	}
	for _, t := range c.Kafka.Topics {
		r := elastic.Route{Index: t.Index, Target: t.Target}
		if t.ID.Kind != config.IDOffset {
			r.ID = elastic.IDEntity
		}
		s.Routes[t.Name] = r
	}
	return s
}
