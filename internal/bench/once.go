package main

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// runTimeout is how long one run may take.
const runTimeout = 10 * time.Minute

// outcome is what one run has used, and left.
type outcome struct {
	rate  sinkRate
	uses  []use // by member
	holds sinkHolds
}

// once runs a variant once, on a target of its own.
func (m *measuring) once(ctx context.Context, name string) (o outcome, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, runTimeout, errors.New("it took too long"))
	defer cancel()
	t, err := m.world.target(ctx)
	if err != nil {
		return o, err
	}
	defer t.close()
	m.runs++
	var c crew
	defer func() { c.kill() }()
	for member := range m.members {
		p, err := m.start(ctx, name, member, t)
		if err != nil {
			return o, err
		}
		c = append(c, p)
	}
	if o.rate, err = written(ctx, c, t); err != nil {
		return o, err
	}
	for _, p := range c {
		if m.beforeEnd == nil {
			break
		}
		if err := m.beforeEnd(ctx, p); err != nil {
			return o, p.explain(err)
		}
	}
	if o.uses, err = c.stop(ctx); err != nil {
		return o, err
	}
	o.holds, err = t.holds(ctx)
	return o, err
}

// start starts a process of a variant, one of the members that together read
// everything and write to t.
func (m *measuring) start(ctx context.Context, name string, member int, t target) (*process, error) {
	listen, err := sandbox.FreeAddress()
	if err != nil {
		return nil, err
	}
	path, err := writeConfig(m.world.source(), spot{run: m.runs, member: member, sink: t.url(), listen: listen, fetchMemory: m.fetchMemory})
	if err != nil {
		return nil, err
	}
	command := []string{m.actorpipe, "start", "-c", path}
	if name != nameActorpipe {
		command = append(append([]string{}, m.self...), "variant", name, "-c", path, "--records", records(m.settings))
	}
	return startProcess(ctx, name, listen, command, m.environment...)
}

func records(s *settings) string { return strconv.Itoa(s.records) }

// written waits until the target has all documents, or a process has ended.
func written(ctx context.Context, c crew, t target) (rate sinkRate, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer cancel(nil)
	ended := make(chan *process, len(c))
	for _, p := range c {
		waiting.Go(func() {
			select {
			case <-p.ended:
				ended <- p
			case <-ctx.Done():
			}
		})
	}
	done := make(chan struct{})
	go func() { // ends with the target, which close ends
		defer close(done)
		rate, err = t.written(ctx)
	}()
	by := c[0]
	select {
	case <-done:
		if err != nil {
			err = by.explain(err)
		}
		return rate, err
	case by = <-ended:
		cancel(errors.Join(errEnded, by.err))
	case <-ctx.Done():
	}
	t.close()
	<-done
	return sinkRate{}, by.explain(context.Cause(ctx))
}
