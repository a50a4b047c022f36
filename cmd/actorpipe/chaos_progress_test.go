package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// longStandstill is worth a look at the logs.
const longStandstill = 10 * time.Second

// watcher watches the committed offsets of a group's partitions. Its fields, but
// for the atomic ones, are read when run has returned.
type watcher struct {
	s       *stack
	bound   time.Duration            // of a standstill
	quiet   func() bool              // while it is false, time does not count
	idle    map[string]time.Duration // behind, and without progress: since it last moved
	at      map[string]int64         // committed
	longest time.Duration
	where   string        // it was
	when    time.Duration // it was, since start
	long    []string      // standstills longer than a hand-over takes
	start   time.Time
	samples atomic.Int64
	behind  atomic.Int64 // records, at the last look
}

// run looks twice a second until ctx is done. A look that fails is none: the
// broker is away.
func (p *watcher) run(ctx context.Context) error {
	p.start, p.idle, p.at = time.Now(), map[string]time.Duration{}, map[string]int64{}
	client, err := kgo.NewClient(kgo.SeedBrokers(p.s.brokers...))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	last, wasQuiet := time.Now(), false
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		quiet := p.quiet()
		now := time.Now()
		passed := now.Sub(last)
		last = now
		if !quiet || !wasQuiet {
			passed = 0
		}
		wasQuiet = quiet
		p.look(ctx, admin, passed)
	}
	return nil
}

func (p *watcher) look(ctx context.Context, admin *kadm.Client, passed time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	ends, err := admin.ListEndOffsets(ctx, p.s.topic("tweets"), p.s.topic("users"))
	if err != nil || ends.Error() != nil {
		return
	}
	committed, err := admin.FetchOffsets(ctx, p.s.groupName())
	if err != nil || committed.Error() != nil {
		return
	}
	p.samples.Add(1)
	behind := int64(0)
	defer func() { p.behind.Store(behind) }()
	ends.Each(func(end kadm.ListedOffset) {
		at := int64(0)
		if o, ok := committed.Lookup(end.Topic, end.Partition); ok {
			at = max(o.At, 0)
		}
		behind += end.Offset - at
		p.moved(fmt.Sprintf("%s-%d", end.Topic, end.Partition), at, end.Offset, passed)
	})
}

// moved counts the time for one partition: a partition that has nothing to do
// needs no progress.
func (p *watcher) moved(partition string, at, end int64, passed time.Duration) {
	if at > p.at[partition] || at >= end {
		if idle := p.idle[partition]; idle > longStandstill {
			p.long = append(p.long, fmt.Sprintf("%s stood still for %v at offset %d, until %.0f s", partition, idle, p.at[partition], time.Since(p.start).Seconds()))
		}
		p.idle[partition] = 0
	} else {
		p.idle[partition] += passed
	}
	p.at[partition] = at
	if p.idle[partition] > p.longest {
		p.longest, p.where, p.when = p.idle[partition], partition, time.Since(p.start)
	}
}
