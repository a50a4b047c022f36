package main

import (
	"context"
	"os"
	"path/filepath"
)

// world is where records come from and documents go to: brokers that are filled,
// and a target for each run.
type world interface {
	source() source
	// target is one without documents.
	target(ctx context.Context) (target, error)
	close(ctx context.Context)
}

// source is where the records of all runs come from.
type source struct {
	brokers []string
	topics  []topic // and indices
	geoip   string  // path
	dir     string  // of this bench's files
}

// target takes the documents of one run.
type target interface {
	url() string
	// written waits until all documents are there, and says how fast they came.
	written(ctx context.Context) (sinkRate, error)
	// holds says what is there. It is asked once, after written.
	holds(ctx context.Context) (sinkHolds, error)
	close()
}

// newWorld fills the brokers that s asks for.
func newWorld(ctx context.Context, s *settings) (w world, err error) {
	dir, err := os.MkdirTemp("", "actorpipe-bench-")
	if err != nil {
		return nil, err
	}
	from := source{brokers: s.kafka, topics: s.layout, geoip: s.geoip, dir: dir}
	if from.geoip == "" {
		from.geoip = filepath.Join(dir, "City.mmdb")
	}
	if s.stack {
		w, err = newStack(ctx, s, from)
	} else {
		w, err = newEmbedded(ctx, s, from)
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return w, nil
}

// embedded is the sandbox's broker and sinks, in processes of their own.
type embedded struct {
	settings *settings
	from     source
	broker   *server
}

func newEmbedded(ctx context.Context, s *settings, from source) (*embedded, error) {
	f := fillingOf(s, nil, from)
	broker, err := startServer(ctx, s, "broker", f.String())
	if err != nil {
		return nil, err
	}
	var ready brokerReady
	if err := broker.read(&ready); err != nil {
		return nil, err
	}
	from.brokers = ready.Brokers
	return &embedded{settings: s, from: from, broker: broker}, nil
}

func (w *embedded) source() source { return w.from }

func (w *embedded) close(context.Context) {
	w.broker.close()
	_ = os.RemoveAll(w.from.dir)
}

// sinkProcess is a sink that was never written to.
type sinkProcess struct {
	*server
	at sinkReady
}

func (w *embedded) target(ctx context.Context) (target, error) {
	p, err := startServer(ctx, w.settings, "sink", "--records", records(w.settings))
	if err != nil {
		return nil, err
	}
	t := &sinkProcess{server: p}
	return t, p.read(&t.at)
}

func (t *sinkProcess) url() string { return t.at.URL }

// written is not ended by ctx itself, but by the end of the process, which ctx kills.
func (t *sinkProcess) written(context.Context) (r sinkRate, err error) { return r, t.read(&r) }

func (t *sinkProcess) holds(context.Context) (h sinkHolds, err error) { return h, ask(t.server, &h) }
