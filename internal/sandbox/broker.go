package sandbox

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kfake"
)

// BrokerSettings say what a broker has from its start.
type BrokerSettings struct {
	Topics  map[string]int32 // partitions by topic
	Options []kfake.Opt      // for tests: more brokers, TLS, SASL, faults of timing
}

// Broker is a Kafka cluster inside this process, of one broker unless the
// options say otherwise, on loopback ports of its own. It keeps its records in
// memory.
type Broker struct {
	cluster *kfake.Cluster
}

// StartBroker starts a cluster. Close ends it.
func StartBroker(s BrokerSettings) (*Broker, error) {
	options := []kfake.Opt{kfake.NumBrokers(1)}
	for topic, partitions := range s.Topics {
		options = append(options, kfake.SeedTopics(partitions, topic))
	}
	cluster, err := kfake.NewCluster(append(options, s.Options...)...)
	if err != nil {
		return nil, fmt.Errorf("start embedded broker: %w", err)
	}
	return &Broker{cluster: cluster}, nil
}

// Addrs are the addresses of its brokers, each a host and a port.
func (b *Broker) Addrs() []string { return b.cluster.ListenAddrs() }

// Cluster is the cluster itself, for tests that inject faults.
func (b *Broker) Cluster() *kfake.Cluster { return b.cluster }

// Close ends the cluster, its connections included. Its goroutines end soon
// after, not before it returns.
func (b *Broker) Close() { b.cluster.Close() }
