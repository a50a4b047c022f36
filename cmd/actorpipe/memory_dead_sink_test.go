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
	standstill     = 1500 * time.Millisecond // that long nothing must have been consumed
	smallContainer = 256 << 20
)

// TestMemoryWithADeadSink has full partitions and an Elasticsearch that takes
// connections and never answers. Memory stays in the bound that is printed, also
// where what is fetched grows when it is unpacked, and a second SIGTERM ends the
// process, where the first waits for the writers.
func TestMemoryWithADeadSink(t *testing.T) {
	for name, test := range map[string]struct {
		partitions int
		contents   contents
		container  int64 // that it fits into, bytes
		race       bool  // it runs under the race detector too
	}{
		"12 partitions":                      {12, contents{records: 330_000}, smallContainer, true},
		"12 partitions, zstd":                {12, contents{records: 330_000, zstd: true}, smallContainer, false},
		"100 partitions":                     {100, contents{records: 330_000}, smallContainer, false},
		"100 partitions, records of 1 MiB":   {100, contents{records: 250, recordBytes: 1 << 20, zstd: true}, smallContainer, false},
		"1,000 partitions, zstd":             {1000, contents{records: 330_000, zstd: true}, 512 << 20, false},
		"1,000 partitions, records of 1 MiB": {1000, contents{records: 250, recordBytes: 1 << 20}, 512 << 20, false},
		"1,000 partitions, records by ones":  {1000, contents{trickle: true}, 192 << 20, false},
		"1,000 partitions, empty objects":    {1000, contents{records: 600_000, recordBytes: 2}, 512 << 20, false},
	} {
		t.Run(name, func(t *testing.T) {
			if raceDetector(t) && !test.race {
				t.Skip("the race detector multiplies memory")
			}
			if test.container == smallContainer { // which is below the bound and the runtime's own: the process would set this itself
				t.Setenv("GOMEMLIMIT", fmt.Sprintf("%dMiB", smallContainer>>20*9/10))
			}
			sink := newSwallower(t)
			defer sink.close()
			broker := filledBroker(t, test.partitions, test.contents)
			listen := freeAddress(t)
			p := startProcess(t, memoryConfig(t, broker.Addrs(), "http://"+sink.address(), listen), listen)
			if test.contents.trickle {
				trickle(t, broker)
			}
			p.awaitStandstill(test.contents.records)
			peak := p.peakBytes()
			p.endByTwoSignals()
			p.wantMemory(peak, test.container)
		})
	}
}

// TestMemoryWithABlockedIndex has one index blocked while ten times as much
// goes into the other: what is set aside pins nothing of that.
func TestMemoryWithABlockedIndex(t *testing.T) {
	if raceDetector(t) {
		t.Skip("the race detector multiplies memory")
	}
	const records = 880_000
	sink, err := sandbox.StartSink(sandbox.SinkSettings{Faults: sandbox.Faults{Item: blocking("users")}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sink.Close() }()
	listen := freeAddress(t)
	broker := filledBroker(t, 12, contents{records: records})
	p := startProcess(t, memoryConfig(t, broker.Addrs(), sink.URL(), listen), listen)
	await(t, "all tweets to be indexed", time.Minute, func() bool { return sink.Count("tweets") == records*10/11 })
	peak := p.peakBytes()
	if n := sink.Count("users"); n != 0 {
		t.Errorf("%d users got into an index that is blocked", n)
	}
	sink.SetFaults(sandbox.Faults{})
	await(t, "the users to follow", time.Minute, func() bool { return sink.Count("users") == records/11 })
	p.stop(0)
	p.wantMemory(peak, 512<<20)
}

// TestMemoryAtRest has nothing to do.
func TestMemoryAtRest(t *testing.T) {
	if raceDetector(t) {
		t.Skip("the race detector multiplies memory")
	}
	sink := newSwallower(t)
	defer sink.close()
	listen := freeAddress(t)
	p := startProcess(t, memoryConfig(t, filledBroker(t, 12, contents{}).Addrs(), "http://"+sink.address(), listen), listen)
	await(t, "the process to be ready", time.Minute, func() bool {
		r := p.report()
		return r != nil && len(r.NotReady) == 0 && len(r.Partitions) == 12
	})
	peak := p.peakBytes()
	p.stop(0)
	p.wantMemory(peak, 40<<20)
}

// awaitStandstill waits until nothing more is consumed, although there is more of
// that many records.
func (p *process) awaitStandstill(records int) {
	p.t.Helper()
	last, since := 0, time.Now()
	await(p.t, "consumption to stand still", time.Minute, func() bool {
		r := p.report()
		if r == nil {
			return false
		}
		if n := consumed(r); n != last {
			last, since = n, time.Now()
		}
		return last > 0 && time.Since(since) > standstill
	})
	if last == records {
		p.t.Errorf("all %d records were consumed: too few for this test", last)
	}
}

// wantMemory compares a peak with what the log of the process, which has ended,
// says that it is at most, and with a container.
func (p *process) wantMemory(peak, container int64) {
	p.t.Helper()
	const is = "memory: at most "
	_, rest, ok := strings.Cut(p.log.String(), is)
	mebibytes, _, _ := strings.Cut(rest, " MiB")
	bound, err := strconv.ParseInt(mebibytes, 10, 64)
	if !ok || err != nil {
		p.t.Fatalf("the log does not say how much memory it is %q:\n%s", is, p.log.String())
	}
	p.t.Logf("peak RSS %.1f MiB, bound %d MiB", float64(peak)/(1<<20), bound)
	if raceDetector(p.t) {
		return
	}
	if peak > bound<<20 {
		p.t.Errorf("peak RSS is %.1f MiB, the log says at most %d MiB", float64(peak)/(1<<20), bound)
	}
	if peak > container {
		p.t.Errorf("peak RSS is %.1f MiB, want it to fit into a container of %d MiB", float64(peak)/(1<<20), container>>20)
	}
}

// memoryConfig asks for no template, so that the writers start and hold their
// bulk bodies too.
func memoryConfig(t *testing.T, brokers []string, sink, listen string) string {
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
  addresses = [%q]
  template  = false
  backoff { max = "1s" }
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
func (p *process) peakBytes() int64 {
	p.t.Helper()
	status, err := p.proc().NewStatus()
	switch {
	case err != nil:
		p.t.Fatal(err)
	case status.VmHWM == 0:
		p.t.Fatal("/proc says no peak memory: the process has ended")
	}
	return int64(status.VmHWM) //nolint:gosec // no machine has that much
}

// raceDetector says whether this binary, and so the process, has it.
func raceDetector(t testing.TB) bool {
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
