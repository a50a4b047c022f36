package kafka

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/IBM/sarama"
)

// wordless is a sender that fails without a word on which records.
type wordless struct{ sarama.SyncProducer }

func (wordless) SendMessages([]*sarama.ProducerMessage) error { return sarama.ErrClosedClient }

// TestProducerTakesNothingForSentThatMayNotBe has a batch fail as a whole.
func TestProducerTakesNothingForSentThatMayNotBe(t *testing.T) {
	c, err := newTopicClient(testTopic("localhost:1"))
	if err != nil {
		t.Fatal(err)
	}
	p := &Producer{topicClient: c, sender: wordless{}}
	left := &leftover{records: values("a", "b"), indices: []int{0, 1}}
	if err := p.send(left, left.batch()); !errors.Is(err, sarama.ErrClosedClient) || len(left.indices) != 2 {
		t.Errorf("got %v, and %d of 2 records are left", err, len(left.indices))
	}
}

// TestProducerForgetsThatTheTopicWasUnknown has other trouble for longer than the
// topic may be unknown, between two answers that do not know it.
func TestProducerForgetsThatTheTopicWasUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := newTopicClient(testTopic("localhost:1"))
		if err != nil {
			t.Fatal(err)
		}
		p := &Producer{topicClient: c}
		for _, step := range []struct {
			wait  time.Duration
			err   error
			fatal bool
		}{
			{0, sarama.ErrUnknownTopicOrPartition, false},
			{time.Second, sarama.ErrOutOfBrokers, false},
			{time.Minute, sarama.ErrUnknownTopicOrPartition, false},
			{29 * time.Second, sarama.ErrUnknownTopicOrPartition, false},
			{time.Second, sarama.ErrUnknownTopicOrPartition, true},
		} {
			<-time.After(step.wait)
			if err := p.judge(step.err); (err != nil) != step.fatal {
				t.Errorf("%v after %s: fatal error %v, want one: %v", step.err, step.wait, err, step.fatal)
			}
		}
	})
}
