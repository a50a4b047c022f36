package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// scene is what the processes of one test live in: a broker and a sink of its
// own. Its group and its DLQ are those of its processes.
type scene struct {
	t        *testing.T
	broker   *sandbox.Broker
	sink     *sandbox.Sink
	client   *kgo.Client
	settings string // of every process, as HCL
	group    string
	next     map[string]int64 // offsets of records to come, by topic and partition
}

// quick makes a process that tries again soon, and does not wait for company.
const quick = `elasticsearch {
  bulk { max_age = "20ms" }
  backoff {
    initial = "50ms"
    max     = "200ms"
  }
}
`

// oneTopic is users, by offset.
const oneTopic = "kafka {\n  topic \"users\" {}\n}\n"

// newScene has those topics. settings are HCL: all that start does not add.
func newScene(t *testing.T, topics map[string]int32, settings string, options ...kfake.Opt) *scene {
	t.Helper()
	s := &scene{t: t, settings: settings, group: "scene", next: map[string]int64{}}
	var err error
	s.broker, err = sandbox.StartBroker(sandbox.BrokerSettings{Topics: topics, Options: options})
	s.must(err)
	t.Cleanup(func() { s.broker.Close() }) // by then it may be another
	s.sink, err = sandbox.StartSink(sandbox.SinkSettings{})
	s.must(err)
	t.Cleanup(func() { _ = s.sink.Close() })
	s.client, err = kgo.NewClient(kgo.SeedBrokers(s.broker.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(2<<20))
	s.must(err)
	t.Cleanup(s.client.Close)
	return s
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// start starts a process that has its address and its DLQ for itself.
func (s *scene) start() *actorProcess {
	s.t.Helper()
	return s.startBy(startProcess)
}

func (s *scene) startBy(launch func(t testing.TB, config, listen string) *process) *actorProcess {
	s.t.Helper()
	dir, listen := s.t.TempDir(), freeAddress(s.t)
	letters := filepath.Join(s.t.TempDir(), "dlq.ndjson")
	common := fmt.Sprintf(`kafka {
  brokers = %s
  group   = %q
}
elasticsearch { addresses = [%q] }
dlq "file" { path = %q }
monitor {
  listen   = %q
  interval = "1s"
}
`, list(s.broker.Addrs()), s.group, s.sink.URL(), letters, listen)
	s.must(errors.Join(
		os.WriteFile(filepath.Join(dir, "common.hcl"), []byte(common), 0o600),
		os.WriteFile(filepath.Join(dir, "settings.hcl"), []byte(s.settings), 0o600),
	))
	return &actorProcess{process: launch(s.t, dir, listen), letters: letters}
}

// actorProcess is a process of a scene.
type actorProcess struct {
	*process
	letters string // path of its DLQ
}

// written is a record as it was produced: what it must become.
type written struct {
	offset    int64
	key       string
	value     string // "" is null
	id        string // of its document where the topic's id is the offset
	partition int32
}

// produce writes records into a partition, as one batch, and returns them with
// their places, which the caller leaves out.
func (s *scene) produce(topic string, partition int32, records ...written) []written {
	s.t.Helper()
	records, err := s.write(topic, partition, records)
	s.must(err)
	return records
}

// write is produce for other goroutines.
func (s *scene) write(topic string, partition int32, records []written) ([]written, error) {
	const epoch = 1_760_000_000_000
	place := fmt.Sprintf("%s-%d", topic, partition)
	var batch []*kgo.Record
	records = slices.Clone(records)
	for i := range records {
		r := &records[i]
		r.offset, r.partition = s.next[place], partition
		r.id = fmt.Sprintf("%s-%d-%d", place, r.offset, epoch+r.offset)
		s.next[place]++
		out := &kgo.Record{Topic: topic, Partition: partition, Timestamp: time.UnixMilli(epoch + r.offset)}
		if r.value != "" {
			out.Value = []byte(r.value)
		}
		if r.key != "" {
			out.Key = []byte(r.key)
		}
		batch = append(batch, out)
	}
	return records, s.client.ProduceSync(s.t.Context(), batch...).FirstErr()
}

// plain is n records without a key.
func plain(n int) []written {
	records := make([]written, n)
	for i := range records {
		records[i].value = fmt.Sprintf(`{"n":%d}`, i)
	}
	return records
}

// store puts a document into the sink as a bulk request of somebody else does.
func (s *scene) store(action, source string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.sink.URL()+"/_bulk", strings.NewReader(action+"\n"+source+"\n"))
	s.must(err)
	resp, err := http.DefaultClient.Do(req)
	s.must(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	s.must(err)
	if !bytes.Contains(answer, []byte(`"errors":false`)) {
		s.t.Fatalf("%s: %s", resp.Status, answer)
	}
}

// documents is what is in an index, by id.
func (s *scene) documents(index string) map[string]string {
	all := map[string]string{}
	s.sink.Each(index, func(id, source string) bool { all[id] = source; return true })
	return all
}

// wantDocuments fails the test unless an index holds these documents alone.
func (s *scene) wantDocuments(t *testing.T, index string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, s.documents(index)); diff != "" {
		t.Errorf("documents of %s (-want +got):\n%s", index, diff)
	}
}

// sources are the documents that these records make, by the ids of their offsets.
func sources(records ...[]written) map[string]string {
	all := map[string]string{}
	for _, list := range records {
		for _, r := range list {
			all[r.id] = r.value
		}
	}
	return all
}

// without is a copy of documents without those of these records.
func without(documents map[string]string, records ...written) map[string]string {
	rest := maps.Clone(documents)
	for _, r := range records {
		delete(rest, r.id)
	}
	return rest
}

// wantCommitted fails the test unless the group has committed to the end of each
// partition that has records.
func (s *scene) wantCommitted() {
	s.t.Helper()
	commits := s.broker.Cluster().GroupInfo(s.group).Commits
	for place, end := range s.next {
		at := strings.LastIndex(place, "-")
		partition, err := strconv.ParseInt(place[at+1:], 10, 32)
		s.must(err)
		if c, found := commits[place[:at]][int32(partition)]; !found || c.Offset != end {
			s.t.Errorf("%s: committed %d (%t), want the end of the log, %d", place, c.Offset, found, end)
		}
	}
}

// entries is what is in the DLQ of the process, by topic and offset.
func (p *actorProcess) entries() map[string]dlq.Entry {
	p.t.Helper()
	text, err := os.ReadFile(p.letters)
	if err != nil {
		p.t.Fatal(err)
	}
	all := map[string]dlq.Entry{}
	for line := range bytes.Lines(text) {
		var e dlq.Entry
		if err := json.Unmarshal(line, &e); err != nil {
			p.t.Fatalf("%v: %s", err, line)
		}
		place := fmt.Sprintf("%s-%d-%d", e.Topic, e.Partition, e.Offset)
		if _, twice := all[place]; twice {
			p.t.Errorf("%s is in the DLQ twice", place)
		}
		all[place] = e
	}
	return all
}

// books are those of one topic; zero while there is no report.
func (p *actorProcess) books(topic string) (b messages.Books) {
	if r := p.report(); r != nil {
		for i := range r.Topics {
			if r.Topics[i].Name == topic {
				b = r.Topics[i].Books
			}
		}
	}
	return b
}

// ready asks /ready; the status is 0 while nobody answers.
func (p *actorProcess) ready() (status int, text string) {
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, "http://"+p.listen+"/ready", http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body) // what came is looked at
	return resp.StatusCode, string(body)
}

// awaitReady waits until /ready answers 200, or, where there is a reason, 503
// with it.
func (p *actorProcess) awaitReady(reason string) {
	p.t.Helper()
	want, last := http.StatusOK, ""
	if reason != "" {
		want = http.StatusServiceUnavailable
	}
	defer func() {
		if last != "" {
			p.t.Logf("the last answer of /ready was %s", last)
		}
	}()
	soon(p.t, fmt.Sprintf("/ready %d %q", want, reason), func() bool {
		status, text := p.ready()
		last = fmt.Sprintf("%d %s", status, text)
		return status == want && strings.Contains(text, reason)
	})
	last = ""
}

// awaitSettled waits until so many records of a topic have an outcome, and
// returns the books.
func (p *actorProcess) awaitSettled(topic string, n int) (b messages.Books) {
	p.t.Helper()
	soon(p.t, fmt.Sprintf("%d settled records of %s", n, topic), func() bool {
		b = p.books(topic)
		return b.Settled() >= int64(n)
	})
	return b
}

// fails waits for the process to end by itself, and fails the test unless its
// last line names all these texts.
func (p *actorProcess) fails(texts ...string) {
	p.t.Helper()
	bound := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() }) // or it has ended
	defer bound.Stop()
	_ = p.cmd.Wait() // the code says it
	if got := p.cmd.ProcessState.ExitCode(); got != exitFatal {
		p.t.Errorf("exit code %d, want %d", got, exitFatal)
	}
	lines := strings.Split(strings.TrimSpace(p.log.String()), "\n")
	for _, text := range texts {
		if last := lines[len(lines)-1]; !strings.Contains(last, text) {
			p.t.Errorf("the last line does not say %q: %s", text, last)
		}
	}
	p.balanced()
}

// soon polls another process until done, and fails the test after a while.
func soon(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for !done() {
		select {
		case <-poll.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
