package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/geoip"
	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// TestMemoryLimitFollowsBoundAndContainer sets GOMEMLIMIT for a bound of 160 MiB:
// it has room for garbage, is at most nine tenths of the container's, and is the
// user's where the environment has it.
func TestMemoryLimitFollowsBoundAndContainer(t *testing.T) {
	parts := []part{{"in flight", 64 << 20}, {"fetched", 64 << 20}, {"bulk bodies", 8 << 20}, {"partitions", 24 << 20}}
	const in = " MiB (in flight 64 MiB, fetched 64 MiB, bulk bodies 8 MiB, partitions 24 MiB"
	for name, test := range map[string]struct {
		env       string // GOMEMLIMIT, empty: not set
		container memlimit.Provider
		limit     int64 // MiB, 0: not set
		log       []string
	}{
		"no container":      {"", none(memlimit.ErrNoLimit), 224, []string{"memory: at most 248" + in + ", garbage and program 88 MiB)", "GOMEMLIMIT is set to 224 MiB: the bound and room for garbage"}},
		"nothing known":     {"", none(memlimit.ErrNoCgroup), 224, []string{"memory: at most 248" + in + ", garbage and program 88 MiB)", "GOMEMLIMIT is set to 224 MiB"}},
		"large container":   {"", memlimit.Limit(1 << 30), 224, []string{"memory: at most 248" + in + ", garbage and program 88 MiB)"}},
		"largest container": {"", memlimit.Limit(math.MaxUint64), 224, []string{"memory: at most 248" + in + ", garbage and program 88 MiB)"}},
		"container that is just enough": {"", memlimit.Limit(208 << 20), 187, []string{
			"memory: at most 212" + in + ", garbage and program 52 MiB)", "GOMEMLIMIT is set to 188 MiB: nine tenths of the container's limit of 208 MiB",
		}},
		"container that is too small": {"", memlimit.Limit(190 << 20), 171, []string{
			"WARN", "the container's limit of 190 MiB is below the 208 MiB that may be needed: raise it, or lower in_flight_limit\"",
		}},
		"container that is much too small": {"", memlimit.Limit(128 << 20), 115, []string{
			"memory: at most 140" + in + ")", "WARN", "the container's limit of 128 MiB is below the 208 MiB that may be needed: raise it, or lower in_flight_limit and fetch_memory and max_bytes",
		}},
		"set by the user": {"100MiB", memlimit.Limit(128 << 20), 0, []string{
			"GOMEMLIMIT is 100MiB, as the environment has it", "WARN", "the container's limit of 128 MiB is below the 208 MiB",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			log := slog.New(slog.NewTextHandler(&out, nil))
			l := newLimiter(func(string) (string, bool) { return test.env, test.env != "" }, test.container, log)
			var set int64
			if l.set != nil {
				l.set = func(limit int64) int64 { set = limit; return 0 }
			}
			l.hold(parts, log)
			if set>>20 != test.limit {
				t.Errorf("GOMEMLIMIT was set to %d MiB, want %d", set>>20, test.limit)
			}
			for _, want := range test.log {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the log lacks %q:\n%s", want, out.String())
				}
			}
			if warned := strings.Contains(out.String(), "WARN"); warned != strings.Contains(strings.Join(test.log, " "), "WARN") {
				t.Errorf("warned is %v:\n%s", warned, out.String())
			}
		})
	}
}

func none(err error) memlimit.Provider { return func() (uint64, error) { return 0, err } }

// TestMemorySaysWhatItIsAndSetsNothing is the demo's limiter, which shares its
// process with a broker.
func TestMemorySaysWhatItIsAndSetsNothing(t *testing.T) {
	var out bytes.Buffer
	limiter{}.hold([]part{{"in flight", 1 << 20}}, slog.New(slog.NewTextHandler(&out, nil)))
	if text := out.String(); !strings.Contains(text, "memory: at most 50 MiB (in flight 1 MiB, garbage and program 49 MiB)") || strings.Contains(text, "GOMEMLIMIT") {
		t.Errorf("the log is\n%s", text)
	}
}

// TestMemoryAddsUp wants each key of the configuration that takes memory in the
// bound.
func TestMemoryAddsUp(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "City.mmdb")
	if err := sandbox.WriteDatabase(path); err != nil {
		t.Fatal(err)
	}
	database, err := geoip.Open(geoip.Settings{Path: path, Locales: []string{"en"}, Reload: time.Minute}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c := &config.Config{
		InFlightLimitBytes: 10 << 20,
		Kafka:              config.Kafka{FetchMemoryBytes: 20 << 20},
		Elasticsearch:      config.Elasticsearch{Workers: 3, Bulk: config.Bulk{MaxBytes: 1 << 20}},
	}
	const want = "[{in flight 10485760} {fetched 20971520} {bulk bodies 6291456} {partitions 655360}]"
	if got := fmt.Sprint(memory(c, nil, 10)); got != want {
		t.Errorf("memory() = %s, want %s", got, want)
	}
	c.Elasticsearch.Gzip = true
	parts := memory(c, database, 10)
	if bodies, geo := parts[2], parts[4]; bodies.bytes != 9<<20 || geo.name != "GeoIP" || geo.bytes != 2*(geoip.CacheBytes+database.About().Bytes) {
		t.Errorf("with gzip and a database memory() = %v", parts)
	}
}
