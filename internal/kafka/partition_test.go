package kafka

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/messages"
)

func neverClaim(context.Context, *Partition) {}

// TestRecord sends records through a broker, since it is what sarama makes of
// null and empty that counts.
func TestRecord(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	at := time.UnixMilli(1700000000123)
	for _, r := range []*kgo.Record{
		{Key: []byte("k"), Value: []byte("v"), Timestamp: at, Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("1")}, {Key: "n"}}},
		{Key: nil, Value: nil, Timestamp: at},
		{Key: []byte{}, Value: []byte{}, Timestamp: at},
	} {
		r.Topic = "tweets"
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	got := make(chan messages.Record, 10)
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), nil, func(h *Hooks) {
		h.Claim = func(_ context.Context, p *Partition) {
			for m := range p.Messages() {
				r := p.Record(m)
				if cap(r.Value) != len(r.Value) || cap(r.Key) != len(r.Key) {
					t.Errorf("record %d has room to append to", r.Offset)
				}
				got <- r
			}
		}
	})
	for _, want := range []messages.Record{
		{Offset: 0, Timestamp: 1700000000123, Key: []byte("k"), Value: []byte("v"), Headers: []messages.Header{{Key: []byte("h"), Value: []byte("1")}, {Key: []byte("n")}}},
		{Offset: 1, Timestamp: 1700000000123},
		{Offset: 2, Timestamp: 1700000000123, Key: []byte{}, Value: []byte{}},
	} {
		if diff := cmp.Diff(want, receive(t, "record", got)); diff != "" {
			t.Errorf("record %d: %s", want.Offset, diff)
		}
	}
	p.stop()
}

func TestRecordWithoutTimestamp(t *testing.T) {
	r := (&Partition{}).Record(&sarama.ConsumerMessage{Offset: 7, Value: []byte("v")})
	if r.Timestamp != -1 || r.Headers != nil || r.Key != nil {
		t.Errorf("got %+v", r)
	}
}

func TestRecordDoesNotAllocate(t *testing.T) {
	p, m := &Partition{}, &sarama.ConsumerMessage{Offset: 7, Key: []byte("k"), Value: []byte("v"), Timestamp: time.UnixMilli(1)}
	var r messages.Record
	if n := testing.AllocsPerRun(100, func() { r = p.Record(m) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	_ = r
}

// TestFetchSizes wants answers that are the smaller, the more brokers there are, and
// the larger, the more partitions; and fetches of a partition that are no larger than
// they help.
func TestFetchSizes(t *testing.T) {
	for _, test := range []struct {
		memory        int64
		size          extent
		answer, fetch int32
	}{
		{64 << 20, extent{}, 4 << 20, 1 << 20},
		{64 << 20, extent{brokers: 1}, 4 << 20, 1 << 20},
		{64 << 20, extent{brokers: 4}, 1 << 20, 1 << 20},
		{64 << 20, extent{brokers: 8}, 512 << 10, 512 << 10},
		{64 << 20, extent{brokers: 1000}, 64 << 10, 64 << 10},
		{64 << 20, extent{partitions: 1024, brokers: 1}, 5 << 20, 1 << 20},
		{64 << 20, extent{partitions: 4096, brokers: 2}, 4 << 20, 1 << 20},
		{1, extent{brokers: 1}, 64 << 10, 64 << 10},
		{1 << 40, extent{brokers: 1}, sarama.MaxResponseSize, 1 << 20},
	} {
		if answer := answerBytes(test.memory, test.size); answer != test.answer || fetchBytes(answer) != test.fetch {
			t.Errorf("of %d bytes and %+v answers are %d and fetches %d, want %d and %d",
				test.memory, test.size, answer, fetchBytes(answer), test.answer, test.fetch)
		}
	}
	for partitions, want := range map[int]int{0: 512, 12: 512, 1024: 512, 2048: 256, 5000: 128} {
		if got := readyRecords(partitions); got != want {
			t.Errorf("of each of %d partitions %d records are ready, want %d", partitions, got, want)
		}
	}
	if got := AheadBytes(64 << 20); got != 16<<20 {
		t.Errorf("claims may hold %d bytes, want a quarter", got)
	}
}

// TestRecordLargerThanAFetch wants a record that no fetch of the partition's share
// could hold.
func TestRecordLargerThanAFetch(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(2, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	large := make([]byte, 900<<10)
	for partition := range int32(2) {
		produce(t, client, 1, partition)
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "tweets", Partition: partition, Value: large}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		produce(t, client, 1, partition)
	}
	s := testSettings(cluster.ListenAddrs()...)
	s.FetchMemory = 1
	p := startProcess(t, s, nil)
	wantRecords(t, p.take(6), rangeOf(0, 0, 3), rangeOf(1, 0, 3))
	p.stop()
}

func TestNewRefusesWrongSettings(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*Settings)
		text string
	}{
		"brokers":         {func(s *Settings) { s.Brokers = nil }, "no brokers"},
		"group":           {func(s *Settings) { s.Group = "" }, "no group"},
		"topics":          {func(s *Settings) { s.Topics = nil }, "no topics"},
		"session timeout": {func(s *Settings) { s.SessionTimeout = 0 }, "session timeout"},
		"hand-over":       {func(s *Settings) { s.HandOver = 0 }, "hand-over"},
		"commit interval": {func(s *Settings) { s.CommitInterval = 0 }, "commit interval"},
		"topic timeout":   {func(s *Settings) { s.TopicTimeout = 0 }, "topic timeout"},
		"fetch memory":    {func(s *Settings) { s.FetchMemory = 0 }, "fetch memory"},
		"password":        {func(s *Settings) { s.SASL = &SASL{Username: "ann"} }, "sasl needs"},
		"client id":       {func(s *Settings) { s.ClientID = "" }, "no client id"},
		"instance id":     {func(s *Settings) { s.InstanceID = "a b" }, "kafka settings"},
	} {
		s := testSettings("localhost:9092")
		test.edit(&s)
		if _, err := New(s, Hooks{Claim: neverClaim}); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			wantTexts(t, err.Error(), test.text)
		}
	}
	if _, err := New(testSettings("localhost:9092"), Hooks{}); err == nil {
		t.Error("hooks without Claim: no error")
	}
}

func TestUnknownTopicIsForgottenWhenItIsSeenNoMore(t *testing.T) {
	u, now := newUnknownTopics(30*time.Second), time.Now()
	for _, step := range []struct {
		after time.Duration
		fatal bool
	}{{0, false}, {29 * time.Second, false}, {61 * time.Second, false}, {85 * time.Second, false}, {91 * time.Second, true}} {
		if err := u.seen([]string{"tweets"}, now.Add(step.after)); (err != nil) != step.fatal {
			t.Errorf("after %s: %v", step.after, err)
		} else if err != nil && !errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
			t.Errorf("after %s: %v", step.after, err)
		}
	}
}
