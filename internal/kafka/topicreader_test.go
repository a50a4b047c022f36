package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// freePort is a loopback address that nobody listens on, and its port.
func freePort(t *testing.T) (address string, port int) {
	t.Helper()
	address, err := sandbox.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	port, err = strconv.Atoi(address[strings.LastIndex(address, ":")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return address, port
}

func tlsOf(server tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{server}, MinVersion: tls.VersionTLS12}
}

// write writes records from..to-1 to a partition of the topic of the tests.
func write(t *testing.T, client *kgo.Client, partition int32, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		r := &kgo.Record{Topic: "letters", Partition: partition, Key: []byte("k"), Value: fmt.Appendf(nil, "%d-%d", partition, i)}
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func openTopic(t *testing.T, s TopicSettings) *TopicReader {
	t.Helper()
	r, err := OpenTopic(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func readAll(t *testing.T, r *TopicReader) (got []string) {
	t.Helper()
	err := r.Read(t.Context(), func(m messages.Record) error {
		got = append(got, string(m.Value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTopicReaderReadsToWhereItEnded(t *testing.T) {
	cluster := startCluster(t, kfake.NumBrokers(2), kfake.SeedTopics(3, "letters"))
	client := newClient(t, cluster.ListenAddrs()...)
	write(t, client, 0, 0, 5)
	write(t, client, 2, 0, 2)
	r := openTopic(t, testTopic(cluster.ListenAddrs()...))
	write(t, client, 0, 5, 7)
	write(t, client, 1, 0, 1)
	want := []string{"0-0", "0-1", "0-2", "0-3", "0-4", "2-0", "2-1"}
	if got := readAll(t, r); !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	if r.Records() != 7 {
		t.Errorf("%d records, want 7", r.Records())
	}
}

// TestTopicReaderPassesMarkers has a topic that ends with the marker of a
// transaction, which is no record.
func TestTopicReaderPassesMarkers(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "letters"))
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.TransactionalID("x"), kgo.DefaultProduceTopic("letters"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := client.ProduceSync(t.Context(), kgo.StringRecord("a")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := client.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	r := openTopic(t, testTopic(cluster.ListenAddrs()...))
	if got := readAll(t, r); !slices.Equal(got, []string{"a"}) || r.Records() != 2 {
		t.Errorf("read %q of %d", got, r.Records())
	}
}

func TestTopicReaderReadsLargeRecords(t *testing.T) {
	cluster := startCluster(t)
	makeTopic(t, cluster, 1, "9000000")
	p, _ := startProducer(t, testTopic(cluster.ListenAddrs()...))
	mustSend(t, p, values("a", strings.Repeat("b", 3*readBytes), "c"))
	got := readAll(t, openTopic(t, testTopic(cluster.ListenAddrs()...)))
	if len(got) != 3 || got[0] != "a" || len(got[1]) != 3*readBytes || got[2] != "c" {
		t.Errorf("read %d records: %.10q", len(got), got)
	}
}

func TestTopicReaderGoesOnAfterTrouble(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "letters"))
	write(t, newClient(t, cluster.ListenAddrs()...), 0, 0, 2)
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.NotLeaderForPartition, Count: 2})
	if got := readAll(t, openTopic(t, testTopic(cluster.ListenAddrs()...))); !slices.Equal(got, []string{"0-0", "0-1"}) {
		t.Errorf("read %q", got)
	}
}

func TestTopicReaderSaysWhatToFix(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "letters"))
	write(t, newClient(t, cluster.ListenAddrs()...), 0, 0, 2)
	r := openTopic(t, testTopic(cluster.ListenAddrs()...))
	stop := errors.New("stop")
	if err := r.Read(t.Context(), func(messages.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := openTopic(t, testTopic(cluster.ListenAddrs()...)).Read(gone, func(messages.Record) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	err := openTopic(t, testTopic(cluster.ListenAddrs()...)).Read(t.Context(), func(messages.Record) error { return nil })
	if !errors.Is(err, sarama.ErrTopicAuthorizationFailed) {
		t.Fatalf("got %v", err)
	}
	wantTexts(t, err.Error(), `read topic "letters": the user may not, allow it READ and DESCRIBE`)

	s := testTopic(cluster.ListenAddrs()...)
	s.Topic = "none"
	if _, err := OpenTopic(t.Context(), s); !errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		t.Errorf("got %v", err)
	}
	address, _ := freePort(t)
	if _, err := OpenTopic(t.Context(), testTopic(address)); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
}
