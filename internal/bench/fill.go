package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

const (
	seed = 1
	// ownAddress: every so many tweets keep the address of the sandbox's generator,
	// which may be private, unknown, of IPv6, with a port, or none.
	ownAddress      = 64
	deliveryTimeout = 60 * time.Second // of one record
)

// filling is what goes into the topics, as a process is told it.
type filling struct {
	Brokers       []string
	Topics        []topic
	Tweets, Users int // records
	Even          bool
	Addresses     string
	GeoIP         string // path
	SandboxGeoIP  bool   // which is written before, as the sandbox's database
}

// fillingOf is what s asks for.
func fillingOf(s *settings, brokers []string, from source) filling {
	return filling{
		Brokers: brokers, Topics: from.topics, Tweets: s.tweets(), Users: s.users(), Even: s.even,
		Addresses: s.addresses, GeoIP: from.geoip, SandboxGeoIP: s.geoip == "",
	}
}

// String is the argument of the process.
func (f *filling) String() string {
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // it is made of texts and numbers
	}
	return string(text)
}

// fillCommand is the process that fills brokers which are there already.
func fillCommand() *cobra.Command {
	return &cobra.Command{Use: "fill FILLING", Hidden: true, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var f filling
		if err := json.Unmarshal([]byte(args[0]), &f); err != nil {
			return err
		}
		if err := sandbox.CreateTopics(c.Context(), sandbox.TopicSettings{Brokers: f.Brokers, Topics: partitionsOf(f.Topics)}); err != nil {
			return err
		}
		return f.fill(c.Context())
	}}
}

// fill produces tweets and users, mixed so that both end together.
func (f *filling) fill(ctx context.Context) (err error) {
	if f.SandboxGeoIP {
		if err := sandbox.WriteDatabase(f.GeoIP); err != nil {
			return err
		}
	}
	from, err := newAddresses(f.Addresses, f.GeoIP, zipfHosts)
	if err != nil {
		return err
	}
	defer func() { _ = from.close() }()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(f.Brokers...), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(50_000),
		kgo.ProducerBatchMaxBytes(900<<10), kgo.RecordDeliveryTimeout(deliveryTimeout), kgo.UnknownTopicRetries(-1),
		kgo.RecordPartitioner(f.partitioner()),
	)
	if err != nil {
		return fmt.Errorf("fill %s: %w", strings.Join(f.Brokers, ", "), err)
	}
	defer client.Close()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	f.produce(ctx, client, from, fail)
	err = client.Flush(ctx)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return fmt.Errorf("fill %s: %w", strings.Join(f.Brokers, ", "), err)
	}
	return nil
}

func (f *filling) produce(ctx context.Context, client *kgo.Client, from *addresses, fail context.CancelCauseFunc) {
	acknowledged := func(_ *kgo.Record, err error) {
		if err != nil {
			fail(err)
		}
	}
	g := sandbox.NewGenerator(seed, f.Users)
	toTweets, toUsers := newTurns(slots(f.Topics, false), f.Tweets), newTurns(slots(f.Topics, true), f.Users)
	total, users := f.Tweets+f.Users, 0
	for i := range total {
		if ctx.Err() != nil {
			return
		}
		r := &kgo.Record{}
		var to slot
		if users < (i+1)*f.Users/total {
			to, r.Key, r.Value = toUsers.at(users), sandbox.UserKey(users), g.User(users)
			users++
		} else {
			n := i - users
			to, r.Key, r.Value = toTweets.at(n), g.TweetKey(n), tweet(g, n, from)
		}
		r.Topic, r.Partition = to.topic, to.partition
		client.Produce(ctx, r, acknowledged)
	}
}

// partitioner has records where their turn has sent them, or else where their key
// does.
func (f *filling) partitioner() kgo.Partitioner {
	if f.Even {
		return kgo.ManualPartitioner()
	}
	return kgo.StickyKeyPartitioner(nil)
}

// runRecords is the records that go to a partition one after the other, so that
// those of a batch are about as many whatever the number of partitions.
const runRecords = 256

// turns send the records of one kind to all of its partitions, evenly.
type turns struct {
	slots []slot
	run   int // records
}

func newTurns(to []slot, records int) turns {
	each := max(1, (records+len(to)-1)/len(to))
	runs := (each + runRecords - 1) / runRecords
	return turns{to, (each + runs - 1) / runs}
}

// at is where record n of the kind goes.
func (t turns) at(n int) slot { return t.slots[n/t.run%len(t.slots)] }

// tweet is tweet n of the generator, with an address of ours.
func tweet(g *sandbox.Generator, n int, from *addresses) []byte {
	const field = `"RemoteAddress":"`
	value := g.Tweet(n)
	if n%ownAddress == 0 {
		return value
	}
	value = value[:bytes.LastIndex(value, []byte(field))+len(field)]
	return append(from.draw().AppendTo(value), `"}`...)
}
