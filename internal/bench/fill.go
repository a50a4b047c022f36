package main

import (
	"bytes"
	"context"
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

// filling is what goes into the topics, as the flags of a process.
type filling struct {
	brokers           []string
	tweets, users     string // topics
	tweetsN, usersN   int
	addresses, geoip  string
	makesGeoIPSandbox bool // geoip is written before, as the sandbox's database
}

func (f *filling) command(s *settings) []string {
	return []string{
		"--brokers", strings.Join(f.brokers, ","), "--tweets", f.tweets, "--users", f.users,
		"--tweets-count", fmt.Sprint(s.tweets()), "--users-count", fmt.Sprint(s.users()),
		"--addresses", s.addresses, "--geoip", f.geoip, fmt.Sprintf("--sandbox-geoip=%t", s.geoip == ""),
	}
}

// flagsOn has c read the flags.
func (f *filling) flagsOn(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&f.brokers, "brokers", nil, "")
	flags.StringVar(&f.tweets, "tweets", topicTweets, "")
	flags.StringVar(&f.users, "users", topicUsers, "")
	flags.IntVar(&f.tweetsN, "tweets-count", 0, "")
	flags.IntVar(&f.usersN, "users-count", 0, "")
	flags.StringVar(&f.addresses, "addresses", addressesUniform, "")
	flags.StringVar(&f.geoip, "geoip", "", "")
	flags.BoolVar(&f.makesGeoIPSandbox, "sandbox-geoip", false, "")
}

// fillCommand is the process that fills brokers which are there already.
func fillCommand() *cobra.Command {
	var f filling
	c := &cobra.Command{Use: "fill", Hidden: true, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		err := sandbox.CreateTopics(c.Context(), sandbox.TopicSettings{
			Brokers: f.brokers, Topics: map[string]int32{f.tweets: tweetPartitions, f.users: userPartitions},
		})
		if err != nil {
			return err
		}
		return f.fill(c.Context())
	}}
	f.flagsOn(c)
	return c
}

// fill produces tweets and users, mixed so that both end together.
func (f *filling) fill(ctx context.Context) (err error) {
	if f.makesGeoIPSandbox {
		if err := sandbox.WriteDatabase(f.geoip); err != nil {
			return err
		}
	}
	from, err := newAddresses(f.addresses, f.geoip, zipfHosts)
	if err != nil {
		return err
	}
	defer func() { _ = from.close() }()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(f.brokers...), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(50_000),
		kgo.ProducerBatchMaxBytes(900<<10), kgo.RecordDeliveryTimeout(deliveryTimeout), kgo.UnknownTopicRetries(-1),
	)
	if err != nil {
		return fmt.Errorf("fill %s: %w", strings.Join(f.brokers, ", "), err)
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
		return fmt.Errorf("fill %s: %w", strings.Join(f.brokers, ", "), err)
	}
	return nil
}

func (f *filling) produce(ctx context.Context, client *kgo.Client, from *addresses, fail context.CancelCauseFunc) {
	acknowledged := func(_ *kgo.Record, err error) {
		if err != nil {
			fail(err)
		}
	}
	g := sandbox.NewGenerator(seed, f.usersN)
	total, users := f.tweetsN+f.usersN, 0
	for i := range total {
		if ctx.Err() != nil {
			return
		}
		r := &kgo.Record{Topic: f.users, Key: sandbox.UserKey(users)}
		if users < (i+1)*f.usersN/total {
			r.Value = g.User(users)
			users++
		} else {
			n := i - users
			r.Topic, r.Key, r.Value = f.tweets, g.TweetKey(n), tweet(g, n, from)
		}
		client.Produce(ctx, r, acknowledged)
	}
}

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
