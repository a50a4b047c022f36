package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// How long the program may take to begin. The machine may be busy: the quickest
// of a few starts counts.
const (
	startBound = time.Second     // to the first record sent
	demoBound  = 3 * time.Second // to be ready
	starts     = 5
)

// TestStartSendsWithinASecond takes the time from the start of the process to its
// first bulk request, with records there: the process begins, opens the database,
// asks for the template, joins a group of its own, and waits for 100 ms, as sarama
// does before the first fetch of a claim.
func TestStartSendsWithinASecond(t *testing.T) {
	if raceDetector(t) {
		t.Skip("with the race detector everything takes longer: run this test without it")
	}
	database := filepath.Join(t.TempDir(), "City.mmdb")
	s := newScene(t, map[string]int32{"tweets": 10, "users": 2}, fmt.Sprintf(`kafka {
  topic "tweets" { address = "RemoteAddress" }
  topic "users" {}
}
geoip { database = %q }
`, database))
	s.must(sandbox.WriteDatabase(database))
	s.must(sandbox.Fill(t.Context(), sandbox.FillSettings{
		Brokers: s.broker.Addrs(), Generator: sandbox.NewGenerator(demoSeed, 1000),
		Tweets: sandbox.FillTopic{Topic: "tweets", Count: 10_000}, Users: sandbox.FillTopic{Topic: "users", Count: 1000},
	}))
	var took time.Duration
	for i := range starts {
		s.group = fmt.Sprintf("start-%d", i)
		if took = s.timeToFirstBulk(); took <= startBound {
			t.Logf("the first record was sent after %v", took)
			return
		}
	}
	t.Errorf("the first record was sent after %v, want at most %v", took, startBound)
}

// timeToFirstBulk starts a process, and kills it when it has sent something.
func (s *scene) timeToFirstBulk() time.Duration {
	s.t.Helper()
	first := make(chan time.Time, 1)
	s.sink.SetFaults(sandbox.Faults{Intercept: func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/_bulk") {
			select {
			case first <- time.Now():
			default: // not the first
			}
		}
		return false
	}})
	began := time.Now()
	p := s.start()
	defer p.kill()
	select {
	case at := <-first:
		return at.Sub(began)
	case <-time.After(time.Minute):
		s.t.Fatal("nothing was sent for a minute")
		return 0
	}
}

// TestDemoIsReadyWithinThreeSeconds takes the time from the start of the process
// until /ready says so: 440,000 records are in the broker by then.
func TestDemoIsReadyWithinThreeSeconds(t *testing.T) {
	if raceDetector(t) {
		t.Skip("with the race detector everything takes longer: run this test without it")
	}
	var took time.Duration
	for range starts {
		if took = timeToReadyDemo(t); took <= demoBound {
			t.Logf("the demo was ready after %v", took)
			return
		}
	}
	t.Errorf("the demo was ready after %v, want at most %v", took, demoBound)
}

func timeToReadyDemo(t *testing.T) time.Duration {
	t.Helper()
	demo := exec.CommandContext(t.Context(), "actorpipe", "demo", "--keep")
	diag, err := demo.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(diag)
	page := demoPage(t, lines)
	read := make(chan struct{})
	go func() { // owned by this function
		defer close(read)
		_, _ = io.Copy(io.Discard, lines)
	}()
	await(t, "the demo to be ready", time.Minute, func() bool { return isReady(page) })
	took := time.Since(began)
	_ = demo.Process.Signal(syscall.SIGTERM) // it lives, or has ended
	<-read
	_ = demo.Wait() // it says that not all records were moved
	return took
}

// demoPage reads what the demo says until it says where its page is.
func demoPage(t *testing.T, lines *bufio.Reader) string {
	t.Helper()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if page, ok := strings.CutPrefix(line, "page"); ok {
			return strings.TrimSpace(page)
		}
	}
}

func isReady(page string) bool {
	resp, err := http.Get(page + "/ready")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
