package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/actorpipe/actorpipe/messages"
)

func testTopic(brokers ...string) TopicSettings {
	return TopicSettings{Brokers: brokers, ClientID: "test", Topic: "letters", TopicTimeout: 30 * time.Second}
}

// startProducer returns a producer, and what its condition hears.
func startProducer(t *testing.T, s TopicSettings) (p *Producer, heard chan string) {
	t.Helper()
	heard = make(chan string, 1000)
	p, err := NewProducer(s, func(reason string) { heard <- reason })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, heard
}

// sent is the end of a Send.
type sent struct {
	tooLarge []int
	err      error
}

// send sends records beside the test.
func send(t *testing.T, ctx context.Context, p *Producer, records ...messages.Record) chan sent { //nolint:revive // the test comes first
	t.Helper()
	result := make(chan sent, 1)
	done := make(chan struct{})
	go func() { // owned by the clean-up
		defer close(done)
		tooLarge, err := p.Send(ctx, records)
		result <- sent{tooLarge, err}
	}()
	t.Cleanup(func() { <-done })
	return result
}

// mustSend sends records, of which those are too large.
func mustSend(t *testing.T, p *Producer, records []messages.Record, tooLarge ...int) {
	t.Helper()
	s := receive(t, "end of Send", send(t, t.Context(), p, records...))
	slices.Sort(s.tooLarge)
	if s.err != nil || !slices.Equal(s.tooLarge, tooLarge) {
		t.Fatalf("Send = %v, %v, want %v, nil", s.tooLarge, s.err, tooLarge)
	}
}

// values are records with these values.
func values(texts ...string) (records []messages.Record) {
	for _, text := range texts {
		records = append(records, messages.Record{Value: []byte(text)})
	}
	return records
}

// makeTopic makes the topic of the tests, which takes batches of so many bytes.
func makeTopic(t *testing.T, cluster *kfake.Cluster, partitions int32, largest string) {
	t.Helper()
	admin := kadm.NewClient(newClient(t, cluster.ListenAddrs()...))
	if _, err := admin.CreateTopic(t.Context(), partitions, 1, map[string]*string{"max.message.bytes": &largest}, "letters"); err != nil {
		t.Fatal(err)
	}
}

// stored reads n records of the topic, as "key value", in order.
func stored(t *testing.T, cluster *kfake.Cluster, n int) (got []string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("letters"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for len(got) < n && ctx.Err() == nil {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			key := "null"
			if r.Key != nil {
				key = fmt.Sprintf("%q", r.Key)
			}
			got = append(got, key+" "+string(r.Value))
		})
	}
	if len(got) != n {
		t.Errorf("%d records are in the topic, want %d", len(got), n)
	}
	slices.Sort(got)
	return got
}

func TestProducerSendsKeyAndValue(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(3, "letters"))
	var idempotent atomic.Int64
	cluster.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		produce := r.(*kmsg.ProduceRequest)
		var b kmsg.RecordBatch
		if err := b.ReadFrom(produce.Topics[0].Partitions[0].Records); err == nil && produce.Acks == -1 && b.ProducerID >= 0 {
			idempotent.Add(1)
		}
		return nil, nil, false
	})
	p, heard := startProducer(t, testTopic(cluster.ListenAddrs()...))
	mustSend(t, p, nil)
	mustSend(t, p, []messages.Record{{Key: []byte("k"), Value: []byte("a")}, {Key: []byte{}, Value: []byte("b")}, {Value: []byte("c")}})
	mustSend(t, p, values("d"))
	want := []string{`"" b`, `"k" a`, "null c", "null d"}
	if got := stored(t, cluster, 4); !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
	if idempotent.Load() < 2 {
		t.Errorf("%d requests asked for all acknowledgments and had a producer id", idempotent.Load())
	}
	if len(heard) != 0 {
		t.Errorf("heard %q, though all was well", <-heard)
	}
}

func TestProducerTellsWhatIsTooLarge(t *testing.T) {
	cluster := startCluster(t)
	makeTopic(t, cluster, 1, "2000")
	p, _ := startProducer(t, testTopic(cluster.ListenAddrs()...))
	var records []messages.Record
	for i := range 10 { // which are too large together
		records = append(records, values(fmt.Sprintf("%d %s", i, strings.Repeat("x", 500)))...)
	}
	records[0].Value, records[7].Value = make([]byte, 3000), make([]byte, largestRecord+1)
	mustSend(t, p, records, 0, 7)
	mustSend(t, p, values("after"))
	got := stored(t, cluster, 9)
	for i, text := range got {
		if i < 8 && !strings.HasPrefix(text, fmt.Sprintf("null %d ", []int{1, 2, 3, 4, 5, 6, 8, 9}[i])) {
			t.Errorf("stored %.10q in place %d", text, i)
		}
	}
}

// TestProducerWaitsForBrokers begins without any, and loses them again.
func TestProducerWaitsForBrokers(t *testing.T) {
	address, port := freePort(t)
	p, heard := startProducer(t, testTopic(address))
	first := send(t, t.Context(), p, values("a")...)
	wantTexts(t, receive(t, "reason", heard), "connection refused")
	cluster := startCluster(t, kfake.Ports(port), kfake.SeedTopics(1, "letters"))
	if s := receive(t, "end of Send", first); s.err != nil {
		t.Fatal(s.err)
	}
	awaitWell(t, heard)
	stored(t, cluster, 1)

	cluster.Close()
	second := send(t, t.Context(), p, values("b")...)
	if reason := receive(t, "reason", heard); reason == "" {
		t.Error("no reason, though the broker is away")
	}
	cluster = startCluster(t, kfake.Ports(port), kfake.SeedTopics(1, "letters"))
	if s := receive(t, "end of Send", second); s.err != nil {
		t.Fatal(s.err)
	}
	awaitWell(t, heard)
	if got := stored(t, cluster, 1); !slices.Equal(got, []string{"null b"}) {
		t.Errorf("stored %q", got)
	}
}

// awaitWell reads reasons until there is none any more.
func awaitWell(t *testing.T, heard chan string) {
	t.Helper()
	for receive(t, "the end of the condition", heard) != "" {
	}
}

func TestProducerWaitsForWhatHeals(t *testing.T) {
	for name, refusal := range map[string]*kerr.Error{
		"leader moves": kerr.NotLeaderForPartition, "few replicas": kerr.NotEnoughReplicas, "sequence": kerr.OutOfOrderSequenceNumber, "storage": kerr.KafkaStorageError,
	} {
		t.Run(name, func(t *testing.T) {
			cluster := startCluster(t, kfake.SeedTopics(1, "letters"))
			cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: refusal, Count: 6})
			p, heard := startProducer(t, testTopic(cluster.ListenAddrs()...))
			mustSend(t, p, values("a", "b"))
			if reason := receive(t, "reason", heard); reason == "" {
				t.Error("no reason")
			}
			awaitWell(t, heard)
			if got := stored(t, cluster, 2); !slices.Equal(got, []string{"null a", "null b"}) {
				t.Errorf("stored %q", got)
			}
		})
	}
}

func TestProducerFailsForGood(t *testing.T) {
	for name, test := range map[string]struct {
		refusal *kerr.Error
		is      error
		text    string
	}{
		"topic":   {kerr.TopicAuthorizationFailed, sarama.ErrTopicAuthorizationFailed, `write to topic "letters": the user may not, allow it WRITE and DESCRIBE on the topic`},
		"cluster": {kerr.ClusterAuthorizationFailed, sarama.ErrClusterAuthorizationFailed, `write to topic "letters": the user may not, allow it WRITE on the topic, or IDEMPOTENT_WRITE on the cluster`},
		"records": {kerr.InvalidRecord, sarama.ErrInvalidRecord, `write to topic "letters": it refuses the records by its settings`},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := startCluster(t, kfake.SeedTopics(1, "letters"))
			cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: test.refusal, Count: -1})
			p, _ := startProducer(t, testTopic(cluster.ListenAddrs()...))
			wantFailure(t, receive(t, "end of Send", send(t, t.Context(), p, values("a")...)), test.is, test.text)
		})
	}
}

func wantFailure(t *testing.T, s sent, is error, text string) {
	t.Helper()
	if !errors.Is(s.err, is) {
		t.Fatalf("Send: %v, want %v", s.err, is)
	}
	wantTexts(t, s.err.Error(), text)
}

func TestProducerNeedsTheRightToWrite(t *testing.T) {
	for _, operation := range []kmsg.ACLOperation{kmsg.ACLOperationWrite, kmsg.ACLOperationRead} {
		may := allow(kmsg.ACLResourceTypeTopic, "letters")
		may.Operation = operation
		cluster := startCluster(t, kfake.SeedTopics(1, "letters"), kfake.EnableSASL(), kfake.EnableACLs(), kfake.User("PLAIN", "ann", "secret", may))
		s := testTopic(cluster.ListenAddrs()...)
		s.SASL = &SASL{Mechanism: Plain, Username: "ann", Password: "secret"}
		p, _ := startProducer(t, s)
		if operation == kmsg.ACLOperationWrite {
			mustSend(t, p, values("a"))
			continue
		}
		result := receive(t, "end of Send", send(t, t.Context(), p, values("a")...))
		if !errors.Is(result.err, sarama.ErrTopicAuthorizationFailed) && !errors.Is(result.err, sarama.ErrClusterAuthorizationFailed) {
			t.Errorf("Send: %v, want that the user may not", result.err)
		}
	}
}

func TestProducerUsesTLS(t *testing.T) {
	server, ca, _ := authority(t, "kafka.test")
	cluster := startCluster(t, kfake.SeedTopics(1, "letters"), kfake.TLS(tlsOf(server)))
	s := testTopic(cluster.ListenAddrs()...)
	s.TLS = &TLS{CAFile: ca}
	p, _ := startProducer(t, s)
	mustSend(t, p, values("a"))
	s.TLS = &TLS{}
	stranger, _ := startProducer(t, s)
	result := receive(t, "end of Send", send(t, t.Context(), stranger))
	if result.err == nil {
		t.Fatal("a stranger's certificate is trusted")
	}
	wantTexts(t, result.err.Error(), "fix kafka.tls")
	s.TLS = &TLS{CAFile: "/nowhere/ca.pem"}
	if _, err := NewProducer(s, func(string) {}); err == nil {
		t.Error("no error for a file that is not there")
	}
}

func TestProducerWaitsForItsTopicNoLongerThanItMay(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "others"))
	s := testTopic(cluster.ListenAddrs()...)
	s.TopicTimeout = time.Millisecond
	p, heard := startProducer(t, s)
	wantFailure(t, receive(t, "end of Send", send(t, t.Context(), p)), sarama.ErrUnknownTopicOrPartition, `the brokers have not known it for`)
	wantTexts(t, receive(t, "reason", heard), "topic")

	p, heard = startProducer(t, testTopic(cluster.ListenAddrs()...))
	result := send(t, t.Context(), p, values("a")...)
	wantTexts(t, receive(t, "reason", heard), "topic")
	makeTopic(t, cluster, 1, "2000")
	if s := receive(t, "end of Send", result); s.err != nil {
		t.Fatal(s.err)
	}
	awaitWell(t, heard)
}

// TestProducerEndsWithItsContext ends a Send to brokers that do not answer, at once,
// before there is a connection and after.
func TestProducerEndsWithItsContext(t *testing.T) {
	address, accepted := blackHole(t)
	p, _ := startProducer(t, testTopic(address))
	ctx, cancel := context.WithCancel(t.Context())
	result := send(t, ctx, p, values("a")...)
	receive(t, "connection", accepted)
	wantEndOfSend(t, cancel, result)

	cluster := startCluster(t, kfake.SeedTopics(1, "letters"))
	f := &freezer{}
	s := testTopic(cluster.ListenAddrs()...)
	s.dial = f.dial
	p, _ = startProducer(t, s)
	mustSend(t, p, values("a"))
	asked := make(chan struct{})
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		f.frozen.Store(true) // the answer is swallowed
		close(asked)
		return nil, nil, false
	})
	ctx, cancel = context.WithCancel(t.Context())
	result = send(t, ctx, p, values("b")...)
	receive(t, "request", asked)
	wantEndOfSend(t, cancel, result)
}

func wantEndOfSend(t *testing.T, cancel func(), result chan sent) {
	t.Helper()
	began := time.Now()
	cancel()
	if s := receive(t, "end of Send", result); !errors.Is(s.err, context.Canceled) {
		t.Errorf("Send: %v", s.err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("Send took %v to end", took)
	}
}

// fitting is a sender that takes batches of so many bytes.
type fitting struct {
	sarama.SyncProducer
	bytes int
}

func (f fitting) SendMessages(all []*sarama.ProducerMessage) error {
	var refused sarama.ProducerErrors
	sum := 0
	for _, m := range all {
		sum += m.Value.Length()
		refused = append(refused, &sarama.ProducerError{Msg: m, Err: sarama.ErrMessageSizeTooLarge})
	}
	if sum <= f.bytes {
		return nil
	}
	return refused
}

func TestProducerSendsAloneWhatIsTooLargeTogether(t *testing.T) {
	c, err := newTopicClient(testTopic("127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	p := &Producer{topicClient: c, sender: fitting{bytes: 2000}}
	left := &leftover{records: values(strings.Repeat("x", 3000), strings.Repeat("x", 1500), strings.Repeat("x", 1500), strings.Repeat("x", 2001), "x")}
	for i := range left.records {
		left.add(i)
	}
	for batches := 0; len(left.indices) > 0; batches++ {
		if err := p.send(left, left.batch()); err != nil || batches > len(left.records) {
			t.Fatalf("%v are left after %d batches (%v)", left.indices, batches, err)
		}
	}
	if !slices.Equal(left.tooLarge, []int{0, 3}) {
		t.Errorf("%v are too large, want 0 and 3", left.tooLarge)
	}
}
