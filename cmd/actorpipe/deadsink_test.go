package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

const (
	deadSinkTweets = 600_000 // with the users about as much as fetches and in_flight_limit can take
	deadSinkUsers  = 60_000
	deadSinkBytes  = 256 << 20 // what start may hold at most
	standstill     = 3 * time.Second
)

// TestStartWithADeadSink has 12 full partitions and an Elasticsearch that takes
// connections and never answers: memory stays in its bounds, and a second
// SIGTERM ends the process, where the first waits for the writers.
func TestStartWithADeadSink(t *testing.T) {
	sink := newSwallower(t)
	defer sink.close()
	listen := freeAddress(t)
	p := startProcess(t, deadSinkConfig(t, filledBroker(t).Addrs(), sink.address(), listen), listen)
	last, since := 0, time.Now()
	await(t, "consumption to stand still", time.Minute, func() bool {
		r := p.report()
		if r == nil {
			return false
		}
		if n := consumed(r); n != last {
			last, since = n, time.Now()
		}
		return last > 0 && time.Since(since) > standstill
	})
	peak := peakBytes(t, p)
	t.Logf("%d records consumed, peak RSS %.1f MiB", last, float64(peak)/(1<<20))
	if peak >= deadSinkBytes && !raceDetector(t) { // which multiplies memory
		t.Errorf("peak RSS is %d bytes, want less than %d", peak, deadSinkBytes)
	}
	p.endByTwoSignals()
}

// filledBroker is a broker with 12 partitions, in the process of the test.
func filledBroker(t *testing.T) *sandbox.Broker {
	t.Helper()
	broker, err := sandbox.StartBroker(sandbox.BrokerSettings{Topics: map[string]int32{"tweets": 10, "users": 2}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	err = sandbox.Fill(t.Context(), sandbox.FillSettings{
		Brokers: broker.Addrs(), Generator: sandbox.NewGenerator(demoSeed, deadSinkUsers),
		Tweets: sandbox.FillTopic{Topic: "tweets", Count: deadSinkTweets},
		Users:  sandbox.FillTopic{Topic: "users", Count: deadSinkUsers},
	})
	if err != nil {
		t.Fatal(err)
	}
	return broker
}

// deadSinkConfig asks for no template, so that the writers start and hold their
// bulk bodies too.
func deadSinkConfig(t *testing.T, brokers []string, sink, listen string) string {
	t.Helper()
	dir := t.TempDir()
	database, path := filepath.Join(dir, "City.mmdb"), filepath.Join(dir, "config.hcl")
	text := fmt.Sprintf(`kafka {
  brokers = %s
  group   = "dead-sink"
  topic "tweets" { address = "RemoteAddress" }
  topic "users" {}
}
geoip { database = %q }
elasticsearch {
  addresses = ["http://%s"]
  template  = false
}
dlq "file" { path = %q }
monitor { listen = %q }
`, list(brokers), database, sink, filepath.Join(dir, "dlq.ndjson"), listen)
	if err := errors.Join(sandbox.WriteDatabase(database), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

// peakBytes is the most that the process has had in memory, as Linux counts it.
func peakBytes(t *testing.T, p *process) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Skipf("the peak memory of a process is read from /proc: %v", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		t.Fatalf("no VmHWM in %s", status)
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// raceDetector says whether this binary, and so the process, has it.
func raceDetector(t *testing.T) bool {
	t.Helper()
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the binary has no build information")
	}
	return slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// endByTwoSignals sends SIGTERM until the process is over: the second must end it
// at once, well before the grace of the first.
func (p *process) endByTwoSignals() {
	p.t.Helper()
	ended := make(chan struct{})
	go func() { // owned by the cleanup
		defer close(ended)
		_ = p.cmd.Wait() // the code says it
	}()
	p.t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // or it has ended
		<-ended
	})
	sent := 0
	await(p.t, "the process to end", 3*time.Second, func() bool {
		select {
		case <-ended:
			return true
		default:
			_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may end meanwhile
			sent++
			return false
		}
	})
	if got := p.cmd.ProcessState.ExitCode(); got != exitFatal || sent < 2 {
		p.t.Errorf("exit code %d after %d signals, want %d after 2 or more; the log:\n%s", got, sent, exitFatal, p.log.String())
	}
}
