package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is what a test waits for anything.
const patience = 20 * time.Second

func startCluster(t *testing.T, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func testSettings(brokers ...string) Settings {
	return Settings{
		Brokers: brokers, Group: "actorpipe", Topics: []string{"tweets"}, ClientID: "test",
		SessionTimeout: 6 * time.Second, HandOver: time.Second, CommitInterval: 50 * time.Millisecond,
		TopicTimeout: 30 * time.Second, FetchMemory: 64 << 20,
	}
}

func newClient(t *testing.T, brokers ...string) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// produce writes n records to each of the partitions.
func produce(t *testing.T, client *kgo.Client, n int, partitions ...int32) {
	t.Helper()
	for _, p := range partitions {
		var records []*kgo.Record
		for i := range n {
			records = append(records, &kgo.Record{Topic: "tweets", Partition: p, Value: fmt.Append(nil, i)})
		}
		if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// commit commits an offset for the group, which must be empty.
func commit(t *testing.T, client *kgo.Client, partition int32, offset int64) {
	t.Helper()
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: "tweets", Partition: partition, At: offset, LeaderEpoch: -1})
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), "actorpipe", offsets); err != nil {
		t.Fatal(err)
	}
}

func committed(t *testing.T, client *kgo.Client, partition int32) int64 {
	t.Helper()
	offsets, err := kadm.NewClient(client).FetchOffsets(t.Context(), "actorpipe")
	if err != nil {
		t.Fatal(err)
	}
	o, ok := offsets.Lookup("tweets", partition)
	if !ok {
		return -1
	}
	return o.At
}

// at is a record's place.
type at struct {
	partition int32
	offset    int64
}

type condition struct{ name, reason string }

// process is a Consumer that runs, and what its hooks hear.
type process struct {
	t            *testing.T
	drain, abort context.CancelFunc
	result       chan error
	records      chan at
	claimed      chan *Partition
	ended        chan *Partition
	conditions   chan condition
	lost         chan int64
}

// startProcess runs a Consumer whose claims note and mark every record, after
// first, if not nil, was called for them.
func startProcess(t *testing.T, s Settings, first func(p *Partition), edit ...func(*Hooks)) *process {
	t.Helper()
	p := &process{
		t: t, result: make(chan error, 1), records: make(chan at, 100_000), claimed: make(chan *Partition, 1000),
		ended: make(chan *Partition, 1000), conditions: make(chan condition, 10_000), lost: make(chan int64, 1000),
	}
	hooks := Hooks{
		Claim: func(ctx context.Context, c *Partition) {
			if first != nil {
				first(c)
			}
			p.claimed <- c
			p.read(ctx, c)
			p.ended <- c
		},
		Condition: func(name, reason string) { p.conditions <- condition{name, reason} },
		Lost:      func(_ string, records int64) { p.lost <- records },
	}
	for _, e := range edit {
		e(&hooks)
	}
	c, err := New(s, hooks)
	if err != nil {
		t.Fatal(err)
	}
	drain, stopDrain := context.WithCancel(t.Context())
	run, stopRun := context.WithCancel(t.Context())
	p.drain, p.abort = stopDrain, stopRun
	done := make(chan struct{})
	go func() { // owned by the clean-up
		defer close(done)
		p.result <- c.Run(drain, run)
	}()
	t.Cleanup(func() {
		stopDrain()
		stopRun()
		<-done
	})
	return p
}

// read is the claim: until its messages are closed or the run is over.
func (p *process) read(ctx context.Context, c *Partition) {
	for {
		select {
		case m, ok := <-c.Messages():
			if !ok {
				return
			}
			c.Mark(m.Offset + 1)
			p.records <- at{c.Partition(), m.Offset}
		case <-ctx.Done():
			return
		}
	}
}

// receive takes one from a channel.
func receive[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("not reached")
	}
}

// take receives n records and returns them sorted.
func (p *process) take(n int) []at {
	p.t.Helper()
	var got []at
	for range n {
		got = append(got, receive(p.t, fmt.Sprintf("record (got %d of %d)", len(got), n), p.records))
	}
	slices.SortFunc(got, func(a, b at) int {
		if a.partition != b.partition {
			return int(a.partition - b.partition)
		}
		return int(a.offset - b.offset)
	})
	return got
}

// await reads conditions until one is as wanted, and returns its reason.
func (p *process) await(name string, is func(reason string) bool) string {
	p.t.Helper()
	for {
		if c := receive(p.t, "condition "+name, p.conditions); c.name == name && is(c.reason) {
			return c.reason
		}
	}
}

func well(reason string) bool    { return reason == "" }
func trouble(reason string) bool { return reason != "" }

// stop drains, and wants Run to return nil.
func (p *process) stop() {
	p.t.Helper()
	p.drain()
	if err := receive(p.t, "end of Run", p.result); err != nil {
		p.t.Fatalf("Run: %v", err)
	}
}

// wantFatal wants Run to return an error that holds all texts.
func (p *process) wantFatal(is error, texts ...string) {
	p.t.Helper()
	err := receive(p.t, "end of Run", p.result)
	if err == nil || (is != nil && !errors.Is(err, is)) {
		p.t.Fatalf("Run returned %v, want %v", err, is)
	}
	wantTexts(p.t, err.Error(), texts...)
}

// rangeOf are the offsets [from, to) of a partition.
func rangeOf(partition int32, from, to int64) []at {
	var out []at
	for o := from; o < to; o++ {
		out = append(out, at{partition, o})
	}
	return out
}
