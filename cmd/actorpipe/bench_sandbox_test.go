package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// The records of BenchmarkSandbox.
const (
	benchTweets = 1_000_000
	benchUsers  = 100_000
)

// sandboxAddresses is what a sandbox process prints when it is filled.
type sandboxAddresses struct {
	Brokers []string
	Sink    string
}

// serveSandbox is the command actorpipe-sandbox TWEETS USERS: a filled broker and
// a bulk endpoint, until stdin ends.
func serveSandbox() {
	if err := serveSandboxUntil(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveSandboxUntil(end io.Reader) error {
	tweets, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return err
	}
	users, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	broker, err := sandbox.StartBroker(sandbox.BrokerSettings{Topics: map[string]int32{"tweets": 10, "users": 2}})
	if err != nil {
		return err
	}
	defer broker.Close()
	sink, err := sandbox.StartSink(sandbox.SinkSettings{})
	if err != nil {
		return err
	}
	defer func() { _ = sink.Close() }()
	if err := sandbox.Fill(context.Background(), sandbox.FillSettings{
		Brokers: broker.Addrs(), Generator: sandbox.NewGenerator(demoSeed, users),
		Tweets: sandbox.FillTopic{Topic: "tweets", Count: tweets}, Users: sandbox.FillTopic{Topic: "users", Count: users},
	}); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(sandboxAddresses{broker.Addrs(), sink.URL()}); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, end)
	return err
}

// startSandbox starts a filled sandbox in a process of its own.
func startSandbox(b *testing.B) (sandboxAddresses, func()) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), "actorpipe-sandbox", strconv.Itoa(benchTweets), strconv.Itoa(benchUsers))
	in, err := cmd.StdinPipe()
	mustBench(b, err)
	out, err := cmd.StdoutPipe()
	mustBench(b, err)
	cmd.Stderr = os.Stderr
	mustBench(b, cmd.Start())
	var at sandboxAddresses
	mustBench(b, json.NewDecoder(out).Decode(&at))
	return at, func() {
		_ = in.Close()
		_ = cmd.Wait()
	}
}

func mustBench(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSandbox measures actorpipe start alone: broker and bulk endpoint are
// in a process of their own. It reports the CPU of the whole process (start and
// end included), the records a second, and peak memory.
func BenchmarkSandbox(b *testing.B) {
	database := filepath.Join(b.TempDir(), "City.mmdb")
	mustBench(b, sandbox.WriteDatabase(database))
	for b.Loop() {
		at, stop := startSandbox(b)
		rate, cmd := runOnce(b, fmt.Sprintf(`kafka {
  brokers = %s
  group   = "bench"
  topic "tweets" { address = "RemoteAddress" }
  topic "users" {}
}
geoip { database = %q }
elasticsearch { addresses = [%q] }
`, list(at.Brokers), database, at.Sink), benchTweets+benchUsers)
		stop()
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			b.Fatal("no usage of the process")
		}
		cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		const records = benchTweets + benchUsers
		b.ReportMetric(float64(cpu.Nanoseconds())/1000/records, "cpu-us/record")
		b.ReportMetric(rate, "records/s")
		b.ReportMetric(float64(usage.Maxrss)/1024, "peak-MiB")
	}
}

// runOnce runs actorpipe start until that many records have settled, and returns
// how many settled a second from the first report that had any to the last.
func runOnce(b *testing.B, config string, records int) (float64, *exec.Cmd) {
	b.Helper()
	dir := b.TempDir()
	path, listen := filepath.Join(dir, "config.hcl"), freeAddress(b)
	config += fmt.Sprintf("dlq \"file\" { path = %q }\nmonitor { listen = %q }\n", filepath.Join(dir, "dlq.ndjson"), listen)
	mustBench(b, os.WriteFile(path, []byte(config), 0o600))
	p := startProcess(b, path, listen)
	var first, last *messages.Report
	await(b, "all records settled", loadTime, func() bool {
		if last = p.report(); last == nil || settled(last) == 0 {
			return false
		}
		if first == nil {
			first = last
		}
		return settled(last) >= records
	})
	rate := float64(settled(last)-settled(first)) / last.Time.Sub(first.Time).Seconds()
	p.stop(0)
	return rate, p.cmd
}
