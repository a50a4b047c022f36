package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/messages"
)

// The records of a letterLab.
const (
	letterPartitions = 3
	fitRecords       = 300
	numberless       = 40 // Elasticsearch refuses them as long as it wants a number
	numberlessLarge  = 2  // of these, whose entries are too large for the topic
	shapeless        = 7  // no JSON
	letterBytes      = 4000
)

// TestIntegrationDLQTopic has a DLQ in a topic of a real Kafka that is not there at
// first, and is deleted later on: the pipeline waits, and commits nothing that is not
// stored. Then each refused record is in the topic, or in the file if it is too
// large, and is inspected and redriven as the README says.
func TestIntegrationDLQTopic(t *testing.T) {
	l := newLetterLab(t)
	p := startProcess(t, l.config, l.listen)
	l.waits(p, numberless+shapeless)
	l.createTopic()
	l.arrive(p, numberless-numberlessLarge+shapeless)
	l.inspects()
	l.mend()
	l.redrivesBeside()

	l.must(l.deleteTopic())
	l.refused(0, "shapeless at last")
	l.waits(p, 1)
	l.createTopic()
	l.arrive(p, 1)
	p.stop(0)
	l.redrivesAll()
	if n, want := l.stored(l.source), fitRecords+numberless; n != want {
		t.Errorf("%d documents, want %d", n, want)
	}
	for partition, next := range l.ends() {
		if got := l.commits(l.source)[partition]; got != next {
			t.Errorf("partition %d is committed up to %d, want %d", partition, got, next)
		}
	}
}

// letterLab is a lab whose processes have their DLQ in a topic.
type letterLab struct {
	*lab
	source, dlq    string // topics
	config, listen string
	sent           map[string]*kgo.Record // by value
	first          map[int32]int64        // offset of the first refused record that is in no DLQ yet, by partition
}

func newLetterLab(t *testing.T) *letterLab {
	t.Helper()
	l := &letterLab{lab: realLab(t), sent: map[string]*kgo.Record{}, first: map[int32]int64{}, listen: freeAddress(t)}
	l.source, l.dlq = l.make("numbers", letterPartitions, nil), l.topic("letters")
	_, err := l.ask(t.Context(), http.MethodPut, "/"+l.source, `{"settings":{"number_of_replicas":0},"mappings":{"properties":{"n":{"type":"long"}}}}`)
	l.must(err)
	l.configure()
	for i := range fitRecords {
		l.write(i, fmt.Sprintf(`{"n":%d}`, i))
		switch {
		case i < numberlessLarge:
			l.refused(i, fmt.Sprintf(`{"n":"none %d","more":%q}`, i, strings.Repeat("x", 2*letterBytes)))
		case i < numberless:
			l.refused(i, fmt.Sprintf(`{"n":"none %d"}`, i))
		case i < numberless+shapeless:
			l.refused(i, fmt.Sprintf("shapeless %d", i))
		}
	}
	return l
}

func (l *letterLab) configure() {
	dir := l.t.TempDir()
	l.config, l.letters = filepath.Join(dir, "config.hcl"), filepath.Join(dir, "dlq.ndjson")
	l.must(os.WriteFile(l.config, fmt.Appendf(nil, `kafka {
  brokers         = %s
  group           = %q
  topic_timeout   = "5m"
  commit_interval = "50ms"
  topic %q {}
}
elasticsearch { addresses = [%q] }
dlq "kafka" {
  topic = %q
  path  = %q
}
monitor { listen = %q }
`, list(l.brokers), l.groupName(), l.source, l.elasticsearch, l.dlq, l.letters, l.listen), 0o600))
}

// write puts a record into the topic.
func (l *letterLab) write(i int, value string) *kgo.Record {
	r := &kgo.Record{Topic: l.source, Partition: int32(i % letterPartitions), Key: fmt.Appendf(nil, "key %d", i), Value: []byte(value)} //nolint:gosec // small
	l.put(r)
	l.sent[value] = r
	return r
}

// refused writes a record that is to be refused.
func (l *letterLab) refused(i int, value string) {
	r := l.write(i, value)
	if _, later := l.first[r.Partition]; !later {
		l.first[r.Partition] = r.Offset
	}
}

// createTopic makes the topic of the DLQ.
func (l *letterLab) createTopic() {
	l.t.Helper()
	largest := strconv.Itoa(letterBytes)
	await(l.t, "the topic of the DLQ to be made", labTime, func() bool { // while one of its name is being deleted there can be none
		_, err := l.admin.CreateTopic(l.t.Context(), 2, 1, map[string]*string{"max.message.bytes": &largest}, l.dlq)
		return err == nil
	})
	l.t.Cleanup(func() { _ = l.deleteTopic() }) // once for each
}

func (l *letterLab) deleteTopic() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // past the end of the test
	defer cancel()
	_, err := l.admin.DeleteTopic(ctx, l.dlq)
	return err
}

// waits waits until the process says that the topic is not there, and has indexed
// all that can be. So many records are in flight then, and not committed.
func (l *letterLab) waits(p *process, inFlight int64) {
	l.t.Helper()
	var last *messages.Report
	defer func() { l.t.Logf("not ready: %q", last.NotReady) }()
	await(l.t, "the topic to be missed", labTime, func() bool {
		last = p.report()
		return last != nil && last.Topics[0].Indexed == fitRecords && last.Topics[0].InFlight == inFlight &&
			slices.ContainsFunc(last.NotReady, func(reason string) bool {
				return strings.HasPrefix(reason, "dlq: "+l.dlq+": ") && strings.Contains(reason, "does not exist")
			})
	})
	for partition, at := range l.commits(l.source) {
		if first, found := l.first[partition]; found && at > first {
			l.t.Errorf("partition %d is committed up to %d, but %d is in no DLQ", partition, at, first)
		}
	}
}

// arrive waits until everything is settled, and wants so many entries in the topic,
// and the large ones in the file.
func (l *letterLab) arrive(p *process, inTopic int) {
	l.t.Helper()
	l.awaitSettled(p, len(l.sent))
	await(l.t, "to be ready", labTime, func() bool { r := p.report(); return r != nil && len(r.NotReady) == 0 })
	l.checkEntries(l.inTopic(inTopic), readLetters(l.t, l.letters), inTopic+numberlessLarge)
	l.first = map[int32]int64{}
}

// inTopic reads that many entries from the topic of the DLQ, which are to be all.
func (l *letterLab) inTopic(n int) (entries []dlq.Entry) {
	l.t.Helper()
	ends, err := l.admin.ListEndOffsets(l.t.Context(), l.dlq)
	l.must(err)
	total := int64(0)
	ends.Each(func(o kadm.ListedOffset) { total += o.Offset })
	if total != int64(n) {
		l.t.Errorf("%d records in the topic of the DLQ, want %d", total, n)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(l.brokers...), kgo.ConsumeTopics(l.dlq))
	l.must(err)
	defer client.Close()
	for int64(len(entries)) < total {
		fetches := client.PollFetches(l.t.Context())
		l.must(fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			line := dlq.Parse(r.Value)
			l.must(line.Err)
			if !bytes.Equal(r.Key, line.Entry.Key) {
				l.t.Errorf("the entry of key %q is under the key %q", line.Entry.Key, r.Key)
			}
			entries = append(entries, line.Entry)
		})
	}
	return entries
}

// checkEntries wants each refused record in an entry, and the large ones in the file.
func (l *letterLab) checkEntries(inTopic, inFile []dlq.Entry, want int) {
	l.t.Helper()
	seen := map[string]bool{}
	for i, e := range slices.Concat(inTopic, inFile) {
		r := l.sent[string(e.Value)]
		if r == nil || seen[string(e.Value)] || string(e.Key) != string(r.Key) || e.Topic != r.Topic || e.Partition != r.Partition || e.Offset != r.Offset {
			l.t.Errorf("entry %+v, the record is %+v, seen before: %v", e, r, seen[string(e.Value)])
		}
		stage, status, reason := "writer", http.StatusBadRequest, "failed to parse field [n] of type [long]"
		if strings.HasPrefix(string(e.Value), "shapeless") {
			stage, status, reason = "consumer", 0, "JSON"
		}
		if string(e.Stage) != stage || e.Status != status || !strings.Contains(e.Reason, reason) {
			l.t.Errorf("entry %+v, want stage %s, status %d and a reason with %q", e, stage, status, reason)
		}
		if large := len(e.Value) > letterBytes; large != (i >= len(inTopic)) {
			l.t.Errorf("the entry of a record of %d bytes is in the file: %v", len(e.Value), !large)
		}
		seen[string(e.Value)] = true
	}
	if len(seen) != want {
		l.t.Errorf("%d records in the DLQ, want %d", len(seen), want)
	}
}

// inspects counts the entries, while start runs.
func (l *letterLab) inspects() {
	l.t.Helper()
	out, _ := l.command(0, "dlq", "inspect", "-c", l.config, "--limit", "0")
	for text, times := range map[string]int{
		fmt.Sprintf(`%s .* writer +400 `, l.source):                  numberless,
		fmt.Sprintf(`%s .* consumer +0 .*JSON`, l.source):            shapeless,
		fmt.Sprintf(`(?m)^%d entries`, numberless+shapeless):         1,
		fmt.Sprintf(`(?m)^ *%d .*failed to parse field`, numberless): 1,
	} {
		if n := len(regexp.MustCompile(text).FindAllString(out, -1)); n != times {
			l.t.Errorf("inspect says %q %d times, want %d:\n%s", text, n, times, out)
		}
	}
}

// mend has Elasticsearch take what is no number.
func (l *letterLab) mend() {
	l.t.Helper()
	_, err := l.ask(l.t.Context(), http.MethodPut, "/"+l.source+"/_mapping", `{"properties":{"n":{"type":"long","ignore_malformed":true}}}`)
	l.must(err)
}

// redrivesBeside redrives the topic while start runs and writes to the file.
func (l *letterLab) redrivesBeside() {
	l.t.Helper()
	out, diag := l.command(exitFatal, "dlq", "redrive", "-c", l.config)
	l.says(out, fmt.Sprintf("Entries: read %d = sent %[1]d ", numberless-numberlessLarge+shapeless))
	l.says(out, fmt.Sprintf("Books: consumed %d = indexed %d + ", numberless-numberlessLarge+shapeless, numberless-numberlessLarge))
	l.says(out, fmt.Sprintf("refused again: %d, in %s.redrive-", shapeless, l.letters))
	l.says(diag, "a process writes to "+l.letters+", which is left out: stop that, or redrive a copy")
}

// redrivesAll redrives what is there, twice: the second time all of it is stored.
func (l *letterLab) redrivesAll() {
	l.t.Helper()
	for _, indexed := range []int{numberlessLarge, 0} {
		out, _ := l.command(0, "dlq", "redrive", "-c", l.config)
		l.says(out, fmt.Sprintf("Entries: read %d = sent %[1]d ", numberlessLarge+1))
		l.says(out, fmt.Sprintf("Books: consumed %d = indexed %d + duplicate %d ", numberlessLarge+1, indexed, numberlessLarge-indexed))
		l.says(out, "refused again: 1, in "+l.letters+".redrive-")
	}
}

func (l *letterLab) says(text, part string) {
	l.t.Helper()
	if !strings.Contains(text, part) {
		l.t.Errorf("%q is not in\n%s", part, text)
	}
}

// command runs actorpipe, which is to exit with that code.
func (l *letterLab) command(code int, args ...string) (out, diag string) {
	l.t.Helper()
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(l.t.Context(), "actorpipe", args...)
	c.Stdout, c.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		l.t.Fatal(err)
	}
	if got := c.ProcessState.ExitCode(); got != code {
		l.t.Errorf("actorpipe %s: exit code %d, want %d:\n%s%s", strings.Join(args, " "), got, code, &stdout, &stderr)
	}
	return stdout.String(), stderr.String()
}

// ends is the end of each partition that was written to.
func (l *letterLab) ends() map[int32]int64 {
	ends := map[int32]int64{}
	for r := range maps.Values(l.sent) {
		ends[r.Partition] = max(ends[r.Partition], r.Offset+1)
	}
	return ends
}
