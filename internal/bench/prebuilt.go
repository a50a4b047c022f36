package main

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/actorpipe/actorpipe/internal/kafka"
)

// prebuilt makes all bulk bodies first and then only sends them, over as many
// connections as there are writers.
type prebuilt struct {
	*splicer
	left atomic.Int64  // records that are in no body yet
	none chan struct{} // closed when there are none left
	size int           // of a body, about
	fail context.CancelCauseFunc

	mu     sync.Mutex // guards bodies
	bodies [][]byte
}

func runPrebuilt(ctx context.Context, j *job) error {
	s, err := newSplicer(j.conf, j.log) //nolint:contextcheck // opening a file takes none
	if err != nil {
		return err
	}
	run, fail := context.WithCancelCause(context.WithoutCancel(ctx)) // the end may overtake the last answer
	defer fail(nil)
	p := &prebuilt{splicer: s, none: make(chan struct{}), size: int(j.conf.Elasticsearch.Bulk.MaxBytes), fail: fail}
	p.left.Store(int64(j.records))
	if err := p.make(ctx, run, j); err != nil || ctx.Err() != nil {
		return err
	}
	j.used()
	var senders errgroup.Group
	senders.SetLimit(j.conf.Elasticsearch.Workers)
	for _, body := range p.bodies {
		senders.Go(func() error { return post(run, j.conf.Elasticsearch.Addresses[0], body) })
	}
	if err := senders.Wait(); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// make reads every record.
func (p *prebuilt) make(ctx, run context.Context, j *job) error {
	consumer, err := kafka.New(kafkaSettings(j.conf.Kafka), kafka.Hooks{Claim: p.feed, Log: j.log}) //nolint:contextcheck // Run takes it
	if err != nil {
		return err
	}
	drain, stop := context.WithCancel(ctx)
	defer stop()
	var consuming errgroup.Group
	consuming.Go(func() error { return consumer.Run(drain, run) })
	select {
	case <-p.none:
	case <-run.Done():
	case <-ctx.Done():
	}
	stop()
	if err := consuming.Wait(); err != nil {
		return err
	}
	return context.Cause(run)
}

// feed makes bodies of one claim's records. The last of them is what it has when
// the claim ends.
func (p *prebuilt) feed(ctx context.Context, from *kafka.Partition) {
	b := p.newBody(from)
	for {
		select {
		case m, ok := <-from.Messages():
			if !ok {
				p.keep(b)
				return
			}
			r := from.Record(m)
			if err := b.add(&r); err != nil {
				p.fail(err)
				return
			}
			if len(b.bytes) >= p.size {
				p.keep(b)
			}
			if p.left.Add(-1) == 0 {
				close(p.none)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (p *prebuilt) keep(b *body) {
	if len(b.bytes) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bodies = append(p.bodies, b.bytes)
	b.bytes = nil
}
