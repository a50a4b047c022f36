package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// stack is a real Kafka and a real Elasticsearch, with topics, indices and a
// group of one test.
type stack struct {
	t             testing.TB
	brokers       []string
	elasticsearch string
	suffix        string // of the topics, the indices and the group
	group         int    // that reads; another one reads everything again
	database      string
	tweets, users int
	generator     *sandbox.Generator
}

// onStack fills topics of the test's own: tweets in 10 partitions, users in 2.
// Where the stack is not up the test is skipped, or fails in CI.
func onStack(t testing.TB, tweets, users int) *stack {
	t.Helper()
	s := emptyStack(t, strings.Split(env("KAFKA_BROKERS_ADDR", "127.0.0.1:29092"), ","), env("ELASTICSEARCH_URL", "http://127.0.0.1:29200"))
	s.needed()
	s.fill(tweets, users)
	return s
}

// emptyStack has no topics yet.
func emptyStack(t testing.TB, brokers []string, elasticsearch string) *stack {
	return &stack{
		t: t, brokers: brokers, elasticsearch: elasticsearch,
		suffix: fmt.Sprintf("-%d", time.Now().UnixNano()), database: filepath.Join(t.TempDir(), "City.mmdb"),
	}
}

// needed skips the test where the stack is not up, or fails it in CI.
func (s *stack) needed() {
	s.t.Helper()
	err := s.reachable()
	if err != nil && os.Getenv("CI") == "true" {
		s.t.Fatalf("the stack is not up: %v", err)
	}
	if err != nil {
		s.t.Skipf("needs a real Kafka and a real Elasticsearch: start them with `docker/stack up` (%v)", err)
	}
}

// fill makes the database and the topics, and fills them.
func (s *stack) fill(tweets, users int) {
	s.t.Helper()
	s.tweets, s.users, s.generator = tweets, users, sandbox.NewGenerator(demoSeed, users)
	s.must(sandbox.WriteDatabase(s.database))
	topics := map[string]int32{s.topic("tweets"): 10, s.topic("users"): 2}
	s.must(sandbox.CreateTopics(s.t.Context(), sandbox.TopicSettings{Brokers: s.brokers, Topics: topics}))
	s.t.Cleanup(s.remove)
	s.must(sandbox.Fill(s.t.Context(), sandbox.FillSettings{
		Brokers: s.brokers, Generator: s.generator,
		Tweets: sandbox.FillTopic{Topic: s.topic("tweets"), Count: tweets},
		Users:  sandbox.FillTopic{Topic: s.topic("users"), Count: users},
		// A broker may hear of a new topic a while after it was made.
		Options: []kgo.Opt{kgo.UnknownTopicRetries(-1)},
	}))
}

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

func (s *stack) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// reachable says whether both servers take connections.
func (s *stack) reachable() error {
	es, err := url.Parse(s.elasticsearch)
	if err != nil {
		return err
	}
	for _, address := range []string{s.brokers[0], es.Host} {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(s.t.Context(), "tcp", address)
		if err != nil {
			return err
		}
		_ = conn.Close()
	}
	return nil
}

// topic is the topic, and the index, of the test's tweets or users.
func (s *stack) topic(kind string) string { return kind + s.suffix }

func (s *stack) groupName() string { return fmt.Sprintf("group%d%s", s.group, s.suffix) }

// config writes a configuration that listens on listen, and returns its path.
func (s *stack) config(listen, elasticsearch string) string {
	dir := s.t.TempDir()
	path := filepath.Join(dir, "config.hcl")
	s.must(os.WriteFile(path, fmt.Appendf(nil, `%s
dlq "file" { path = %q }
monitor {
  listen   = %q
  interval = "1s"
}
log { level = "debug" }
`, s.text(elasticsearch), filepath.Join(dir, "dlq.ndjson"), listen), 0o600))
	return path
}

// text is the configuration of the pipeline alone.
func (s *stack) text(elasticsearch string) string {
	return fmt.Sprintf(`kafka {
  brokers = %s
  group   = %q
  topic %q { address = "RemoteAddress" }
  topic %q {}
}
geoip { database = %q }
elasticsearch { addresses = [%q] }
`, list(s.brokers), s.groupName(), s.topic("tweets"), s.topic("users"), s.database, elasticsearch)
}

// remove deletes what the test made.
func (s *stack) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for _, kind := range []string{"tweets", "users"} {
		_, _ = s.ask(ctx, http.MethodDelete, "/"+s.topic(kind), "")
		_, _ = s.ask(ctx, http.MethodDelete, "/_index_template/actorpipe-"+s.topic(kind), "")
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(s.brokers...))
	if err != nil {
		return
	}
	defer client.Close()
	_, _ = kadm.NewClient(client).DeleteTopics(ctx, s.topic("tweets"), s.topic("users"))
}

// ask asks Elasticsearch and returns the body of a 2xx.
func (s *stack) ask(ctx context.Context, method, path, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.elasticsearch+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s: %.300s", method, path, resp.Status, answer)
	}
	return answer, err
}

// documents is how many documents both indices hold; 0 while there are none.
func (s *stack) documents() int { return s.count("tweets") + s.count("users") }

// count is how many documents an index holds; 0 while it is not there.
func (s *stack) count(kind string) int {
	if _, err := s.ask(s.t.Context(), http.MethodPost, "/"+s.topic(kind)+"/_refresh", ""); err != nil {
		return 0 // no index yet
	}
	answer, err := s.ask(s.t.Context(), http.MethodGet, "/"+s.topic(kind)+"/_count", "")
	s.must(err)
	var count struct{ Count int }
	s.must(json.Unmarshal(answer, &count))
	return count.Count
}

// each calls do for every document of an index.
func (s *stack) each(kind string, do func(id string, source []byte)) {
	s.t.Helper()
	type page struct {
		ScrollID string `json:"_scroll_id"`
		Hits     struct {
			Hits []struct {
				ID     string          `json:"_id"`
				Source json.RawMessage `json:"_source"`
			} `json:"hits"`
		} `json:"hits"`
	}
	answer, err := s.ask(s.t.Context(), http.MethodPost, "/"+s.topic(kind)+"/_search?scroll=1m", `{"size":10000,"sort":["_doc"]}`)
	for {
		s.must(err)
		var p page
		s.must(json.NewDecoder(bytes.NewReader(answer)).Decode(&p))
		if len(p.Hits.Hits) == 0 {
			return
		}
		for _, hit := range p.Hits.Hits {
			do(hit.ID, hit.Source)
		}
		answer, err = s.ask(s.t.Context(), http.MethodPost, "/_search/scroll", fmt.Sprintf(`{"scroll":"1m","scroll_id":%q}`, p.ScrollID))
	}
}

// committed fails the test unless the group has committed to the end of the log.
func (s *stack) committed() {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.brokers...))
	s.must(err)
	defer client.Close()
	lags, err := kadm.NewClient(client).Lag(s.t.Context(), s.groupName())
	s.must(errors.Join(err, lags.Error()))
	for _, lag := range lags {
		if n := lag.Lag.Total(); n != 0 || len(lag.Lag) != 2 {
			s.t.Errorf("the group is %d records behind the end of %d topics, want 0 of 2", n, len(lag.Lag))
		}
	}
}
