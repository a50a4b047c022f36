package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// The phases of TestMatrixStackIndexBlocked.
const (
	blockedPairs  = 5
	blockedTweets = 10_000 // of a phase
	blockedUsers  = 3_000  // that wait in one
	blockedRatio  = 0.5    // of the speed without a block; the phases of a busy machine differ by half
)

// TestMatrixStackIndexBlocked has Elasticsearch refuse the users with 403, by a
// block of their index: they wait, and the tweets are as fast as in the phases in
// between, in which there are no users. Phases without and with a block alternate,
// as does which of a pair is first: what else the machine does is in both.
func TestMatrixStackIndexBlocked(t *testing.T) {
	s := onStack(t, blockedTweets, blockedUsers)
	listen := freeAddress(t)
	client, err := kgo.NewClient(kgo.SeedBrokers(s.brokers...))
	s.must(err)
	defer client.Close()
	b := &blockRun{stack: s, process: startProcess(t, s.config(listen, s.elasticsearch), listen), client: client}
	b.awaitSettled("users", s.users)
	b.awaitSettled("tweets", s.tweets)
	var ratios []float64
	for pair := range blockedPairs {
		var free, blocked float64
		if pair%2 == 0 {
			free = b.speed()
		}
		b.whileBlocked(func() { blocked = b.speed() })
		if pair%2 == 1 {
			free = b.speed()
		}
		ratios = append(ratios, blocked/free)
		t.Logf("%.0f tweets a second, with users blocked %.0f: %.2f of it", free, blocked, blocked/free)
	}
	slices.Sort(ratios)
	median := ratios[blockedPairs/2]
	t.Logf("the median is %.2f of the speed", median)
	if median < blockedRatio {
		t.Errorf("with users blocked tweets have %.2f of their speed, want %.2f", median, blockedRatio)
	}
	b.process.stop(0)
	s.checkDocuments()
	s.committed()
}

// blockRun is a process whose tweets are measured.
type blockRun struct {
	*stack
	process *process
	client  *kgo.Client
}

// speed moves the tweets of a phase and returns how many of them were settled a
// second, between the first tenth and the last.
func (b *blockRun) speed() float64 {
	b.t.Helper()
	before := int64(b.tweets)
	b.more(blockedTweets, 0)
	var first, last messages.Books
	var since, until time.Time
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for deadline := time.After(loadTime); last.Settled() < before+blockedTweets*9/10; {
		select {
		case <-poll.C:
		case <-deadline:
			b.t.Fatalf("the tweets of a phase were not settled within %v", loadTime)
		}
		last, until = b.books("tweets"), time.Now()
		if first.Settled() < before+blockedTweets/10 {
			first, since = last, until
		}
	}
	b.awaitSettled("tweets", b.tweets)
	return float64(last.Settled()-first.Settled()) / until.Sub(since).Seconds()
}

// whileBlocked has the index of the users blocked and users wait for it.
func (b *blockRun) whileBlocked(do func()) {
	b.t.Helper()
	stored := b.count("users")
	b.block(true)
	b.more(0, blockedUsers)
	await(b.t, "the block to show", time.Minute, func() bool {
		r := b.process.report()
		return r != nil && slices.ContainsFunc(r.NotReady, func(reason string) bool { return strings.HasPrefix(reason, "index "+b.topic("users")) })
	})
	do()
	if n := b.count("users"); n != stored {
		b.t.Errorf("%d users in the index, which is blocked, want %d", n, stored)
	}
	if k := b.books("users"); k.Settled() != int64(stored) || k.InFlight == 0 {
		b.t.Errorf("the books of the blocked users are %+v, want %d settled and some in flight", k, stored)
	}
	b.block(false)
	b.awaitSettled("users", b.users)
	await(b.t, "to be ready", time.Minute, func() bool { r := b.process.report(); return r != nil && len(r.NotReady) == 0 })
}

// more produces further tweets and users.
func (b *blockRun) more(tweets, users int) {
	b.t.Helper()
	var failed atomic.Pointer[error]
	acknowledged := func(_ *kgo.Record, err error) {
		if err != nil {
			failed.Store(&err)
		}
	}
	for range tweets {
		b.client.Produce(b.t.Context(), &kgo.Record{Topic: b.topic("tweets"), Key: b.generator.TweetKey(b.tweets), Value: b.generator.Tweet(b.tweets)}, acknowledged)
		b.tweets++
	}
	for range users {
		b.client.Produce(b.t.Context(), &kgo.Record{Topic: b.topic("users"), Key: sandbox.UserKey(b.users), Value: b.generator.User(b.users)}, acknowledged)
		b.users++
	}
	b.must(b.client.Flush(b.t.Context()))
	if err := failed.Load(); err != nil {
		b.t.Fatal(*err)
	}
}

func (b *blockRun) block(blocked bool) {
	b.t.Helper()
	_, err := b.ask(b.t.Context(), http.MethodPut, "/"+b.topic("users")+"/_settings", fmt.Sprintf(`{"index.blocks.write":%t}`, blocked))
	b.must(err)
}

// books is empty while the process does not answer.
func (b *blockRun) books(kind string) (books messages.Books) {
	if r := b.process.report(); r != nil {
		for i := range r.Topics {
			if r.Topics[i].Name == b.topic(kind) {
				return r.Topics[i].Books
			}
		}
	}
	return books
}

func (b *blockRun) awaitSettled(kind string, n int) {
	b.t.Helper()
	await(b.t, "all "+kind+" settled", loadTime, func() bool { k := b.books(kind); return k.Settled() == int64(n) && k.InFlight == 0 })
}

// unfit are tweets that a real Elasticsearch refuses, each for its own reason.
var unfit = []struct{ name, value, reason string }{
	{"mapping conflict", `{"Message":{"an":"object"}}`, "failed to parse field [Message]"},
	{"nesting too deep", `{"Tags":` + strings.Repeat("[", 1100) + strings.Repeat("]", 1100) + "}", "nesting depth"},
	{"mapping too deep", strings.Repeat(`{"b":`, 30) + "1" + strings.Repeat("}", 30), "depth"},
	{"duplicate keys", `{"Tags":null,"Tags":null}`, "uplicate"},
	{"invalid UTF-8", "{\"Message\":\"\xff\xfe\"}", "UTF-8"},
}

// TestMatrixStackRefusals has Elasticsearch refuse single documents with 400:
// they are in the DLQ with its reason, their neighbours in the index.
func TestMatrixStackRefusals(t *testing.T) {
	s := onProxies(t, ownServers)
	s.fill(500, 50)
	listen := freeAddress(t)
	config := s.config(listen)
	p := startProcess(t, config, listen)
	await(t, "the mapping", recoveryBound, func() bool { r := p.report(); return r != nil && settled(r) == 550 })
	s.produceRefused()
	await(t, "every record settled", recoveryBound, func() bool { r := p.report(); return r != nil && settled(r) == 551+2*len(unfit) })
	p.stop(0)
	s.checkDocuments()
	s.committed()
	letters := dlqLines(t, config)
	for _, r := range unfit {
		dlqLine := letters[r.value]
		if dlqLine.Status != http.StatusBadRequest || dlqLine.Stage != "writer" || !strings.Contains(dlqLine.Reason, r.reason) {
			t.Errorf("%s is in the DLQ as %+v, want 400 of the writer and %q", r.name, dlqLine, r.reason)
		}
		t.Logf("%s: %.200s", r.name, dlqLine.Reason)
	}
	if len(letters) != len(unfit) {
		t.Errorf("%d entries in the DLQ, want %d", len(letters), len(unfit))
	}
}

// produceRefused adds them to one partition, each between two further tweets.
func (p *proxied) produceRefused() {
	p.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.brokers...))
	p.must(err)
	defer client.Close()
	send := func(value []byte) {
		record := &kgo.Record{Topic: p.topic("tweets"), Key: []byte("one partition"), Value: value}
		p.must(client.ProduceSync(p.t.Context(), record).FirstErr())
	}
	for _, r := range unfit {
		send(p.generator.Tweet(p.tweets))
		p.tweets++
		send([]byte(r.value))
	}
	send(p.generator.Tweet(p.tweets))
	p.tweets++
}

// dlqLine is what a test reads of an entry of a DLQ file.
type dlqLine struct {
	Status      int
	Stage       string
	Reason      string
	Value       *string
	ValueBase64 []byte `json:"value_base64"`
}

// dlqLines is the entries of the DLQ beside a configuration, by the record.
func dlqLines(t *testing.T, config string) map[string]dlqLine {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(config), "dlq.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	letters := map[string]dlqLine{}
	for line := range strings.Lines(string(text)) {
		var l dlqLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		value := string(l.ValueBase64)
		if l.Value != nil {
			value = *l.Value
		}
		letters[value] = l
	}
	return letters
}
