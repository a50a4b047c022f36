package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sync/errgroup"
)

// process is a variant under test.
type process struct {
	name   string
	listen string // of its page, where it has one
	cmd    *exec.Cmd
	began  time.Time
	out    bytes.Buffer // to be read once it has ended, as log is
	log    bytes.Buffer
	ended  chan struct{} // closed when it has
	err    error         // how; set then
}

// startProcess starts a command, which ctx kills, with more in its environment.
func startProcess(ctx context.Context, name, listen string, command []string, environment ...string) (*process, error) {
	p := &process{name: name, listen: listen, began: time.Now(), ended: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // our own programs
	p.cmd.Env = append(p.cmd.Environ(), environment...)
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

// use is what one process of a run has used, start and end included; its peak
// memory is that up to the signal that ends it.
type use struct {
	usage
	peakBytes uint64
	began     time.Time
	log       []byte
}

// stop has the variant end in good order. u is what it used of the heap,
// where it does not say that itself.
func (p *process) stop(u usage) (use, error) {
	select {
	case <-p.ended:
		return use{}, p.explain(errors.Join(errEnded, p.err))
	default:
	}
	peak, err := p.peak()
	if err != nil {
		return use{}, p.explain(err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return use{}, p.explain(err)
	}
	<-p.ended
	if p.err != nil {
		return use{}, p.explain(p.err)
	}
	if p.name != nameActorpipe {
		if err := json.Unmarshal(p.out.Bytes(), &u); err != nil {
			return use{}, p.explain(err)
		}
	}
	r, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return use{}, p.explain(errors.New("the system does not say what it used"))
	}
	if u.CPU == 0 {
		u.CPU = cpuOf(r)
	}
	return use{u, peak, p.began, p.log.Bytes()}, nil
}

// peak is the most memory that the process has had at a time until now, in bytes. The
// kernel's ru_maxrss would tell it at the end, but counts what bench had when it
// started the process.
func (p *process) peak() (uint64, error) {
	proc, err := procfs.NewProc(p.cmd.Process.Pid)
	if err != nil {
		return 0, fmt.Errorf("peak memory, which bench reads from Linux's /proc: %w", err)
	}
	status, err := proc.NewStatus()
	if err != nil {
		return 0, fmt.Errorf("peak memory: %w", err)
	}
	if status.VmHWM == 0 { // it ends right now
		return 0, errEnded
	}
	return status.VmHWM, nil
}

// crew is the processes of one run: a variant's, which is one, or the members of a
// group.
type crew []*process

// stop has all of them end in good order, and returns what each has used. They end
// together: those that are left would take over the partitions of who goes first.
func (c crew) stop(ctx context.Context) ([]use, error) {
	heap := make([]usage, len(c))
	for i, p := range c {
		if p.name != nameActorpipe {
			continue
		}
		var err error
		if heap[i], err = scrape(ctx, p.listen); err != nil {
			return nil, p.explain(err)
		}
	}
	var all errgroup.Group
	uses := make([]use, len(c))
	for i, p := range c {
		all.Go(func() (err error) {
			uses[i], err = p.stop(heap[i])
			return err
		})
	}
	return uses, all.Wait()
}

func (c crew) kill() {
	for _, p := range c {
		p.kill()
	}
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
