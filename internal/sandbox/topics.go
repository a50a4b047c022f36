package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const adminTimeout = 15 * time.Second // for brokers that do not answer

// TopicSettings say which topics must be there.
type TopicSettings struct {
	Brokers []string         // host and port
	Topics  map[string]int32 // partitions by topic
	Options []kgo.Opt        // TLS and SASL, where the brokers want them
}

// CreateTopics makes those topics that the brokers lack, replicated as the
// brokers' default says. One that is there stays as it is, whatever the number
// of its partitions. It blocks until the brokers have answered or ctx is done, 15 s a topic at most.
func CreateTopics(ctx context.Context, s TopicSettings) error {
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(s.Brokers...), kgo.RetryTimeout(adminTimeout)}, s.Options...)...)
	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	for topic, partitions := range s.Topics {
		if err := createTopic(ctx, admin, topic, partitions); err != nil {
			return fmt.Errorf("create topic %q on %s: %w", topic, strings.Join(s.Brokers, ", "), err)
		}
	}
	return nil
}

func createTopic(ctx context.Context, admin *kadm.Client, topic string, partitions int32) error {
	const brokersDefault = -1
	_, err := admin.CreateTopic(ctx, partitions, brokersDefault, nil, topic)
	switch {
	case errors.Is(err, kerr.TopicAlreadyExists):
		return nil
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		return fmt.Errorf("%w: let this user create topics, or create it before", err)
	}
	return err
}
