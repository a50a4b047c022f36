package main

import (
	"errors"
	"os"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// verify holds the run to its promise, once everything has ended.
func (c *chaos) verify() {
	c.t.Helper()
	if n := c.producer.failed.Load(); n > 0 {
		c.t.Errorf("%d records could not be produced: %v", n, *c.producer.failure.Load())
	}
	for _, m := range c.members {
		m.check()
	}
	c.committed()
	c.account()
	p := c.progress
	c.t.Logf("the longest standstill of a partition, faults not counted: %v of %s, at %.0f s, in %d looks", p.longest, p.where, p.when.Seconds(), p.samples.Load())
	for _, text := range p.long {
		c.t.Log(text)
	}
	if p.longest > p.bound {
		c.t.Errorf("%s stood still for %v, want %v at most", p.where, p.longest, p.bound)
	}
	if p.samples.Load() == 0 {
		c.t.Error("nobody saw progress")
	}
}

// account fails the test unless each record is in its index once, and the odd
// ones in a DLQ instead.
func (c *chaos) account() {
	c.t.Helper()
	dead := map[int]int{}
	for _, m := range c.members {
		c.must(deadLettered(m.entries(), dead))
	}
	oracle, err := sandbox.OpenOracle(c.database)
	c.must(err)
	defer oracle.Close()
	there := make([]int, c.producer.tweets)
	c.each("tweets", func(_ string, source []byte) {
		n, err := sandbox.TweetNumber(source)
		c.must(err)
		there[n]++
		if n%50 == 0 { // decoding all of them takes longer than indexing them
			c.checkTweet(oracle, n, source)
		}
	})
	repeated, wrong := 0, 0
	for n, count := range there {
		right := count == 1 && dead[n] == 0
		if odd(n) {
			right = count == 0 && dead[n] > 0
		}
		if !right {
			wrong++
			c.say(wrong, "tweet %d (odd: %t) is %d times in the index and %d times in a DLQ", n, odd(n), count, dead[n])
		}
		repeated += max(0, dead[n]-1)
	}
	there = make([]int, c.producer.users)
	c.each("users", func(id string, source []byte) {
		n, err := sandbox.UserNumber(source)
		c.must(err)
		there[n]++
		if string(source) != string(c.generator.User(n)) {
			c.t.Errorf("user %d is changed: %s %s", n, id, source)
		}
	})
	for n, count := range there {
		if count != 1 {
			wrong++
			c.say(wrong, "user %d is %d times in the index", n, count)
		}
	}
	if wrong > 0 {
		c.t.Errorf("%d records are not where they belong", wrong)
	}
	c.t.Logf("%d tweets and %d users; %d in a DLQ, %d entries more than once", c.producer.tweets, c.producer.users, len(dead), repeated)
}

// say fails the test with what is wrong, in full for the first few.
func (c *chaos) say(number int, format string, args ...any) {
	c.t.Helper()
	if number <= 20 {
		c.t.Errorf(format, args...)
	}
}

// lag is how far the group is behind, -1 while that cannot be said.
func (s *stack) lag() int64 {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.brokers...))
	s.must(err)
	defer client.Close()
	lags, err := kadm.NewClient(client).Lag(s.t.Context(), s.groupName())
	if errors.Join(err, lags.Error()) != nil {
		return -1
	}
	n := int64(0)
	for _, lag := range lags {
		n += lag.Lag.Total()
	}
	return n
}

// keepLogs keeps the logs of a run that failed, and prints their ends, or that
// stood still for long.
func (c *chaos) keepLogs() {
	if !c.t.Failed() && c.progress.longest <= longStandstill {
		return
	}
	folder, err := os.MkdirTemp("", "chaos-") // outlives the test
	c.must(err)
	for _, m := range c.members {
		if tails := m.keepLogs(folder); c.t.Failed() {
			c.t.Logf("%s", tails)
		}
	}
	c.t.Logf("all logs are in %s", folder)
}
