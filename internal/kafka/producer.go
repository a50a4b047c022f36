package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"github.com/actorpipe/actorpipe/messages"
)

// What is sent at once.
const (
	usualBatch    = 512 << 10 // bytes; well below what topics take by default
	largestRecord = 64 << 20  // bytes; brokers take no request of 100 MiB
)

// Producer writes records to one topic, each once unless a connection is lost on the
// way to the acknowledgment (acks=all, idempotent). It may be used by several
// goroutines, one after the other.
type Producer struct {
	*topicClient
	condition func(reason string)

	mu      sync.Mutex // guards all below; held while records are sent
	link    *link      // nil: none yet, or it was in trouble
	sender  sarama.SyncProducer
	unknown span // when the topic was
	waiting bool // condition has heard of it
}

// NewProducer reads the files that the settings name, and connects to nothing.
// condition hears why a Send waits, and the empty reason once it waits no more.
func NewProducer(s TopicSettings, condition func(reason string)) (*Producer, error) {
	c, err := newTopicClient(s)
	if err != nil {
		return nil, err
	}
	return &Producer{topicClient: c, condition: condition}, nil
}

// Send writes key and value of the records and returns when every one is
// acknowledged by all replicas in sync, but for those that are too large for the
// topic, whose indices it returns. Without records it only connects and looks for
// the topic. It waits for ever while time can heal what is wrong. An error says what
// to fix, or is that of ctx, whose end cuts the connections.
func (p *Producer) Send(ctx context.Context, records []messages.Record) (tooLarge []int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := &leftover{records: records}
	for i := range records {
		left.add(i)
	}
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		err := p.attempt(ctx, left)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err == nil:
			p.report("")
			return left.tooLarge, nil
		}
		p.drop()
		if fatal := p.judge(err); fatal != nil {
			return nil, fatal
		}
		p.report(p.settings.reason(err))
		sleep(ctx, wait)
	}
}

// judge is the fatal error that err is, or has become by its duration; else nil.
func (p *Producer) judge(err error) error {
	if fatal := p.fatal(err, "write to", "WRITE"); fatal != nil {
		return fatal
	}
	if !errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		return nil
	}
	if lasts := p.unknown.seen(time.Now(), p.TopicTimeout); lasts >= p.TopicTimeout {
		return fmt.Errorf("write to topic %q: the brokers have not known it for %s, create it: %w", p.Topic, lasts.Round(time.Millisecond), err)
	}
	return nil
}

// report tells condition of a reason, and of its end.
func (p *Producer) report(reason string) {
	if reason != "" || p.waiting {
		p.waiting = reason != ""
		p.condition(reason)
	}
}

// attempt sends what is left, until something goes wrong.
func (p *Producer) attempt(ctx context.Context, left *leftover) error {
	if err := p.open(ctx); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, p.link.dialer.cut)()
	for len(left.indices) > 0 {
		if err := p.send(left, left.batch()); err != nil {
			return err
		}
	}
	return nil
}

// open connects, if need be.
func (p *Producer) open(ctx context.Context) error {
	if p.link != nil {
		return nil
	}
	l, err := p.connect(ctx, producing)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, l.dialer.cut)()
	if p.sender, err = sarama.NewSyncProducerFromClient(l.Client); err != nil {
		l.close()
		return err
	}
	p.link, p.unknown = l, span{}
	return nil
}

// producing sets how records are written.
func producing(k *sarama.Config, d *dialer) {
	k.Producer.RequiredAcks, k.Producer.Idempotent, k.Net.MaxOpenRequests = sarama.WaitForAll, true, 1
	k.Producer.Return.Successes, k.Producer.Return.Errors = true, true // a SyncProducer wants both
	k.Producer.MaxMessageBytes = largestRecord + 1<<20                 // with what is around it; the topic has the say
	k.Producer.Retry.BackoffFunc = func(int, int) time.Duration { return d.pause(shortPause) }
	k.Producer.Timeout, k.Net.ReadTimeout = netPatience, 2*netPatience
}

// send sends a batch of what is left and strikes off what is done. Where a batch is
// too large for the topic, each of its records goes alone.
func (p *Producer) send(left *leftover, batch []int) error {
	refused := map[int]error{}
	err := p.sender.SendMessages(left.messages(p.Topic, batch))
	all := sarama.ProducerErrors(nil)
	if err != nil && !errors.As(err, &all) {
		return err // which records are acknowledged is not said: none counts
	}
	for _, e := range all {
		refused[e.Msg.Metadata.(int)] = e.Err
	}
	var other error
	for _, i := range batch {
		reason, failed := refused[i]
		switch {
		case !failed:
			left.strike(i)
		case !errors.Is(reason, sarama.ErrMessageSizeTooLarge):
			other = reason
		case len(batch) == 1:
			left.refuse(i)
		}
	}
	left.alone = left.alone || len(refused) > 0 && other == nil
	return other
}

// drop gives the connections up.
func (p *Producer) drop() {
	if p.link == nil {
		return
	}
	p.link.dialer.cut()
	_ = p.sender.Close() // nothing is under way
	_ = p.link.Close()
	p.link = nil
}

// Close closes the connections. It waits for a Send, which the end of its context
// ends.
func (p *Producer) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop()
}
