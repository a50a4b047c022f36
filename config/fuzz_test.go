package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzLoad holds Load to its promise: problems with a place, or a configuration
// that is valid, and never a panic.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"config.hcl", "testdata/good/*.hcl", "testdata/bad/*.hcl", "testdata/bad/*/*.hcl"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text, []byte(`log { level = "info" }`))
		}
	}
	f.Fuzz(func(t *testing.T, one, other []byte) {
		first, second := write(t, "a.hcl", string(one)), write(t, "b.hcl", string(other))
		config, err := Load([]string{first, second})
		if err == nil {
			checkValid(t, config)
			return
		}
		problems, ok := errors.AsType[Errors](err)
		if config != nil || !ok || len(problems) == 0 || problems.Error() == "" {
			t.Fatalf("Load = %v, %v, want problems only", config, err)
		}
		for _, p := range problems {
			if (p.File != first && p.File != second) || p.Line < 1 || p.Column < 0 || p.Message == "" {
				t.Errorf("a problem without a place: %+v", p)
			}
		}
	})
}

// checkValid repeats what rooms rely on without asking.
func checkValid(t *testing.T, c *Config) {
	t.Helper()
	for name, valid := range map[string]bool{
		"kafka":         len(c.Kafka.Brokers) > 0 && c.Kafka.Group != "" && len(c.Kafka.Topics) > 0 && c.Kafka.ClientID != "",
		"kafka times":   c.Kafka.HandOver > 0 && c.Kafka.HandOver < c.Kafka.SessionTimeout && c.Kafka.CommitInterval > 0 && c.Kafka.TopicTimeout > 0,
		"geoip":         c.GeoIP.Workers > 0 && len(c.GeoIP.Locales) > 0 && c.GeoIP.Reload > 0,
		"elasticsearch": len(c.Elasticsearch.Addresses) > 0 && c.Elasticsearch.Workers > 0 && c.Elasticsearch.RequestTimeout > 0,
		"credentials":   !c.Elasticsearch.APIKey.IsSet() || (c.Elasticsearch.Username == "" && !c.Elasticsearch.Password.IsSet()),
		"bulk":          c.Elasticsearch.Bulk.MaxBytes > 0 && c.Elasticsearch.Bulk.MaxAge > 0,
		"backoff":       c.Elasticsearch.Backoff.Initial > 0 && c.Elasticsearch.Backoff.Initial <= c.Elasticsearch.Backoff.Max,
		"mailboxes":     len(c.Mailboxes) == len(c.Kafka.Topics)+2 && c.Mailboxes.Capacity("dlq") > 0 && c.Mailboxes.Capacity("enriched") > 0,
		"monitor":       c.Monitor.Interval > 0 && c.Monitor.StallTimeout > 0,
		"bytes":         c.InFlightLimitBytes > 0 && c.Kafka.FetchMemoryBytes > 0 && c.ShutdownGrace > 0,
		"dlq":           c.DLQ.Path != "" && c.DLQ.MaxBytes > 0 && (c.DLQ.Kind == DLQKafka) == (c.DLQ.Topic != ""),
	} {
		if !valid {
			t.Errorf("%s is not valid: %+v", name, c)
		}
	}
	for _, topic := range c.Kafka.Topics {
		if checkIndex(topic.Index) != (fault{}) || (topic.Address == "") != (topic.Target == "") || c.Mailboxes.Capacity(topic.Name) < 1 {
			t.Errorf("topic is not valid: %+v", topic)
		}
		if topic.Address != "" && c.GeoIP.Database == "" {
			t.Errorf("no database for topic %+v", topic)
		}
	}
}
