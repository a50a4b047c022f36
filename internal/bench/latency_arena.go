package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// readyTick is how often a pipeline is asked whether it is ready.
const readyTick = 20 * time.Millisecond

// arena is what one rate is measured in: brokers, a sink that takes times, and an
// actorpipe between them, all of them new.
type arena struct {
	settings *settings
	world    world
	sink     *server
	program  *process
	listen   string // of actorpipe
	stack    *stack // nil: an embedded sink
}

// run has do measure in a new arena, whose sink waits for that many records. ctx of
// do ends where actorpipe does.
func (b *latencyBench) run(ctx context.Context, records int, do func(ctx context.Context, a *arena) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, runTimeout, errors.New("it took too long"))
	defer cancel()
	w, err := newWorld(ctx, &b.settings)
	if err != nil {
		return err
	}
	defer w.close(ctx)
	a := &arena{settings: &b.settings, world: w}
	if err := a.startSink(ctx, records); err != nil {
		return err
	}
	defer a.sink.close()
	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	if err := a.startProgram(running, b.actorpipe); err != nil {
		return err
	}
	defer a.program.kill()
	go func() { // ends with the program
		<-a.program.ended
		fail(errors.Join(errEnded, a.program.err))
	}()
	if err := a.awaitReady(running); err != nil {
		return a.explain(running, err)
	}
	return a.explain(running, do(running, a))
}

// explain says why an error came about: what ended the context, and what
// actorpipe has logged.
func (a *arena) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return a.program.explain(err)
}

func (a *arena) startSink(ctx context.Context, records int) (err error) {
	args := []string{"--records", strconv.Itoa(records)}
	if w, ok := a.world.(*stack); ok {
		t, err := w.target(ctx)
		if err != nil {
			return err
		}
		a.stack, args = w, append(args, "--forward", t.url())
	}
	a.sink, err = startServer(ctx, a.settings, "clock", args...)
	return err
}

func (a *arena) startProgram(ctx context.Context, path string) (err error) {
	var at sinkReady
	if err := a.sink.read(&at); err != nil {
		return err
	}
	if a.listen, err = sandbox.FreeAddress(); err != nil {
		return err
	}
	conf, err := writeConfig(a.world.source(), spot{run: 1, sink: at.URL, listen: a.listen})
	if err != nil {
		return err
	}
	a.program, err = startProcess(ctx, nameActorpipe, a.listen, []string{path, "start", "-c", conf})
	return err
}

// awaitReady waits until actorpipe says that it is ready.
func (a *arena) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(readyTick)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+a.listen+"/ready", http.NoBody)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			continue // it does not listen yet
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
	}
}

// load has a process of its own produce, and calls begun once the lead is over;
// nil: there is nothing to do then.
func (a *arena) load(ctx context.Context, l *load, begun func() error) (ended loadEnded, err error) {
	from := a.world.source()
	to := fillingOf(a.settings, from.brokers, from)
	p, err := startServer(ctx, a.settings, "load", to.String(),
		"--rate", strconv.Itoa(l.rate), "--lead", strconv.Itoa(l.lead), "--records", strconv.Itoa(l.records),
		"--listen", l.window.listen, "--window", strconv.Itoa(l.window.size), "--longest", l.window.longest.String())
	if err != nil {
		return ended, err
	}
	defer p.close()
	if begun != nil {
		if err := p.read(&loadBegun{}); err != nil {
			return ended, err
		}
		if err := begun(); err != nil {
			return ended, err
		}
	}
	return ended, p.read(&ended)
}
