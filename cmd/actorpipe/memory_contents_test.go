package main

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// contents are what a broker of the memory tests is filled with.
type contents struct {
	records     int
	recordBytes int // 0: as the generator makes them, ten tweets for each user
	zstd        bool
	trickle     bool // nothing; trickle brings it
}

// filledBroker is a broker in the process of the test, with so many partitions:
// five of the tweets for each of the users.
func filledBroker(t *testing.T, partitions int, c contents) *sandbox.Broker {
	t.Helper()
	users := partitions / 6
	broker, err := sandbox.StartBroker(sandbox.BrokerSettings{Topics: map[string]int32{"tweets": int32(partitions - users), "users": int32(users)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	compression := kgo.NoCompression()
	if c.zstd {
		compression = kgo.ZstdCompression()
	}
	if c.recordBytes == 0 {
		err = sandbox.Fill(t.Context(), sandbox.FillSettings{
			Brokers: broker.Addrs(), Generator: sandbox.NewGenerator(demoSeed, max(c.records/11, 1)),
			Tweets:  sandbox.FillTopic{Topic: "tweets", Count: c.records / 11 * 10},
			Users:   sandbox.FillTopic{Topic: "users", Count: c.records / 11},
			Options: []kgo.Opt{kgo.ProducerBatchCompression(compression)},
		})
	} else {
		err = fillSized(t.Context(), broker, c, kgo.ProducerBatchCompression(compression))
	}
	if err != nil {
		t.Fatal(err)
	}
	return broker
}

// fillSized produces records of one size, in turn to all partitions.
func fillSized(ctx context.Context, broker *sandbox.Broker, c contents, options ...kgo.Opt) error {
	const topicOverhead = 1 << 10 // of a batch, which the broker takes up to 1 MiB
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(broker.Addrs()...), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()),
		kgo.ProducerBatchMaxBytes(1<<20), kgo.MaxBufferedRecords(20_000), kgo.MaxBufferedBytes(64<<20))...)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var values [16][]byte
	for i := range values {
		values[i] = valueOf(min(c.recordBytes, 1<<20-topicOverhead), i)
	}
	for i := range c.records {
		topic := "tweets"
		if i%6 == 0 {
			topic = "users"
		}
		client.Produce(ctx, &kgo.Record{Topic: topic, Value: values[i%len(values)]}, func(_ *kgo.Record, err error) {
			if err != nil {
				cancel(err)
			}
		})
	}
	err = client.Flush(ctx)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// valueOf is a tweet of that many bytes that compresses as text does, or where
// these are too few an empty object.
func valueOf(size, seed int) []byte {
	const head, tail = `{"RemoteAddress":"81.2.69.142","Message":"`, `"}`
	if size < len(head)+len(tail) {
		return []byte("{}")
	}
	value := []byte(head)
	for i := uint32(seed); len(value) < size-len(tail)-10; i++ { //nolint:gosec // a small number
		value = strconv.AppendUint(value, uint64(i*2654435761%5000*7919), 36)
		value = append(value, ' ')
	}
	return append(value, tail...)
}

// trickle has each partition of the users get a record now and then, so that each
// comes alone.
func trickle(t *testing.T, broker *sandbox.Broker) {
	t.Helper()
	const records, together, every = 12_000, 12, 5 * time.Millisecond
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addrs()...), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := range records {
		if i%together == 0 {
			<-tick.C
		}
		client.Produce(t.Context(), &kgo.Record{Topic: "users", Value: []byte("{}")}, func(_ *kgo.Record, err error) {
			if err != nil {
				t.Error(fmt.Errorf("trickle: %w", err))
			}
		})
	}
	if err := client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}
