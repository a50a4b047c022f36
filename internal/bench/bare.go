package main

import (
	"context"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/kafka"
)

// bareBodyBytes is the size from which on a claim sends its body.
const bareBodyBytes = 1 << 20

// bare is consume, splice, bulk, and nothing else: each claim splices its records
// straight into a body of its own, sends it, and marks.
type bare struct {
	*splicer
	conf  *config.Config
	slots chan struct{} // as many as there are connections
	fail  context.CancelCauseFunc
}

func runBare(ctx context.Context, j *job) error {
	s, err := newSplicer(j.conf, j.log) //nolint:contextcheck // opening a file takes none
	if err != nil {
		return err
	}
	run, fail := context.WithCancelCause(context.WithoutCancel(ctx))
	defer fail(nil)
	p := &bare{splicer: s, conf: j.conf, slots: make(chan struct{}, j.conf.Elasticsearch.Workers), fail: fail}
	consumer, err := kafka.New(kafkaSettings(j.conf.Kafka), kafka.Hooks{Claim: p.feed, Log: j.log}) //nolint:contextcheck // Run takes it
	if err != nil {
		return err
	}
	if err := consumer.Run(ctx, run); err != nil {
		return err
	}
	return context.Cause(run)
}

// feed moves the records of one claim.
func (p *bare) feed(ctx context.Context, from *kafka.Partition) {
	b := p.newBody(from)
	for open := true; open; {
		var err error
		select {
		case m, ok := <-from.Messages():
			open = ok
			if err = b.take(m, ok); err == nil && (len(b.bytes) >= bareBodyBytes || !ok) {
				err = p.send(ctx, b)
			}
		case <-b.late:
			err = p.send(ctx, b)
		case <-ctx.Done():
			return
		}
		if err != nil {
			p.fail(err)
			return
		}
	}
}

// send sends the body, marks what was in it, and empties it.
func (p *bare) send(ctx context.Context, b *body) error {
	if len(b.bytes) == 0 {
		return nil
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil // the run is over
	}
	err := post(ctx, p.conf.Elasticsearch.Addresses[0], b.bytes)
	<-p.slots
	if err == nil {
		b.from.Mark(b.next)
	}
	b.bytes, b.late = b.bytes[:0], nil
	return err
}
