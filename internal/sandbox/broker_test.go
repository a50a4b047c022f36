package sandbox

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func startBroker(t *testing.T, topics map[string]int32) *Broker {
	t.Helper()
	b, err := StartBroker(BrokerSettings{Topics: topics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// consume reads n records of the topics.
func consume(t *testing.T, b *Broker, n int, topics ...string) []*kgo.Record {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.ConsumeTopics(topics...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []*kgo.Record
	for len(got) < n {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%d of %d records: %v", len(got), n, err)
		}
		got = append(got, fetches.Records()...)
	}
	return got
}

func TestFillProducesEveryRecordOnce(t *testing.T) {
	const tweets, users = 5000, 700
	b := startBroker(t, map[string]int32{"tweets": 10, "users": 2})
	g := NewGenerator(1, users)
	told := 0
	settings := FillSettings{
		Brokers: b.Addrs(), Generator: g, Tweets: FillTopic{Topic: "tweets", Count: tweets}, Users: FillTopic{Topic: "users", Count: users},
		Progress: func(n int) { told += n },
	}
	if err := Fill(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	if told != tweets+users {
		t.Errorf("progress told of %d records, want %d", told, tweets+users)
	}
	seen := map[string]map[int]bool{"tweets": {}, "users": {}}
	partitions := map[string]int32{}
	for _, r := range consume(t, b, tweets+users, "tweets", "users") {
		number, made := UserNumber, g.User
		if r.Topic == "tweets" {
			number, made = TweetNumber, g.Tweet
		}
		i, err := number(r.Value)
		if err != nil || !bytes.Equal(r.Value, made(i)) {
			t.Fatalf("%s: %s, %v", r.Topic, r.Value, err)
		}
		seen[r.Topic][i] = true
		key := r.Topic + string(r.Key)
		if p, known := partitions[key]; known && p != r.Partition {
			t.Fatalf("key %s is in two partitions", r.Key)
		}
		partitions[key] = r.Partition
	}
	if len(seen["tweets"]) != tweets || len(seen["users"]) != users {
		t.Errorf("%d tweets and %d users", len(seen["tweets"]), len(seen["users"]))
	}
}

func TestFillSaysWhatWentWrong(t *testing.T) {
	b := startBroker(t, map[string]int32{"tweets": 1})
	tests := map[string]struct {
		brokers []string
		users   string
		limit   time.Duration
		want    string
	}{
		"unknown topic": {b.Addrs(), "nobody", time.Minute, "UNKNOWN_TOPIC_OR_PARTITION"},
		"no broker":     {[]string{"127.0.0.1:1"}, "users", time.Second, "fill 127.0.0.1:1"},
		"no address":    {[]string{"a b:c:d"}, "users", time.Second, "fill a b:c:d"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), test.limit)
			defer cancel()
			err := Fill(ctx, FillSettings{
				Brokers: test.brokers, Generator: NewGenerator(1, 1), Tweets: FillTopic{Topic: "tweets"},
				Users: FillTopic{Topic: test.users, Count: 10}, Options: []kgo.Opt{kgo.UnknownTopicRetries(1)},
			})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q in it", err, test.want)
			}
		})
	}
}

func TestCreateTopicsMakesWhatIsMissing(t *testing.T) {
	b := startBroker(t, map[string]int32{"tweets": 3})
	settings := TopicSettings{Brokers: b.Addrs(), Topics: map[string]int32{"tweets": 10, "users": 2}}
	for range 2 { // the second time all are there
		if err := CreateTopics(t.Context(), settings); err != nil {
			t.Fatal(err)
		}
	}
	g := NewGenerator(1, 10)
	if err := Fill(t.Context(), FillSettings{Brokers: b.Addrs(), Generator: g, Users: FillTopic{Topic: "users", Count: 10}}); err != nil {
		t.Fatal(err)
	}
	if got := len(consume(t, b, 10, "users")); got != 10 {
		t.Errorf("%d records", got)
	}
}

func TestCreateTopicsSaysWhatWentWrong(t *testing.T) {
	b := startBroker(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for name, settings := range map[string]TopicSettings{
		"no partition": {Brokers: b.Addrs(), Topics: map[string]int32{"a/b": 0}},
		"no broker":    {Brokers: []string{"127.0.0.1:1"}, Topics: map[string]int32{"a/b": 0}},
	} {
		if err := CreateTopics(ctx, settings); err == nil || !strings.Contains(err.Error(), `create topic "a/b" on 127.0.0.1:`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkFill(b *testing.B) {
	const tweets, users = 400_000, 40_000
	g := NewGenerator(1, users)
	for b.Loop() {
		broker, err := StartBroker(BrokerSettings{Topics: map[string]int32{"tweets": 10, "users": 2}})
		if err != nil {
			b.Fatal(err)
		}
		err = Fill(b.Context(), FillSettings{Brokers: broker.Addrs(), Generator: g, Tweets: FillTopic{"tweets", tweets}, Users: FillTopic{"users", users}})
		if err != nil {
			b.Fatal(err)
		}
		broker.Close()
	}
	b.ReportMetric(float64(b.N)*(tweets+users)/b.Elapsed().Seconds(), "records/s")
}
