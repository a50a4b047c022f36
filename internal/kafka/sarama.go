package kafka

import (
	"crypto/tls"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/rcrowley/go-metrics"
)

// protocol is the broker version whose requests are spoken; newer brokers
// understand them, and older ones are asked what they can do.
var protocol = sarama.V2_8_0_0

// Waits of sarama between its own few attempts.
const (
	shortPause = 250 * time.Millisecond
	longPause  = 2 * time.Second
)

// fetchWait is how long a broker waits at most until it has smallestAnswer bytes.
// Else each record that comes alone would be an answer of its own.
const fetchWait = 50 * time.Millisecond

// sarama is the configuration of one client, which reads from so many partitions and
// brokers.
func (c *Consumer) sarama(d *dialer, size extent) *sarama.Config {
	k := c.settings.connection(d, c.tls)
	c.settings.consumer(k, size)
	c.settings.group(k)
	return k
}

// connection is the configuration of a client that neither consumes nor produces;
// t may be nil.
func (s *Settings) connection(d *dialer, t *tls.Config) *sarama.Config {
	k := sarama.NewConfig()
	k.Version, k.ClientID = protocol, s.ClientID
	k.MetricRegistry = newQuiet(s.Topics)
	k.Metadata.Full = false // the topics of others are none of our business
	k.Metadata.AllowAutoTopicCreation = false
	k.Metadata.RefreshFrequency = time.Minute // how soon new partitions are found
	k.Metadata.Retry.BackoffFunc = func(int, int) time.Duration { return d.pause(shortPause) }
	k.Net.DialTimeout, k.Net.WriteTimeout, k.Net.ReadTimeout = netPatience, netPatience, s.answer()
	k.Net.Proxy.Enable, k.Net.Proxy.Dialer = true, d
	k.Net.TLS.Enable, k.Net.TLS.Config = t != nil, t
	s.SASL.apply(k)
	return k
}

// consumer sets how records are fetched.
func (s *Settings) consumer(k *sarama.Config, size extent) {
	answer := answerBytes(s.FetchMemory, size)
	k.ChannelBufferSize = readyRecords(size.partitions)
	k.Consumer.IsolationLevel = sarama.ReadCommitted
	k.Consumer.MaxWaitTime = fetchWait         // fetches share their connection with joins and commits, too
	k.Consumer.MaxProcessingTime = time.Minute // a claim reads on long before (actors.ClaimSettings.Patience): that a partition is slow would cost all of them 100 ms
	k.Consumer.Fetch.Min, k.Consumer.Fetch.Default, k.Consumer.Fetch.MaxBytes = smallestAnswer, fetchBytes(answer), answer
	k.Consumer.Retry.BackoffFunc = func(retries int) time.Duration {
		return min(shortPause<<min(retries, 8), longPause)
	}
	k.Consumer.Return.Errors = true // else commit errors are seen by nobody
}

// group sets how the group is joined and what is committed.
func (s *Settings) group(k *sarama.Config) {
	k.Consumer.Offsets.Initial = sarama.OffsetOldest
	if s.Start == Newest {
		k.Consumer.Offsets.Initial = sarama.OffsetNewest
	}
	k.Consumer.Offsets.AutoCommit.Interval = s.CommitInterval
	g := &k.Consumer.Group
	g.InstanceId = s.InstanceID
	g.ResetInvalidOffsets = false // it would jump to Initial without a word: see repair
	g.Session.Timeout, g.Heartbeat.Interval = s.SessionTimeout, s.heartbeat()
	g.Rebalance.Timeout, g.Rebalance.Retry.Backoff = s.rebalance(), shortPause
	g.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyCooperativeSticky()}
	if s.Assignor == Range {
		g.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyRange()}
	}
}

// quiet is a registry whose metrics count nothing. sarama's own would start a
// goroutine of go-metrics that never ends, and go-metrics' switch against that
// (UseNilMetrics) is a variable of the whole process, not safe to set while
// another Consumer runs.
type quiet struct{ metrics.Registry }

// newQuiet also puts idle meters where sarama goes past its registry: what it
// counts of fetches per topic lands in that of the process.
func newQuiet(topics []string) quiet {
	for _, topic := range topics {
		metrics.DefaultRegistry.GetOrRegister("consumer-fetch-rate-for-topic-"+strings.ReplaceAll(topic, ".", "_"), metrics.NilMeter{})
	}
	return quiet{metrics.NewRegistry()}
}

// GetOrRegister returns a metric of the kind that maker makes.
func (q quiet) GetOrRegister(name string, maker any) any {
	switch maker.(type) {
	case func() metrics.Meter:
		return metrics.NilMeter{}
	case func() metrics.Counter:
		return metrics.NilCounter{}
	case func() metrics.Histogram:
		return metrics.NilHistogram{}
	}
	return q.Registry.GetOrRegister(name, maker)
}
