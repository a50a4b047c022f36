package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/messages"
)

// TestMatrixStackIndexBlocked has Elasticsearch refuse the users with 403, by a
// block of their index: they wait, and the tweets go on as before.
func TestMatrixStackIndexBlocked(t *testing.T) {
	c := flowing(t, ownServers)
	await(t, "an index of users", recoveryBound, func() bool { return c.book("users").Indexed > 0 })
	c.suffer(harm{
		begin: func(c *chaos) {
			c.block(true)
			await(c.t, "the block to show", time.Minute, func() bool { return c.notReady("index " + c.topic("users")) })
			users, tweets := c.count("users"), c.book("tweets")
			await(c.t, "three seconds' tweets to be indexed", time.Minute, func() bool {
				return c.book("tweets").Indexed >= tweets.Indexed+3*matrixRate*9/10
			})
			if now := c.count("users"); users == 0 || now != users {
				c.t.Errorf("%d users in the index, and later %d, want as many", users, now)
			}
			if b := c.book("users"); b.InFlight == 0 || b.DeadLettered != 0 {
				c.t.Errorf("the books of the blocked users are %+v, want some in flight, and none in the DLQ", b)
			}
		},
		end: func(c *chaos) { c.block(false) },
	})
	c.finish()
}

func (c *chaos) block(blocked bool) {
	c.t.Helper()
	_, err := c.ask(c.t.Context(), http.MethodPut, "/"+c.topic("users")+"/_settings", fmt.Sprintf(`{"index.blocks.write":%t}`, blocked))
	c.must(err)
}

// book is empty while the member does not answer.
func (c *chaos) book(kind string) (b messages.Books) {
	if r := c.report(); r != nil {
		for i := range r.Topics {
			if r.Topics[i].Name == c.topic(kind) {
				return r.Topics[i].Books
			}
		}
	}
	return b
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
