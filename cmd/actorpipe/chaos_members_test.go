package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// member is one of the members of a chaos run, a process at a time. Its methods
// are called by the test's goroutine.
type member struct {
	c      *chaos
	number int
	listen string
	config string
	lives  []*life
}

// life is one process of a member.
type life struct {
	*process
	ended  chan struct{}  // closed when it has
	told   syscall.Signal // to end; 0 if it was not
	toldAt time.Time
	heard  []ordered // of its saboteur
}

// start starts the member when its former process has ended.
func (m *member) start() {
	if len(m.lives) > 0 {
		former := m.lives[len(m.lives)-1]
		select {
		case <-former.ended:
		default:
			m.c.after(former.ended, m.start)
			return
		}
	}
	l := &life{process: m.c.launch(m.c.t, m.config, m.listen), ended: make(chan struct{})}
	go func() { // owned by the cleanup
		defer close(l.ended)
		_ = l.cmd.Wait() // the code says it
	}()
	m.c.t.Cleanup(func() {
		_ = l.cmd.Process.Kill() // or it has ended
		<-l.ended
	})
	m.lives = append(m.lives, l)
}

// signal tells the member to end, unless it has been told.
func (m *member) signal(with syscall.Signal) {
	if l := m.lives[len(m.lives)-1]; l.told == 0 {
		l.told, l.toldAt = with, time.Now()
		_ = l.cmd.Process.Signal(with) // it may have ended
	}
}

// stop ends the last process in order, and returns when it has.
func (m *member) stop() {
	m.signal(syscall.SIGTERM)
	<-m.lives[len(m.lives)-1].ended
}

// check fails the test unless each process ended as it should: when it was told,
// and in order where it was asked; only then are there books. A drain that does
// not come through within the grace time, while a server is away, is in order.
func (m *member) check() {
	for i, l := range m.lives {
		code := l.cmd.ProcessState.ExitCode()
		graceSpent := code == exitFatal && strings.Contains(l.log.String(), "not drained within shutdown_grace")
		switch {
		case l.told == syscall.SIGKILL && code == -1:
		case l.told == syscall.SIGTERM && (code == 0 || graceSpent && i < len(m.lives)-1):
			l.balanced()
		default:
			m.c.t.Errorf("process %d of member %d ended with code %d after signal %d (%v)", i, m.number, code, l.told, l.told)
		}
	}
}

// entries are the lines of the member's DLQ file. A last line that was cut off by
// a kill is none.
func (m *member) entries() (lines [][]byte) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(m.config), "dlq.ndjson*"))
	m.c.must(err)
	for _, file := range files {
		if strings.HasSuffix(file, ".lock") {
			continue
		}
		text, err := os.ReadFile(file)
		m.c.must(err)
		all := slices.Collect(bytes.Lines(text))
		if n := len(all); n > 0 && !bytes.HasSuffix(all[n-1], []byte("\n")) {
			all = all[:n-1]
		}
		lines = append(lines, all...)
	}
	return lines
}

// keepLogs writes the logs of all processes into a folder, and returns the ends
// of the last two.
func (m *member) keepLogs(folder string) string {
	var tails strings.Builder
	for i, l := range m.lives {
		name := fmt.Sprintf("member%d-%d.log", m.number, i)
		m.c.must(os.WriteFile(filepath.Join(folder, name), l.log.Bytes(), 0o600))
		if i >= len(m.lives)-2 {
			lines := slices.Collect(strings.Lines(l.log.String()))
			fmt.Fprintf(&tails, "---- the end of %s\n%s\n", name, strings.Join(lines[max(0, len(lines)-25):], ""))
		}
	}
	return tails.String()
}
