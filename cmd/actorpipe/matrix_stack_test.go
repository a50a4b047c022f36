package main

import (
	"strings"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

// The rows of the failure matrix that are between actorpipe and the servers, on
// the real ones: each under a stream of records, some of which belong into the
// DLQ. Every row ends as the chaos run does: each record is in the index once,
// or in the DLQ, all is committed, the books balance.

const (
	matrixRate = 500             // records a second: few, a server that has just started is slow
	harmTime   = 2 * time.Second // at least
)

// harm is what is done in a row.
type harm struct {
	begin, end func(c *chaos)
	sign       string // how a reason of /ready begins while it lasts; empty: it stays ready
}

// endure runs one member under a harm that begins in the middle of the stream
// and lasts until its sign is seen, and harmTime.
func endure(t *testing.T, brokers *servers, h harm) {
	t.Helper()
	c := flowing(t, brokers)
	c.suffer(h)
	c.seeMore()
	c.finish()
}

// flowing is a run of one member that has begun to write.
func flowing(t *testing.T, brokers *servers) *chaos {
	t.Helper()
	c := newChaos(t, brokers, 1)
	c.producer.rate.Store(matrixRate)
	c.open()
	c.seeMore()
	return c
}

// suffer has one harm begin, show, last and end.
func (c *chaos) suffer(h harm) {
	c.t.Helper()
	c.faults.Add(1)
	h.begin(c)
	if h.sign != "" {
		await(c.t, "a reason that begins with "+h.sign, time.Minute, func() bool { return c.notReady(h.sign) })
	}
	c.wait(time.After(harmTime))
	h.end(c)
	c.faults.Add(-1)
	await(c.t, "to be ready again", recoveryBound, func() bool {
		r := c.report()
		return r != nil && len(r.NotReady) == 0
	})
}

// report is that of the only member, nil while it does not answer.
func (c *chaos) report() *messages.Report {
	lives := c.members[0].lives
	return lives[len(lives)-1].report()
}

// notReady says whether one of the member's reasons begins so.
func (c *chaos) notReady(sign string) bool {
	if r := c.report(); r != nil {
		for _, reason := range r.NotReady {
			if strings.HasPrefix(reason, sign) {
				return true
			}
		}
	}
	return false
}

// seeMore waits until records have been settled since.
func (c *chaos) seeMore() {
	c.t.Helper()
	before := -1
	await(c.t, "more records to be settled", recoveryBound, func() bool {
		r := c.report()
		if r == nil {
			return false
		}
		if before < 0 {
			before = settled(r)
		}
		return settled(r) > before
	})
}

// onSink and onKafka spoil the connections to a server by a toxic.
func onSink(x toxic, sign string) harm {
	x.Toxicity = 1
	return harm{func(c *chaos) { c.sink.add(x) }, func(c *chaos) { c.sink.heal() }, sign}
}

func onKafka(x toxic, sign string) harm {
	x.Toxicity = 1
	return harm{func(c *chaos) { c.kafka[0].add(x) }, func(c *chaos) { c.kafka[0].heal() }, sign}
}

// The toxics of the rows, in milliseconds and KB/s.
var (
	holeToxic      = toxic{Type: "timeout", Attributes: map[string]int{"timeout": 0}}
	silentToxic    = toxic{Type: "timeout", Stream: "downstream", Attributes: map[string]int{"timeout": 0}}
	resetToxic     = toxic{Type: "reset_peer", Attributes: map[string]int{"timeout": 20}}
	slowCloseToxic = toxic{Type: "slow_close", Attributes: map[string]int{"delay": 1000}}
	narrowToxic    = toxic{Type: "bandwidth", Attributes: map[string]int{"rate": 100}}
	lateToxic      = toxic{Type: "latency", Attributes: map[string]int{"latency": 500, "jitter": 100}}
)

const (
	kafkaSign = "kafka: "
	sinkSign  = "elasticsearch: "
)

func TestMatrixStackElasticsearchCut(t *testing.T) {
	endure(t, ownServers, harm{func(c *chaos) { c.sink.cut() }, func(c *chaos) { c.sink.heal() }, sinkSign})
}

func TestMatrixStackElasticsearchReset(t *testing.T) {
	endure(t, ownServers, onSink(resetToxic, sinkSign))
}

// TestMatrixStackElasticsearchSlowClose cuts connections that close slowly.
func TestMatrixStackElasticsearchSlowClose(t *testing.T) {
	endure(t, ownServers, harm{func(c *chaos) {
		slow := slowCloseToxic
		slow.Toxicity = 1
		c.sink.add(slow)
		c.sink.cut()
	}, func(c *chaos) { c.sink.heal() }, sinkSign})
}

func TestMatrixStackElasticsearchBandwidth(t *testing.T) {
	endure(t, ownServers, onSink(narrowToxic, ""))
}

func TestMatrixStackElasticsearchLatency(t *testing.T) { endure(t, ownServers, onSink(lateToxic, "")) }

// TestMatrixStackElasticsearchAnswersLost has Elasticsearch store what it was
// sent, and nobody hear of it: what is sent again is a duplicate.
func TestMatrixStackElasticsearchAnswersLost(t *testing.T) {
	c := flowing(t, ownServers)
	c.suffer(onSink(silentToxic, ""))
	await(t, "duplicates", time.Minute, func() bool {
		n := int64(0)
		r := c.report()
		for i := 0; r != nil && i < len(r.Topics); i++ {
			n += r.Topics[i].Duplicate
		}
		return n > 0
	})
	c.finish()
}

func TestMatrixStackElasticsearchRestarts(t *testing.T) {
	endure(t, ownServers, restart("elasticsearch", sinkSign))
}

func TestMatrixStackKafkaCut(t *testing.T) {
	endure(t, ownServers, harm{func(c *chaos) { c.kafka[0].cut() }, func(c *chaos) { c.kafka[0].heal() }, kafkaSign})
}

func TestMatrixStackKafkaReset(t *testing.T) { endure(t, ownServers, onKafka(resetToxic, kafkaSign)) }

func TestMatrixStackKafkaSlowClose(t *testing.T) {
	endure(t, ownServers, harm{func(c *chaos) {
		slow := slowCloseToxic
		slow.Toxicity = 1
		c.kafka[0].add(slow)
		c.kafka[0].cut()
	}, func(c *chaos) { c.kafka[0].heal() }, kafkaSign})
}

func TestMatrixStackKafkaBandwidth(t *testing.T) { endure(t, ownServers, onKafka(narrowToxic, "")) }

func TestMatrixStackKafkaLatency(t *testing.T) { endure(t, ownServers, onKafka(lateToxic, "")) }

func TestMatrixStackKafkaBlackHole(t *testing.T) {
	endure(t, ownServers, onKafka(holeToxic, kafkaSign))
}

func TestMatrixStackKafkaRestarts(t *testing.T) { endure(t, ownServers, restart("kafka", kafkaSign)) }

func restart(server, sign string) harm {
	return harm{
		func(c *chaos) { c.must(ownServers.run("down", server)) },
		func(c *chaos) { c.must(ownServers.run("up", server)) },
		sign,
	}
}
