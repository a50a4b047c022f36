package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
)

// process is a variant under test.
type process struct {
	name   string
	listen string // of its page, where it has one
	cmd    *exec.Cmd
	out    bytes.Buffer // to be read once it has ended, as log is
	log    bytes.Buffer
	ended  chan struct{} // closed when it has
	err    error         // how; set then
}

// startProcess starts a command, which ctx kills.
func startProcess(ctx context.Context, name, listen string, command []string) (*process, error) {
	p := &process{name: name, listen: listen, cmd: exec.CommandContext(ctx, command[0], command[1:]...), ended: make(chan struct{})} //nolint:gosec // our own programs
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.log
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { // ends with the process; owned by stop
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// errEnded is that a variant has ended before it was told to.
var errEnded = errors.New("ended too soon")

// stop has the variant end in good order, and returns what it has used.
func (p *process) stop(ctx context.Context) (u usage, peakKiB int64, err error) {
	if p.name == nameActorpipe {
		if u, err = scrape(ctx, p.listen); err != nil {
			return u, 0, p.explain(err)
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return u, 0, p.explain(err)
	}
	<-p.ended
	if p.err != nil {
		return u, 0, p.explain(p.err)
	}
	if p.name != nameActorpipe {
		if err := json.Unmarshal(p.out.Bytes(), &u); err != nil {
			return u, 0, p.explain(err)
		}
	}
	r, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return u, 0, p.explain(errors.New("the system does not say what it used"))
	}
	if u.CPU == 0 {
		u.CPU = cpuOf(r)
	}
	return u, r.Maxrss, nil
}

// kill ends the variant, if it lives, and waits for that.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// explain adds what the variant has logged. It is killed for that.
func (p *process) explain(err error) error {
	p.kill()
	return fmt.Errorf("%s: %w\n%s%s", p.name, err, p.log.Bytes(), p.out.Bytes())
}
