package kafka

import (
	"testing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
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
	}{
		"nothing":                  {nil, nil, 10},
		"a record":                 {[]*sarama.Records{batch(10, 3, 0)}, nil, 10},
		"a marker":                 {[]*sarama.Records{marker(10, 1)}, nil, 11},
		"a marker, then a record":  {[]*sarama.Records{marker(10, 1), batch(11, 3, 0)}, nil, 11},
		"the end of a batch":       {[]*sarama.Records{batch(8, 3, 0)}, nil, 10},
		"aborted":                  {[]*sarama.Records{batch(10, 5, 1), marker(15, 1)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 10}}, 16},
		"aborted, begun before":    {[]*sarama.Records{batch(10, 5, 1)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 4}}, 15},
		"aborted, then committed":  {[]*sarama.Records{batch(10, 5, 1), marker(15, 1), batch(16, 2, 1), marker(18, 1)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 10}}, 16},
		"of another producer":      {[]*sarama.Records{batch(10, 5, 2), marker(15, 1)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 10}}, 10},
		"two at once":              {[]*sarama.Records{batch(10, 5, 2), batch(15, 1, 1), marker(16, 1), marker(17, 2)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 15}, {ProducerID: 2, FirstOffset: 10}}, 18},
		"aborted later":            {[]*sarama.Records{batch(10, 5, 1), marker(15, 1), batch(16, 2, 1)}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 16}}, 10},
		"cut off":                  {[]*sarama.Records{partial}, []*sarama.AbortedTransaction{{ProducerID: 1, FirstOffset: 10}}, 10},
		"no transaction, same id":  {[]*sarama.Records{batch(10, 5, 0)}, []*sarama.AbortedTransaction{{ProducerID: 0, FirstOffset: 10}}, 10},
		"messages of an old Kafka": {[]*sarama.Records{{MsgSet: &sarama.MessageSet{}}}, nil, 10},
	} {
		if got := pastMarkers(&sarama.FetchResponseBlock{RecordsSet: test.log, AbortedTransactions: test.aborted}, 10); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
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
	producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.TransactionalID("t"), kgo.DefaultProduceTopic("tweets"))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
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
