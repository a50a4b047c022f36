package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// labTime bounds every wait in a lab.
const labTime = 60 * time.Second

// lab is where processes of actorpipe move the records of one test: between the
// embedded broker and sink, or between the real servers. A gateway that the test
// can trouble stands before Elasticsearch.
type lab struct {
	*stack  // of the real servers; its ask goes past the gateway
	broker  *sandbox.Broker
	sink    *sandbox.Sink // nil: a real Elasticsearch
	gateway *gateway
	client  *kgo.Client
	admin   *kadm.Client
	letters string // path of the DLQ of the process that was started last
}

// embeddedLab has a broker and a sink in the process of the test.
func embeddedLab(t *testing.T, options ...kfake.Opt) *lab {
	t.Helper()
	options = append(options, kfake.GroupMinSessionTimeout(time.Second))
	broker, err := sandbox.StartBroker(sandbox.BrokerSettings{Options: options})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	sink, err := sandbox.StartSink(sandbox.SinkSettings{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Close() })
	l := &lab{stack: emptyStack(t, broker.Addrs(), sink.URL()), broker: broker, sink: sink}
	l.open(t)
	return l
}

// realLab has the servers of docker/stack, and topics and indices of its own.
func realLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{stack: emptyStack(t, strings.Split(env("KAFKA_BROKERS_ADDR", "127.0.0.1:29092"), ","), env("ELASTICSEARCH_URL", "http://127.0.0.1:29200"))}
	l.needed()
	l.open(t)
	return l
}

func (l *lab) open(t *testing.T) {
	t.Helper()
	l.gateway = newGateway(t, l.elasticsearch)
	var err error
	l.client, err = kgo.NewClient(kgo.SeedBrokers(l.brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(32<<20))
	l.must(err)
	t.Cleanup(l.client.Close)
	l.admin = kadm.NewClient(l.client)
}

// make makes a topic, and returns its name, which is that of its index too. Both
// are deleted when the test ends.
func (l *lab) make(kind string, partitions int32, configs map[string]string) string {
	l.t.Helper()
	name := l.topic(kind)
	values := map[string]*string{}
	for key, value := range configs {
		values[key] = &value
	}
	_, err := l.admin.CreateTopic(l.t.Context(), partitions, 1, values, name)
	l.must(err)
	if l.sink == nil {
		l.t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			_, _ = l.admin.DeleteTopics(ctx, name)
			_, _ = l.ask(ctx, http.MethodDelete, fmt.Sprintf("/%[1]s,%[1]s-1,%[1]s-2?ignore_unavailable=true", name), "")
		})
	}
	return name
}

// start starts a process. topics are topic blocks, more is any further
// configuration; instance is a static member's, or empty.
func (l *lab) start(topics, instance, more string) *process {
	l.t.Helper()
	dir, listen := l.t.TempDir(), freeAddress(l.t)
	path := filepath.Join(dir, "config.hcl")
	l.letters = filepath.Join(dir, "dlq.ndjson")
	session := "6s"
	if l.sink != nil {
		session = "2s"
	}
	l.must(os.WriteFile(path, fmt.Appendf(nil, `kafka {
  brokers         = %s
  group           = %q
  instance_id     = %q
  session_timeout = %q
  hand_over       = "1s"
  commit_interval = "50ms"
%s
}
elasticsearch {
  addresses = [%q]
  workers   = 6
  backoff {
    initial = "20ms"
    max     = "200ms"
  }
}
dlq "file" { path = %q }
monitor {
  listen   = %q
  interval = "1s"
}
log { level = "debug" }
%s
`, list(l.brokers), l.groupName(), instance, session, topics, l.gateway.URL, l.letters, listen, more), 0o600))
	return startProcess(l.t, path, listen)
}

// put writes records and returns their offsets.
func (l *lab) put(records ...*kgo.Record) []int64 {
	l.t.Helper()
	l.must(l.client.ProduceSync(l.t.Context(), records...).FirstErr())
	offsets := make([]int64, len(records))
	for i, r := range records {
		offsets[i] = r.Offset
	}
	return offsets
}

// rewind makes the group, which must be empty, begin at that offset.
func (l *lab) rewind(topic string, partition int32, offset int64) {
	l.t.Helper()
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: topic, Partition: partition, At: offset, LeaderEpoch: -1})
	l.must(l.admin.CommitAllOffsets(l.t.Context(), l.groupName(), offsets))
}

// commits is what the group has committed, by partition; nothing while there is no
// answer.
func (l *lab) commits(topic string) map[int32]int64 {
	offsets, err := l.admin.FetchOffsets(l.t.Context(), l.groupName())
	if err != nil {
		return nil
	}
	all := map[int32]int64{}
	for partition, o := range offsets[topic] {
		all[partition] = o.At
	}
	return all
}

// document is the source of a document.
func (l *lab) document(index, id string) (source string, found bool) {
	l.t.Helper()
	if l.sink != nil {
		return l.sink.Document(index, id)
	}
	answer, err := l.ask(l.t.Context(), http.MethodGet, "/"+index+"/_doc/"+url.PathEscape(id), "")
	var got struct {
		Found  bool            `json:"found"`
		Source json.RawMessage `json:"_source"`
	}
	if json.Unmarshal(answer, &got) != nil {
		l.t.Fatal(err)
	}
	return string(got.Source), got.Found
}

// stored is how many documents an index has; 0 while there is none.
func (l *lab) stored(index string) int {
	l.t.Helper()
	if l.sink != nil {
		return l.sink.Count(index)
	}
	if _, err := l.ask(l.t.Context(), http.MethodPost, "/"+index+"/_refresh", ""); err != nil {
		return 0
	}
	answer, err := l.ask(l.t.Context(), http.MethodGet, "/"+index+"/_count", "")
	l.must(err)
	var got struct{ Count int }
	l.must(json.Unmarshal(answer, &got))
	return got.Count
}

// awaitSettled waits until a process has settled that many records of all topics,
// and has nothing in flight.
func (l *lab) awaitSettled(p *process, records int) *messages.Report {
	l.t.Helper()
	var last *messages.Report
	await(l.t, fmt.Sprintf("%d records settled", records), labTime, func() bool {
		last = p.report()
		return last != nil && settled(last) >= records && consumed(last) == settled(last)
	})
	return last
}

// metrics are those of a process.
func (l *lab) metrics(p *process) string {
	l.t.Helper()
	req, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, "http://"+p.listen+"/metrics", http.NoBody)
	l.must(err)
	resp, err := http.DefaultClient.Do(req)
	l.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	l.must(err)
	return string(text)
}

// readLetters is what is in a DLQ's file, nothing while there is none; a last line
// that is torn is left out. Any goroutine may call it.
func readLetters(t testing.TB, path string) (all []dlq.Entry) {
	t.Helper()
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	defer file.Close()
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return all
		}
		var e dlq.Entry
		if err := errors.Join(err, json.Unmarshal(line, &e)); err != nil {
			t.Errorf("%s: %v: %s", path, err, line)
			return all
		}
		all = append(all, e)
	}
}

// gateway passes requests on to Elasticsearch, after what the test wants to happen
// before.
type gateway struct {
	*httptest.Server
	before atomic.Pointer[func(body string)]      // of each bulk; may block
	cut    atomic.Pointer[func(body string) bool] // whether the answer to a bulk is lost
}

type bulkBody struct{}

func newGateway(t *testing.T, elasticsearch string) *gateway {
	t.Helper()
	to, err := url.Parse(elasticsearch)
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{}
	pass := &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ModifyResponse: func(r *http.Response) error {
			body, isBulk := r.Request.Context().Value(bulkBody{}).(string)
			if cut := g.cut.Load(); isBulk && cut != nil && (*cut)(body) {
				return errors.New("lost")
			}
			return nil
		},
	}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/_bulk") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			if before := g.before.Load(); before != nil {
				(*before)(string(body))
			}
			r = r.WithContext(context.WithValue(r.Context(), bulkBody{}, string(body)))
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(body))), int64(len(body))
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

// hold has the first bulk with that text in it wait until release is called. held
// is closed once it does.
func (g *gateway) hold(t testing.TB, text string) (held <-chan struct{}, release func()) {
	t.Helper()
	reached, open := make(chan struct{}), make(chan struct{})
	var once, freed atomic.Bool
	before := func(body string) {
		if strings.Contains(body, text) && once.CompareAndSwap(false, true) {
			close(reached)
			<-open
		}
	}
	g.before.Store(&before)
	release = func() {
		if freed.CompareAndSwap(false, true) {
			close(open)
		}
	}
	t.Cleanup(release) // before the gateway closes, which waits for its requests
	return reached, release
}
