package sandbox

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	progressEvery   = 2000             // records
	slabBytes       = 256 << 10        // of values, made at once
	deliveryTimeout = 60 * time.Second // of one record
)

// FillTopic is what goes into a topic.
type FillTopic struct {
	Topic string
	Count int // records
}

// FillSettings say what goes where.
type FillSettings struct {
	Brokers   []string // host and port
	Generator *Generator
	Tweets    FillTopic   // tweets 0 .. Count-1
	Users     FillTopic   // users 0 .. Count-1
	Progress  func(n int) // n more records are stored; by one goroutine; may be nil
	Options   []kgo.Opt   // TLS, SASL, compression
}

// Fill produces tweets and users into topics that exist, of any Kafka, mixed
// and each in ascending order within its partition, which its key picks. It
// returns when all are acknowledged, or with the first error; then some of them
// may be stored.
func Fill(ctx context.Context, s FillSettings) error {
	options := []kgo.Opt{
		kgo.SeedBrokers(s.Brokers...),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.MaxBufferedRecords(50_000),
		kgo.ProducerBatchMaxBytes(900 << 10),
		kgo.RecordDeliveryTimeout(deliveryTimeout),
	}
	client, err := kgo.NewClient(append(options, s.Options...)...)
	if err != nil {
		return fmt.Errorf("fill %s: %w", strings.Join(s.Brokers, ", "), err)
	}
	defer client.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	f := &filling{FillSettings: s, client: client, fail: cancel}
	f.produce(ctx)
	if err := f.finish(ctx); err != nil {
		return fmt.Errorf("fill %s: %w", strings.Join(s.Brokers, ", "), err)
	}
	return nil
}

// filling is a Fill under way. Its methods are called by one goroutine, but
// for acknowledged.
type filling struct {
	FillSettings
	client   *kgo.Client
	fail     context.CancelCauseFunc
	slab     []byte
	stored   atomic.Int64
	reported int64
}

// produce mixes the two topics so that both end together.
func (f *filling) produce(ctx context.Context) {
	total := f.Tweets.Count + f.Users.Count
	users := 0
	for i := range total {
		if ctx.Err() != nil {
			return
		}
		if users < (i+1)*f.Users.Count/total {
			f.send(ctx, f.Users.Topic, UserKey(users), f.Generator.AppendUser(f.room(), users))
			users++
		} else {
			n := i - users
			f.send(ctx, f.Tweets.Topic, f.Generator.TweetKey(n), f.Generator.AppendTweet(f.room(), n))
		}
		if i%progressEvery == 0 {
			f.report()
		}
	}
}

// room is the free end of the slab, enough for any record.
func (f *filling) room() []byte {
	const recordBytes = 4 << 10
	if cap(f.slab)-len(f.slab) < recordBytes {
		f.slab = make([]byte, 0, slabBytes)
	}
	return f.slab[len(f.slab):]
}

// send takes a value that was made in room.
func (f *filling) send(ctx context.Context, topic string, key, value []byte) {
	f.slab = f.slab[:len(f.slab)+len(value)]
	f.client.Produce(ctx, &kgo.Record{Topic: topic, Key: key, Value: value[:len(value):len(value)]}, f.acknowledged)
}

func (f *filling) acknowledged(_ *kgo.Record, err error) {
	if err != nil {
		f.fail(err)
		return
	}
	f.stored.Add(1)
}

func (f *filling) report() {
	stored := f.stored.Load()
	if n := stored - f.reported; n > 0 && f.Progress != nil {
		f.Progress(int(n))
	}
	f.reported = stored
}

// finish waits for the rest; its error is the cause.
func (f *filling) finish(ctx context.Context) error {
	err := f.client.Flush(ctx)
	f.report()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
