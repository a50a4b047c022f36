package config

import "github.com/hashicorp/hcl/v2"

// The raw types are the shape of a file, for gohcl. A key is nil where no file
// sets it; where one does, it knows its place and its expression, which resolve
// evaluates. A block's Range is its head, in the first file that has it.

type rawConfig struct {
	Kafka         *rawKafka         `hcl:"kafka,block"`
	GeoIP         *rawGeoIP         `hcl:"geoip,block"`
	Elasticsearch *rawElasticsearch `hcl:"elasticsearch,block"`
	Mailboxes     []*rawMailbox     `hcl:"mailbox,block"`
	DLQs          []*rawDLQ         `hcl:"dlq,block"`
	Monitor       *rawMonitor       `hcl:"monitor,block"`
	Log           *rawLog           `hcl:"log,block"`
	InFlightLimit *hcl.Attribute    `hcl:"in_flight_limit"`
	ShutdownGrace *hcl.Attribute    `hcl:"shutdown_grace"`
}

type rawKafka struct {
	Range          hcl.Range      `hcl:",def_range"`
	Brokers        *hcl.Attribute `hcl:"brokers"`
	Group          *hcl.Attribute `hcl:"group"`
	ClientID       *hcl.Attribute `hcl:"client_id"`
	InstanceID     *hcl.Attribute `hcl:"instance_id"`
	Start          *hcl.Attribute `hcl:"start"`
	Assignor       *hcl.Attribute `hcl:"assignor"`
	SessionTimeout *hcl.Attribute `hcl:"session_timeout"`
	HandOver       *hcl.Attribute `hcl:"hand_over"`
	CommitInterval *hcl.Attribute `hcl:"commit_interval"`
	TopicTimeout   *hcl.Attribute `hcl:"topic_timeout"`
	FetchMemory    *hcl.Attribute `hcl:"fetch_memory"`
	TLS            *rawKafkaTLS   `hcl:"tls,block"`
	SASL           *rawSASL       `hcl:"sasl,block"`
	Topics         []*rawTopic    `hcl:"topic,block"`
}

type rawKafkaTLS struct {
	Range      hcl.Range      `hcl:",def_range"`
	CAFile     *hcl.Attribute `hcl:"ca_file"`
	CertFile   *hcl.Attribute `hcl:"cert_file"`
	KeyFile    *hcl.Attribute `hcl:"key_file"`
	ServerName *hcl.Attribute `hcl:"server_name"`
}

type rawSASL struct {
	Range     hcl.Range      `hcl:",def_range"`
	Mechanism *hcl.Attribute `hcl:"mechanism"`
	Username  *hcl.Attribute `hcl:"username"`
	Password  *hcl.Attribute `hcl:"password"`
}

type rawTopic struct {
	Name      string         `hcl:"name,label"`
	NameRange hcl.Range      `hcl:"name,label_range"`
	Index     *hcl.Attribute `hcl:"index"`
	Address   *hcl.Attribute `hcl:"address"`
	Target    *hcl.Attribute `hcl:"target"`
	ID        *hcl.Attribute `hcl:"id"`
}

type rawGeoIP struct {
	Range    hcl.Range      `hcl:",def_range"`
	Database *hcl.Attribute `hcl:"database"`
	Workers  *hcl.Attribute `hcl:"workers"`
	Locales  *hcl.Attribute `hcl:"locales"`
	Reload   *hcl.Attribute `hcl:"reload"`
}

type rawElasticsearch struct {
	Range          hcl.Range            `hcl:",def_range"`
	Addresses      *hcl.Attribute       `hcl:"addresses"`
	Workers        *hcl.Attribute       `hcl:"workers"`
	Username       *hcl.Attribute       `hcl:"username"`
	Password       *hcl.Attribute       `hcl:"password"`
	APIKey         *hcl.Attribute       `hcl:"api_key"`
	RequestTimeout *hcl.Attribute       `hcl:"request_timeout"`
	Gzip           *hcl.Attribute       `hcl:"gzip"`
	Template       *hcl.Attribute       `hcl:"template"`
	TLS            *rawElasticsearchTLS `hcl:"tls,block"`
	Bulk           *rawBulk             `hcl:"bulk,block"`
	Backoff        *rawBackoff          `hcl:"backoff,block"`
}

type rawElasticsearchTLS struct {
	Range         hcl.Range      `hcl:",def_range"`
	CAFile        *hcl.Attribute `hcl:"ca_file"`
	CAFingerprint *hcl.Attribute `hcl:"ca_fingerprint"`
	CertFile      *hcl.Attribute `hcl:"cert_file"`
	KeyFile       *hcl.Attribute `hcl:"key_file"`
}

type rawBulk struct {
	MaxBytes *hcl.Attribute `hcl:"max_bytes"`
	MaxAge   *hcl.Attribute `hcl:"max_age"`
}

type rawBackoff struct {
	Initial *hcl.Attribute `hcl:"initial"`
	Max     *hcl.Attribute `hcl:"max"`
}

type rawMailbox struct {
	Name      string         `hcl:"name,label"`
	NameRange hcl.Range      `hcl:"name,label_range"`
	Capacity  *hcl.Attribute `hcl:"capacity"`
}

type rawDLQ struct {
	Range     hcl.Range      `hcl:",def_range"`
	Kind      string         `hcl:"kind,label"`
	KindRange hcl.Range      `hcl:"kind,label_range"`
	Path      *hcl.Attribute `hcl:"path"`
	MaxBytes  *hcl.Attribute `hcl:"max_bytes"`
	Topic     *hcl.Attribute `hcl:"topic"`
}

type rawMonitor struct {
	Interval     *hcl.Attribute `hcl:"interval"`
	Listen       *hcl.Attribute `hcl:"listen"`
	StallTimeout *hcl.Attribute `hcl:"stall_timeout"`
}

type rawLog struct {
	Level  *hcl.Attribute `hcl:"level"`
	Format *hcl.Attribute `hcl:"format"`
}
