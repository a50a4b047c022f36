package config

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"200ms": 200 * time.Millisecond, "1m30s": 90 * time.Second, "1ms": time.Millisecond, "1.5h": 90 * time.Minute,
		"": 0, "10": 0, "10 s": 0, "0": 0, "0s": 0, "-1s": 0, "1us": 0, "1d": 0, "9999999h": 0,
	} {
		got, f := parseDuration(text)
		if got != want || (f == fault{}) != (want > 0) {
			t.Errorf("parseDuration(%q) = %v, %v, want %v", text, got, f, want)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"5MiB": 5 << 20, "64MiB": 64 << 20, "1.5KiB": 1536, "1MB": 1e6, "512 KiB": 512 << 10, "1048576": 1 << 20,
		"": 0, "0": 0, "0MiB": 0, "-5MiB": 0, "5 megs": 0, "MiB": 0, "15EiB": 0, "99999999999999999999": 0,
	} {
		got, f := parseSize(text)
		if got != want || (f == fault{}) != (want > 0) {
			t.Errorf("parseSize(%q) = %v, %v, want %v", text, got, f, want)
		}
	}
}

func TestChecksPass(t *testing.T) {
	for name, test := range map[string]struct {
		check func(string) fault
		good  []string
		bad   []string
	}{
		"broker": {checkBroker, []string{"a:1", "[::1]:9092", "10.0.0.1:65535"}, []string{"", "a", "a:", "a:0", "a:65536", "a:b", ":1", "http://a:1"}},
		"listen": {checkListen, []string{"", ":0", ":9600", "127.0.0.1:9600", "[::1]:80"}, []string{"9600", "a", "a:b", "a:-1", "a:65536"}},
		"URL":    {checkURL, []string{"http://a", "https://a:9243/es", "HTTP://[::1]:9200/"}, []string{"", "a", "a:9200", "/a", "http:///a", "http://a:0", "http://u@a", "http://a#b", "http://a\n"}},
		"index": {
			checkIndex,
			[]string{"a", "logs-app-default", ".hidden", "a.b_c+d-e", "größe", strings.Repeat("a", 255)},
			[]string{"", ".", "..", "-a", "_a", "+a", "A", "Ä", "a b", `a\b`, "a/b", "a*", "a?", `a"`, "a<", "a>", "a|", "a,b", "a#b", "a:b", strings.Repeat("ä", 128)},
		},
		"path":        {checkPath, []string{"a", "a.b.c", "A b"}, []string{"", ".", "a.", ".a", "a..b"}},
		"Kafka name":  {checkKafkaName, []string{"a", "A.b_c-1", "..."}, []string{"", ".", "..", "a b", "ä", "a/b", strings.Repeat("a", 250)}},
		"fingerprint": {checkFingerprint, []string{strings.Repeat("aB", 32), strings.Repeat("aB:", 31) + "00"}, []string{"", "ab", strings.Repeat("g", 64), strings.Repeat("a", 66)}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range test.good {
				if f := test.check(text); f != (fault{}) {
					t.Errorf("%q: %v, want nothing", text, f)
				}
			}
			for _, text := range test.bad {
				if f := test.check(text); f.message == "" {
					t.Errorf("%q is taken", text)
				}
			}
		})
	}
}

func TestNearest(t *testing.T) {
	names := []string{"id", "brokers", "session_timeout", "SCRAM-SHA-256", "SCRAM-SHA-512"}
	for name, want := range map[string]string{
		"broker": "brokers", "BROKERS": "brokers", "sesion_timeuot": "session_timeout", "scram-sha-512": "SCRAM-SHA-512",
		"dd": "id", "xy": "", "colour": "", "": "",
	} {
		if got := nearest(name, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestChoicesSpellThemselves(t *testing.T) {
	for want, value := range map[string]fmt.Stringer{
		"oldest": StartOldest, "newest": StartNewest, "cooperative-sticky": AssignorCooperativeSticky, "range": AssignorRange,
		"PLAIN": SASLPlain, "SCRAM-SHA-256": SASLScramSHA256, "SCRAM-SHA-512": SASLScramSHA512,
		"offset": IDOffset, "key": IDKey, "field": IDField, "auto": LogAuto, "text": LogText, "json": LogJSON, "unknown": Start(9),
	} {
		if got := value.String(); got != want {
			t.Errorf("%T spells itself %q, want %q", value, got, want)
		}
	}
}

// TestLoadReadsTheEnvironment has every type come from it.
func TestLoadReadsTheEnvironment(t *testing.T) {
	t.Setenv("ACTORPIPE_TEST_TEXT", "kafka:9092")
	t.Setenv("ACTORPIPE_TEST_COUNT", "9")
	t.Setenv("ACTORPIPE_TEST_FLAG", "true")
	c := load(t, write(t, "env.hcl", `
		kafka {
		  brokers = [env("ACTORPIPE_TEST_TEXT")]
		  group   = "read-${env("ACTORPIPE_TEST_COUNT")}"
		  topic "users" {}
		}
		elasticsearch {
		  addresses = ["http://localhost:9200"]
		  workers   = env("ACTORPIPE_TEST_COUNT")
		  gzip      = env("ACTORPIPE_TEST_FLAG")
		}
		log { level = "warn" }`))
	if c.Kafka.Brokers[0] != "kafka:9092" || c.Kafka.Group != "read-9" || c.Elasticsearch.Workers != 9 || !c.Elasticsearch.Gzip {
		t.Errorf("not what the environment says: %+v", c)
	}
	if c.GeoIP.Database != "" || c.Log.Level != slog.LevelWarn {
		t.Errorf("database %q, level %v", c.GeoIP.Database, c.Log.Level)
	}
}
