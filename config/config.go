package config

import (
	"log/slog"
	"time"
)

// Config is a whole configuration. One that [Load] returned is valid: every
// default is filled in, every limit was checked, every file it names existed.
// A room gets its section, never the whole.
type Config struct {
	Kafka         Kafka
	GeoIP         GeoIP
	Elasticsearch Elasticsearch
	Mailboxes     Mailboxes
	DLQ           DLQ
	Monitor       Monitor
	Log           Log

	// InFlightLimitBytes bounds the bytes of records between the claim and
	// their settlement, over all topics.
	InFlightLimitBytes int64
	// ShutdownGrace is how long a drain may take before the run is aborted.
	ShutdownGrace time.Duration
}

// Kafka says where records come from.
type Kafka struct {
	Brokers          []string // host:port, at least one
	Group            string
	ClientID         string
	InstanceID       string // of static membership; empty: none
	Start            Start
	Assignor         Assignor
	SessionTimeout   time.Duration
	HandOver         time.Duration // how long a revoked partition may take; less than SessionTimeout
	CommitInterval   time.Duration
	TopicTimeout     time.Duration // how long a topic may be unknown before that is fatal
	FetchMemoryBytes int64         // of all fetched and unread responses together
	TLS              *KafkaTLS     // nil: plain text
	SASL             *SASL         // nil: no authentication
	Topics           []Topic       // in the order of the file, at least one, each name once
}

// KafkaTLS says how connections to the brokers are secured. The zero value
// trusts the roots of the system.
type KafkaTLS struct {
	CAFile     string // PEM; empty: the system's roots
	CertFile   string // PEM of the client; set together with KeyFile
	KeyFile    string
	ServerName string // to verify instead of the broker's host name
}

// SASL says how the process names itself to the brokers.
type SASL struct {
	Mechanism SASLMechanism
	Username  string
	Password  Secret
}

// Topic is one topic and what becomes of its records.
type Topic struct {
	Name    string
	Index   string // an index, an alias or a data stream
	Address string // path of the IP address; empty: the records take no geo data
	Target  string // path of the geo object; empty where Address is
	ID      ID
}

// ID says what a topic's document ids are made of.
type ID struct {
	Kind  IDKind
	Field string // path, of IDField only
}

// GeoIP says where addresses are looked up.
type GeoIP struct {
	Database string        // path of the MMDB file; empty where no topic has an address
	Workers  int           // enrichers
	Locales  []string      // of names, the first that the database has; at least one
	Reload   time.Duration // how often the file is looked at
}

// Elasticsearch says where documents go.
type Elasticsearch struct {
	Addresses      []string // http or https URLs, at least one
	Workers        int      // writers
	Username       string   // set together with Password, never with APIKey
	Password       Secret
	APIKey         Secret
	TLS            *ElasticsearchTLS // nil: the system's roots
	RequestTimeout time.Duration
	Gzip           bool
	Template       bool // put the index template with the geo_point mapping
	Bulk           Bulk
	Backoff        Backoff
}

// ElasticsearchTLS says whom https connections trust and who they come from.
type ElasticsearchTLS struct {
	CAFile        string // PEM; empty: the system's roots
	CAFingerprint string // SHA-256, 64 lower-case hex digits without colons
	CertFile      string // PEM of the client; set together with KeyFile
	KeyFile       string
}

// Bulk says how documents are gathered into requests.
type Bulk struct {
	MaxBytes int64 // of one request
	MaxAge   time.Duration
}

// Backoff says how long is waited before something is tried again: from the
// upper half of Initial x 2^n, at most Max.
type Backoff struct {
	Initial time.Duration
	Max     time.Duration // at least Initial
}

// Mailbox is the bound of one queue.
type Mailbox struct {
	Name     string
	Capacity int // records, at least one
}

// Mailboxes are all mailboxes that a configuration has: one a topic in the
// order of the topics, then "enriched", then "dlq".
type Mailboxes []Mailbox

// Capacity returns the capacity in records of the mailbox of that name, and 0
// where there is none.
func (m Mailboxes) Capacity(name string) int {
	for _, box := range m {
		if box.Name == name {
			return box.Capacity
		}
	}
	return 0
}

// DLQ says where records go that are refused for good.
type DLQ struct {
	Kind     DLQKind
	Path     string // of the file, a line of JSON each; its directory exists. Of DLQKafka: for entries too large for the topic
	MaxBytes int64  // of the file: it is rotated rather than grow beyond
	Topic    string // of DLQKafka only; none of the topics that are read
}

// Monitor says how the pipeline is watched.
type Monitor struct {
	Interval     time.Duration // between two reports
	Listen       string        // host:port of the web server; empty: none
	StallTimeout time.Duration // without progress, until an actor counts as stalled; as long again, and the run ends
}

// Log says what is logged.
type Log struct {
	Level  slog.Level
	Format LogFormat
}
