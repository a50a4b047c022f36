package config

import (
	"log/slog"
	"time"
)

// DefaultListen is monitor.listen where no file sets it.
const DefaultListen = "127.0.0.1:9600"

const (
	mib = 1 << 20

	defaultCapacity    = 20000 // records
	defaultDLQCapacity = 1000  // records
	defaultTarget      = "geo"

	enrichedMailbox = "enriched"
	dlqMailbox      = "dlq"
)

// defaults is what every key has that no file sets. Brokers, group, topics, the
// database and the Elasticsearch addresses have none.
func defaults() *Config {
	return &Config{
		Kafka:              defaultKafka(),
		GeoIP:              GeoIP{Workers: 3, Locales: []string{"en"}, Reload: 30 * time.Second},
		Elasticsearch:      defaultElasticsearch(),
		DLQ:                DLQ{Path: "actorpipe-dlq.ndjson", MaxBytes: 100 * mib},
		Monitor:            Monitor{Interval: 10 * time.Second, Listen: DefaultListen, StallTimeout: 60 * time.Second},
		Log:                Log{Level: slog.LevelInfo, Format: LogAuto},
		InFlightLimitBytes: 64 * mib,
		ShutdownGrace:      25 * time.Second,
	}
}

func defaultKafka() Kafka {
	return Kafka{
		ClientID:         "actorpipe",
		Start:            StartOldest,
		Assignor:         AssignorCooperativeSticky,
		SessionTimeout:   6 * time.Second,
		HandOver:         5 * time.Second,
		CommitInterval:   500 * time.Millisecond,
		TopicTimeout:     30 * time.Second,
		FetchMemoryBytes: 64 * mib,
	}
}

func defaultElasticsearch() Elasticsearch {
	return Elasticsearch{
		Workers:        2,
		RequestTimeout: 60 * time.Second,
		Template:       true,
		Bulk:           Bulk{MaxBytes: 2 * mib, MaxAge: 200 * time.Millisecond},
		Backoff:        Backoff{Initial: 100 * time.Millisecond, Max: 30 * time.Second},
	}
}
