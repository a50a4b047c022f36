package kafka

import (
	"testing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestPastMarkers looks behind offset 10 of logs that go on in several ways.
func TestPastMarkers(t *testing.T) {
	batch := func(first int64, records int32, producer int64) *sarama.Records {
		return &sarama.Records{RecordBatch: &sarama.RecordBatch{FirstOffset: first, LastOffsetDelta: records - 1, ProducerID: producer, IsTransactional: producer > 0}}
	}
	marker := func(at, producer int64) *sarama.Records {
		r := batch(at, 1, producer)
		r.RecordBatch.Control = true
		return r
	}
	partial := batch(10, 5, 1)
	partial.RecordBatch.PartialTrailingRecord = true
	for name, test := range map[string]struct {
		log     []*sarama.Records
		aborted []*sarama.AbortedTransaction
		want    int64
		met     bool
	}{
		"nothing":                  {nil, nil, 10, false},
		"a record":                 {[]*sarama.Records{batch(10, 3, 0)}, nil, 10, true},
		"a marker":                 {[]*sarama.Records{marker(10, 1)}, nil, 11, false},
		"a marker, then a record":  {[]*sarama.Records{marker(10, 1), batch(11, 3, 0)}, nil, 11, true},
		"the end of a batch":       {[]*sarama.Records{batch(8, 3, 0)}, nil, 10, true},
		"aborted":                  {[]*sarama.Records{batch(10, 5, 1), marker(15, 1)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 10}}, 16, false},
		"aborted, begun before":    {[]*sarama.Records{batch(10, 5, 1)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 4}}, 15, false},
		"aborted, then committed":  {[]*sarama.Records{batch(10, 5, 1), marker(15, 1), batch(16, 2, 1), marker(18, 1)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 10}}, 16, true},
		"of another producer":      {[]*sarama.Records{batch(10, 5, 2), marker(15, 1)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 10}}, 10, true},
		"two at once":              {[]*sarama.Records{batch(10, 5, 2), batch(15, 1, 1), marker(16, 1), marker(17, 2)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 15}, {ProducerID: 2, FirstOffset: 10}}, 18, false},
		"aborted later":            {[]*sarama.Records{batch(10, 5, 1), marker(15, 1), batch(16, 2, 1)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 16}}, 10, true},
		"cut off":                  {[]*sarama.Records{partial}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 10}}, 10, true},
		"no transaction, same id":  {[]*sarama.Records{batch(10, 5, 0)}, []*sarama.AbortedTransaction{{ProducerID: 0, FirstOffset: 10}}, 10, true},
		"messages of an old Kafka": {[]*sarama.Records{{MsgSet: &sarama.MessageSet{}}}, nil, 10, true},
	} {
		if got, met := pastMarkers(&sarama.FetchResponseBlock{RecordsSet: test.log, AbortedTransactions: test.aborted}, 10); got != test.want || met != test.met {
			t.Errorf("%s: %d, %v, want %d, %v", name, got, met, test.want, test.met)
		}
	}
}

// TestMarkersAreNoLag has a transaction aborted behind the last record: the end of
// the log is committed all the same, the partition is not behind, and a record that
// is not marked yet is never passed.
func TestMarkersAreNoLag(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	produce(t, client, 5, 0)
	producer := newTransactional(t, cluster)
	transaction := func(end kgo.TransactionEndTry) {
		t.Helper()
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := producer.ProduceSync(t.Context(), &kgo.Record{Value: []byte("v")}, &kgo.Record{Value: []byte("v")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := producer.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	transaction(kgo.TryAbort) // 5, 6, its marker 7
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), nil)
	claim := receive(t, "claim", p.claimed)
	wantRecords(t, p.take(5), rangeOf(0, 0, 5))
	eventually(t, "commit of the end", func() bool { return committed(t, client, 0) == 8 })
	if got := claim.HighWater(); got != 5 {
		t.Errorf("the high water is %d, want 5, behind the last record", got)
	}
	transaction(kgo.TryCommit) // 8, 9, 10
	wantRecords(t, p.take(2), rangeOf(0, 8, 10))
	eventually(t, "commit of the end", func() bool { return committed(t, client, 0) == 11 })
	if got := claim.HighWater(); got != 10 {
		t.Errorf("the high water is %d, want 10, behind the last record", got)
	}
	p.stop()
}

// TestMarkersOfATransactionThatIsOpenAtFirst has the partition looked at while the
// transaction behind its last record is open: nothing is known of it yet. When it
// is aborted later the end of the log is committed all the same.
func TestMarkersOfATransactionThatIsOpenAtFirst(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	produce(t, client, 5, 0)
	producer := newTransactional(t, cluster)
	if err := producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := producer.ProduceSync(t.Context(), &kgo.Record{Value: []byte("v")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	looked := make(chan struct{}, 100)
	cluster.ControlKey(int16(kmsg.Fetch), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if r.(*kmsg.FetchRequest).MaxBytes == markersBytes {
			looked <- struct{}{}
		}
		return nil, nil, false
	})
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), nil)
	wantRecords(t, p.take(5), rangeOf(0, 0, 5))
	receive(t, "look behind the last record", looked)
	receive(t, "second look, so that the first is over", looked)
	if err := producer.EndTransaction(t.Context(), kgo.TryAbort); err != nil { // 5, its marker 6
		t.Fatal(err)
	}
	eventually(t, "commit of the end", func() bool { return committed(t, client, 0) == 7 })
	p.stop()
}

// newTransactional returns a client whose transactions write to the topic.
func newTransactional(t *testing.T, cluster *kfake.Cluster) *kgo.Client {
	t.Helper()
	producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.TransactionalID("t"), kgo.DefaultProduceTopic("tweets"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	return producer
}

// TestMarkersBehindWhatIsNotMarked has a claim mark nothing: it is not passed.
func TestMarkersBehindWhatIsNotMarked(t *testing.T) {
	p := &Partition{claim: standing{initial: 3, end: 9}}
	for _, test := range []struct {
		read, next int64
		want       bool
	}{{0, 3, true}, {4, 3, false}, {4, 4, true}, {9, 9, false}, {0, -2, false}} {
		p.read.Store(test.read)
		if got := p.behind(test.next); got != test.want {
			t.Errorf("read up to %d, marked up to %d: %v, want %v", test.read, test.next, got, test.want)
		}
	}
	if got := p.marked(); got != 3 {
		t.Errorf("marked %d, want 3, where the claim began", got)
	}
}

// standing is a claim that only says where it is.
type standing struct {
	sarama.ConsumerGroupClaim
	initial, end int64
}

func (s standing) InitialOffset() int64       { return s.initial }
func (s standing) HighWaterMarkOffset() int64 { return s.end }
