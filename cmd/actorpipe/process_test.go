package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/procfs"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// process is actorpipe start in a process of its own.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	log    bytes.Buffer
	listen string
	orders io.Writer // of its saboteur; nil without one
}

// proc is what Linux says of the process.
func (p *process) proc() procfs.Proc {
	p.t.Helper()
	all, err := procfs.NewDefaultFS()
	if err != nil {
		p.t.Skipf("what a process uses is read from /proc, which is not here: %v", err)
	}
	proc, err := all.Proc(p.cmd.Process.Pid)
	if err != nil {
		p.t.Fatal(err)
	}
	return proc
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	address, err := sandbox.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// startProcess starts actorpipe with a configuration that listens on listen. It
// is killed at the end of the test if it lives then.
func startProcess(t testing.TB, config, listen string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.CommandContext(t.Context(), "actorpipe", "start", "-c", config), listen: listen}
	p.start()
	return p
}

// startSabotaged is startProcess with a saboteur in the process, who takes orders.
func startSabotaged(t testing.TB, config, listen string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.CommandContext(t.Context(), "actorpipe-sabotaged", config), listen: listen}
	var err error
	if p.orders, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	p.start()
	return p
}

func (p *process) start() {
	p.t.Helper()
	p.cmd.Stderr = &p.log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			p.kill()
		}
	})
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// stop sends SIGTERM and fails the test unless the process ends with that code,
// and its books balance.
func (p *process) stop(code int) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	_ = p.cmd.Wait() // the code says it
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.t.Errorf("exit code %d, want %d; the log:\n%s", got, code, p.log.String())
	}
	p.balanced()
}

// balanced fails the test unless the last log lines of the process have the books
// of every topic, and each balances.
func (p *process) balanced() {
	p.t.Helper()
	topics := 0
	for line := range strings.Lines(p.log.String()) {
		var entry struct {
			Msg, Topic                                                           string
			Consumed, Indexed, Duplicate, Superseded, Deleted, Ignored, Returned int64
			DeadLettered                                                         int64 `json:"dead_lettered"`
			InFlight                                                             int64 `json:"in_flight"`
		}
		if json.Unmarshal([]byte(line), &entry) != nil || entry.Msg != "books" {
			continue
		}
		topics++
		b := messages.Books{
			Consumed: entry.Consumed, Indexed: entry.Indexed, Duplicate: entry.Duplicate, Superseded: entry.Superseded, Deleted: entry.Deleted,
			Ignored: entry.Ignored, DeadLettered: entry.DeadLettered, Returned: entry.Returned, InFlight: entry.InFlight,
		}
		if !b.Balanced() {
			p.t.Errorf("the books of %s do not balance: %s", entry.Topic, line)
		}
	}
	if topics == 0 {
		p.t.Errorf("no books in the log:\n%s", p.log.String())
	}
}

// report asks the process; nil while it does not answer.
func (p *process) report() *messages.Report {
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, "http://"+p.listen+"/api/v1/report", http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	r := &messages.Report{}
	if err := json.NewDecoder(resp.Body).Decode(r); err != nil {
		return nil
	}
	return r
}

// await polls another process until done, and fails the test after the bound.
func await(t testing.TB, what string, bound time.Duration, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(bound)
	defer deadline.Stop()
	poll := time.NewTicker(200 * time.Millisecond)
	defer poll.Stop()
	for !done() {
		select {
		case <-poll.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", bound, what)
		}
	}
}
