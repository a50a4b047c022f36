package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

const (
	chaosAuthors = 10_000
	oddEvery     = 499    // one tweet in so many is odd
	mostBehind   = 20_000 // records; the producer waits for a slow machine
)

// producer fills both topics at a rate that changes. Its fields are read when
// run has returned.
type producer struct {
	s             *stack
	behind        *atomic.Int64 // records that the group has to read yet
	rate          atomic.Int64  // records a second
	tweets, users int           // produced so far: 0 .. n-1
	failed        atomic.Int64
	failure       atomic.Pointer[error]
}

// odd says whether a tweet is one that has to be dead-lettered.
func odd(n int) bool { return n%oddEvery == oddEvery-1 }

// value is tweet n. Odd ones have its number too, and are in turn no JSON, or
// refused by Elasticsearch because a key is in them twice.
func (p *producer) value(n int) []byte {
	switch {
	case !odd(n):
		return p.s.generator.Tweet(n)
	case n/oddEvery%2 == 0:
		return fmt.Appendf(nil, `no object: " https://t.example/%d"`, n)
	default:
		return fmt.Appendf(nil, `{"Tags":null,"Message":" https://t.example/%d","Tags":null}`, n)
	}
}

// run produces until ctx is done, and then until every record is acknowledged.
// It reaches the broker directly: what is tried is not the producer.
func (p *producer) run(ctx context.Context) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(p.s.brokers...), kgo.UnknownTopicRetries(-1), kgo.AlwaysRetryEOF(), kgo.ProducerBatchCompression(kgo.SnappyCompression(), kgo.NoCompression()))
	if err != nil {
		return err
	}
	defer client.Close()
	const tick = 50 * time.Millisecond
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	due := 0.0
	for {
		select {
		case <-ctx.Done():
			return client.Flush(context.WithoutCancel(ctx))
		case <-ticker.C:
		}
		if p.behind.Load() > mostBehind {
			continue
		}
		for due += float64(p.rate.Load()) * tick.Seconds(); due >= 1; due-- {
			client.Produce(context.WithoutCancel(ctx), p.next(), p.acknowledged)
		}
	}
}

// next is a user after every nine tweets.
func (p *producer) next() *kgo.Record {
	if p.users < p.tweets/9 {
		p.users++
		n := p.users - 1
		return &kgo.Record{Topic: p.s.topic("users"), Key: sandbox.UserKey(n), Value: p.s.generator.User(n)}
	}
	p.tweets++
	n := p.tweets - 1
	return &kgo.Record{Topic: p.s.topic("tweets"), Key: p.s.generator.TweetKey(n), Value: p.value(n)}
}

func (p *producer) acknowledged(_ *kgo.Record, err error) {
	if err != nil {
		p.failed.Add(1)
		p.failure.Store(&err)
	}
}

// deadLettered is how often each tweet is in a DLQ file.
func deadLettered(lines [][]byte, count map[int]int) error {
	for _, line := range lines {
		var entry struct{ Topic, Value string }
		if err := json.Unmarshal(line, &entry); err != nil {
			return fmt.Errorf("a line of the DLQ: %w: %.200s", err, line)
		}
		n, err := sandbox.TweetNumber([]byte(entry.Value))
		if err != nil {
			return err
		}
		count[n]++
	}
	return nil
}
