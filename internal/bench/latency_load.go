package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

const (
	loadTick = time.Millisecond // how exactly the schedule is kept
	// loadUsers is how many users the tweets are by.
	loadUsers = 100_000
	// loadBuffer is how many records may wait for Kafka before the producer waits.
	// Then what comes next is late, and counted from when it was due.
	loadBuffer = 500_000
)

// load is a producer, as a process is told it by a filling and flags.
type load struct {
	filling
	rate    int // records a second; 0: as fast as the window allows
	lead    int // records that are not measured, before the others
	records int // to be measured
	window  window
}

// What the producer says: that the lead is over, and at the end how it went.
type (
	loadBegun struct{}
	loadEnded struct {
		InKafka          latencies // until Kafka had acknowledged each record
		RecordsPerSecond float64   // settled by the pipeline; only where there is a window
	}
)

// loadCommand is the process of the producer.
func loadCommand() *cobra.Command {
	var l load
	c := &cobra.Command{Use: "load FILLING", Hidden: true, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		if err := json.Unmarshal([]byte(args[0]), &l.filling); err != nil {
			return err
		}
		return l.run(c.Context(), json.NewEncoder(c.OutOrStdout()))
	}}
	flags := c.Flags()
	flags.IntVar(&l.rate, "rate", 0, "")
	flags.IntVar(&l.lead, "lead", 0, "")
	flags.IntVar(&l.records, "records", 0, "")
	flags.StringVar(&l.window.listen, "listen", "", "")
	flags.IntVar(&l.window.size, "window", 0, "")
	flags.DurationVar(&l.window.longest, "longest", 0, "")
	return c
}

// producing is a load under way.
type producing struct {
	*load
	out       *json.Encoder
	client    *kgo.Client
	from      *addresses
	generator *sandbox.Generator
	fail      context.CancelCauseFunc
	written   int // records so far

	mu    sync.Mutex // guards waits
	waits []time.Duration
}

func (l *load) run(ctx context.Context, out *json.Encoder) (err error) {
	from, err := newAddresses(l.Addresses, l.GeoIP, zipfHosts)
	if err != nil {
		return err
	}
	defer func() { _ = from.close() }()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(l.Brokers...), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerLinger(0),
		kgo.MaxBufferedRecords(loadBuffer), kgo.RecordDeliveryTimeout(deliveryTimeout),
	)
	if err != nil {
		return fmt.Errorf("produce to %s: %w", strings.Join(l.Brokers, ", "), err)
	}
	defer client.Close()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	p := &producing{load: l, out: out, client: client, from: from, generator: sandbox.NewGenerator(seed, loadUsers), fail: fail}
	var ended loadEnded
	if l.rate > 0 {
		err = p.keepSchedule(ctx)
	} else {
		ended.RecordsPerSecond, err = p.keepWindow(ctx)
	}
	err = errors.Join(err, client.Flush(ctx))
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return fmt.Errorf("produce to %s: %w", strings.Join(l.Brokers, ", "), err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ended.InKafka = latenciesOf(p.waits)
	return out.Encode(ended)
}

// keepSchedule produces each record when it is due, which does not depend on how
// those before it have fared.
func (p *producing) keepSchedule(ctx context.Context) error {
	tick := time.NewTicker(loadTick)
	defer tick.Stop()
	start := time.Now()
	for total := p.lead + p.records; p.written < total; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for n := min(dueBy(time.Since(start), p.rate), total); p.written < n; {
			if p.written == p.lead {
				if err := p.out.Encode(loadBegun{}); err != nil {
					return err
				}
			}
			p.produce(ctx, start.Add(dueAt(p.written, p.rate)), p.written >= p.lead)
		}
	}
	return nil
}

// dueAt is when record n is due, from the start on.
func dueAt(n, rate int) time.Duration {
	r := time.Duration(rate)
	return time.Duration(n/rate)*time.Second + (time.Duration(n%rate)*time.Second+r-1)/r
}

// dueBy is how many records are due after that long, the first of them at once.
func dueBy(passed time.Duration, rate int) int {
	return 1 + int(passed*time.Duration(rate)/time.Second)
}

// produce produces the next record, one of usersShare a user. It waits where Kafka
// is too far behind.
func (p *producing) produce(ctx context.Context, due time.Time, measured bool) {
	n := p.written
	p.written++
	users := n / usersShare
	r := &kgo.Record{Topic: p.Topics[0].Name, Timestamp: due}
	if n%usersShare == 0 {
		r.Topic, r.Key, r.Value = p.Topics[1].Name, sandbox.UserKey(users), p.generator.User(users)
	} else {
		n -= users + 1
		r.Key, r.Value = p.generator.TweetKey(n), tweet(p.generator, n, p.from)
	}
	if measured {
		r.Value = appendDue(make([]byte, 0, len(r.Value)+32), r.Value, due)
	}
	p.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
		switch {
		case err != nil:
			p.fail(err)
		case measured:
			p.acknowledged(time.Since(due))
		}
	})
}

func (p *producing) acknowledged(after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waits = append(p.waits, after)
}
