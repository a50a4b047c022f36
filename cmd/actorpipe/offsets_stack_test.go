package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestIntegrationOffsets is what the delivery contract says of offsets, on a real
// Kafka.
func TestIntegrationOffsets(t *testing.T) {
	t.Run("compacted topic", func(t *testing.T) {
		t.Parallel()
		l := realLab(t)
		topic := l.make("compacted", 1, map[string]string{
			"cleanup.policy": "compact", "segment.ms": "200", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "300", "segment.bytes": "1048576",
		})
		l.readCompacted(topic, l.compacted(topic, func() { l.compact(topic) }))
	})
	t.Run("transactions", func(t *testing.T) {
		t.Parallel()
		readTransactions(realLab(t))
	})
	t.Run("outside the log", func(t *testing.T) {
		t.Parallel()
		l := realLab(t)
		outsideTheLog(l, func(topic string, first int64) {
			offsets := kadm.Offsets{}
			offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: first})
			answers, err := l.admin.DeleteRecords(t.Context(), offsets)
			l.must(err)
			l.must(answers.Error())
		})
	})
	t.Run("paused when revoked", func(t *testing.T) {
		t.Parallel()
		pausedWhenRevoked(realLab(t))
	})
	t.Run("made again", func(t *testing.T) {
		t.Parallel()
		topicMadeAgain(realLab(t))
	})
}

// compact waits until Kafka has compacted a topic, and has it do so no more: it
// rolls a segment with a record that comes after segment.ms, and cleans every 15 s.
func (l *lab) compact(topic string) {
	l.t.Helper()
	left := 0
	await(l.t, "Kafka to compact", labTime, func() bool {
		l.put(&kgo.Record{Topic: topic, Key: []byte("last"), Value: []byte(`{}`)})
		left++
		return l.left(topic) < 30+left
	})
	policy := "delete"
	_, err := l.admin.AlterTopicConfigs(l.t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "cleanup.policy", Value: &policy}}, topic)
	l.must(err)
}

// topicMadeAgain has a topic deleted and made again while the group's offsets are
// those of the old one: all of the new one is indexed beside the old, since ids
// have the timestamp in them.
func topicMadeAgain(l *lab) {
	l.t.Helper()
	topic := l.make("again", 1, nil)
	put := func(n int) {
		for i := range n {
			l.put(&kgo.Record{Topic: topic, Value: fmt.Appendf(nil, `{"n":%d}`, i), Timestamp: time.Now()})
		}
	}
	put(30)
	block := fmt.Sprintf("topic %q {}", topic)
	if got, want := l.moves(block, 30), (outcomes{indexed: 30}); got != want {
		l.t.Errorf("the first topic: %+v, want %+v", got, want)
	}
	_, err := l.admin.DeleteTopics(l.t.Context(), topic)
	l.must(err)
	await(l.t, "the topic made again", labTime, func() bool {
		_, err := l.admin.CreateTopic(l.t.Context(), 1, 1, nil, topic)
		return err == nil
	})
	l.client.PurgeTopicsFromClient(topic)
	put(10)
	l.rewind(topic, 0, 30) // a Kafka that forgets offsets with their topic has none
	if got, want := l.moves(block, 10), (outcomes{indexed: 10}); got != want {
		l.t.Errorf("the second topic: %+v, want %+v", got, want)
	}
	if n := l.stored(topic); n != 40 {
		l.t.Errorf("%d documents, want 40", n)
	}
}
