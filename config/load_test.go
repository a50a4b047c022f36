package config

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const database = "/var/lib/GeoIP/GeoLite2-City.mmdb"

// rewritten returns a copy of a file whose database exists.
func rewritten(t *testing.T, file string) string {
	t.Helper()
	return write(t, filepath.Base(file), strings.ReplaceAll(read(t, file), database, "testdata/database"))
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, paths ...string) *Config {
	t.Helper()
	config, err := Load(paths)
	if err != nil {
		t.Fatalf("Load(%q):\n%v", paths, err)
	}
	return config
}

// usual is the configuration of the shortest file, written out.
func usual() *Config {
	return &Config{
		Kafka: Kafka{
			Brokers: []string{"localhost:9092"}, Group: "actorpipe", ClientID: "actorpipe",
			SessionTimeout: 6 * time.Second, HandOver: 5 * time.Second, CommitInterval: 500 * time.Millisecond,
			TopicTimeout: 30 * time.Second, FetchMemoryBytes: 64 << 20,
			Topics: []Topic{{Name: "tweets", Index: "tweets", Address: "RemoteAddress", Target: "geo"}, {Name: "users", Index: "users"}},
		},
		GeoIP: GeoIP{Database: "testdata/database", Workers: 3, Locales: []string{"en"}, Reload: 30 * time.Second},
		Elasticsearch: Elasticsearch{
			Addresses: []string{"http://localhost:9200"}, Workers: 2, RequestTimeout: time.Minute, Template: true,
			Bulk:    Bulk{MaxBytes: 2 << 20, MaxAge: 200 * time.Millisecond},
			Backoff: Backoff{Initial: 100 * time.Millisecond, Max: 30 * time.Second},
		},
		Mailboxes: Mailboxes{{"tweets", 20000}, {"users", 20000}, {"enriched", 20000}, {"dlq", 1000}},
		DLQ:       DLQ{Path: "actorpipe-dlq.ndjson", MaxBytes: 100 << 20},
		Monitor:   Monitor{Interval: 10 * time.Second, Listen: "127.0.0.1:9600", StallTimeout: time.Minute},

		InFlightLimitBytes: 64 << 20, ShutdownGrace: 25 * time.Second,
	}
}

func TestLoadGivesTheDefaults(t *testing.T) {
	shortest, sample := rewritten(t, "testdata/good/shortest.hcl"), rewritten(t, "testdata/good/sample.hcl")
	for name, paths := range map[string][]string{
		"shortest file":           {shortest},
		"shortest sample":         {sample},
		"both samples":            {sample, rewritten(t, "testdata/good/further.hcl")},
		"reference":               {rewritten(t, "config.hcl")},
		"the same file twice":     {shortest, filepath.Join(filepath.Dir(shortest), ".", "shortest.hcl")},
		"a directory of one file": {filepath.Dir(shortest)},
		"a directory of several":  {"testdata/good/split"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(usual(), load(t, paths...)); diff != "" {
				t.Errorf("not the defaults (-want +got):\n%s", diff)
			}
		})
	}
}

// everything is testdata/good/everything.hcl, which changes every key.
func everything() *Config {
	const file = "testdata/database"
	return &Config{
		Kafka: Kafka{
			Brokers: []string{"kafka-1:9092", "[::1]:9093"}, Group: "g", ClientID: "c", InstanceID: "i-1",
			Start: StartNewest, Assignor: AssignorRange, SessionTimeout: 30 * time.Second, HandOver: 9 * time.Second,
			CommitInterval: time.Second, TopicTimeout: 2 * time.Minute, FetchMemoryBytes: 1 << 30,
			TLS:  &KafkaTLS{CAFile: file, CertFile: file, KeyFile: file, ServerName: "kafka.internal"},
			SASL: &SASL{Mechanism: SASLScramSHA512, Username: "reader", Password: NewSecret("hunter2")},
			Topics: []Topic{
				{Name: "zebras", Index: "logs-zebras", Address: "client.ip", Target: "client.geo", ID: ID{IDField, "event.id"}},
				{Name: "Ants", Index: "ants", ID: ID{Kind: IDKey}},
			},
		},
		GeoIP: GeoIP{Database: file, Workers: 7, Locales: []string{"de", "en"}, Reload: time.Minute},
		Elasticsearch: Elasticsearch{
			Addresses: []string{"https://es-1:9200/prefix", "https://es-2"}, Workers: 5,
			Username: "writer", Password: NewSecret("hunter2"),
			TLS:            &ElasticsearchTLS{CAFile: file, CAFingerprint: strings.Repeat("abcdef0123456789", 4), CertFile: file, KeyFile: file},
			RequestTimeout: 5 * time.Second, Gzip: true,
			Bulk:    Bulk{MaxBytes: 512 << 10, MaxAge: 50 * time.Millisecond},
			Backoff: Backoff{Initial: time.Second, Max: time.Second},
		},
		Mailboxes: Mailboxes{{"zebras", 20000}, {"Ants", 6}, {"enriched", 20000}, {"dlq", 5}},
		DLQ:       DLQ{Path: "testdata/refused.ndjson", MaxBytes: 1 << 30},
		Monitor:   Monitor{Interval: time.Second, StallTimeout: 3 * time.Minute},
		Log:       Log{Level: slog.LevelDebug, Format: LogJSON},

		InFlightLimitBytes: 128 << 20, ShutdownGrace: 90 * time.Second,
	}
}

func TestLoadReadsEveryKey(t *testing.T) {
	t.Setenv("ACTORPIPE_TEST_SECRET", "hunter2")
	got := load(t, "testdata/good/everything.hcl")
	if diff := cmp.Diff(everything(), got); diff != "" {
		t.Errorf("not what the file says (-want +got):\n%s", diff)
	}
}

func TestLoadReadsADLQInATopic(t *testing.T) {
	file := write(t, "dlq.hcl", strings.ReplaceAll(read(t, "testdata/good/shortest.hcl"), database, "testdata/database")+`
dlq "kafka" {
  topic = "letters"
}
`)
	want := DLQ{Kind: DLQKafka, Topic: "letters", Path: "actorpipe-dlq.ndjson", MaxBytes: 100 << 20}
	if diff := cmp.Diff(want, load(t, file).DLQ); diff != "" {
		t.Errorf("not what the file says (-want +got):\n%s", diff)
	}
}

func TestMailboxesCapacity(t *testing.T) {
	boxes := Mailboxes{{"tweets", 7}}
	if got := boxes.Capacity("tweets"); got != 7 {
		t.Errorf("Capacity(tweets) = %d, want 7", got)
	}
	if got := boxes.Capacity("users"); got != 0 {
		t.Errorf("Capacity(users) = %d, want 0", got)
	}
}
