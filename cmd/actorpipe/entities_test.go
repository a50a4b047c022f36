package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// updates are many records of a few entities, and what must be left of them.
type updates struct {
	*lab
	users, keys string // topics: by field, without deletes; by key, with deletes
	random      *rand.Rand
	mu          sync.Mutex                   // guards random
	last        map[string]map[string]string // value by topic and id; empty: deleted
	records     int
}

const (
	entityIDs        = 30 // of each topic
	entityPartitions = 4
)

func newUpdates(l *lab) *updates {
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any seed will do
	l.t.Logf("seed %d", seed)
	u := &updates{lab: l, random: rand.New(rand.NewPCG(seed, 0)), last: map[string]map[string]string{}} //nolint:gosec // delays, no secret
	u.users, u.keys = l.make("users", entityPartitions, nil), l.make("keys", entityPartitions, nil)
	u.last[u.users], u.last[u.keys] = map[string]string{}, map[string]string{}
	return u
}

// below is a number of 0..n-1; any goroutine may ask.
func (u *updates) below(n int) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.random.IntN(n)
}

// topics are the topic blocks.
func (u *updates) topics() string {
	return fmt.Sprintf("  topic %q { id = \"field:Id\" }\n  topic %q { id = \"key\" }\n", u.users, u.keys)
}

// produce writes n more updates to both topics.
func (u *updates) produce(n int) {
	u.t.Helper()
	var records []*kgo.Record
	for range n {
		for _, topic := range []string{u.users, u.keys} {
			number := u.below(entityIDs)
			id := fmt.Sprintf("%s-%d", topic, number)
			r := &kgo.Record{Topic: topic, Partition: int32(number % entityPartitions), Key: []byte(id)} //nolint:gosec // small
			if topic == u.users || u.below(5) > 0 {
				r.Value = fmt.Appendf(nil, `{"Id":%q,"n":%d,"room":%q}`, id, u.records, strings.Repeat("x", u.below(200)))
			}
			records = append(records, r)
			u.last[topic][id] = string(r.Value)
			u.records++
		}
	}
	u.put(records...)
}

// trouble delays bulks at random, so that they overtake each other, and loses some
// answers, so that what was stored comes again.
func (u *updates) trouble() {
	before := func(string) {
		timer := time.NewTimer(time.Duration(u.below(60)) * time.Millisecond)
		defer timer.Stop()
		<-timer.C
	}
	cut := func(string) bool { return u.below(20) == 0 }
	u.gateway.before.Store(&before)
	u.gateway.cut.Store(&cut)
}

// check fails the test unless every entity is as its last record says.
func (u *updates) check() {
	u.t.Helper()
	for topic, entities := range u.last {
		present := 0
		for id, want := range entities {
			got, found := u.document(topic, id)
			if found != (want != "") || got != want {
				u.t.Errorf("%s: %q, want %q", id, got, want)
			}
			if found {
				present++
			}
		}
		if n := u.stored(topic); n != present {
			u.t.Errorf("%d documents in %s, want %d", n, topic, present)
		}
	}
}

// caughtUpTo says whether the group has committed the end of both topics.
func (u *updates) done() bool {
	ends, err := u.admin.ListEndOffsets(u.t.Context(), u.users, u.keys)
	if err != nil {
		return false
	}
	for _, topic := range []string{u.users, u.keys} {
		commits := u.commits(topic)
		for partition, end := range ends[topic] {
			if commits[partition] != end.Offset {
				return false
			}
		}
	}
	return true
}

// run moves updates through a process that is killed, one that takes its place,
// and a second member that joins and leaves. It returns the books of the last.
func (u *updates) run(n int) messages.Books {
	u.t.Helper()
	u.trouble()
	u.produce(n / 2)
	small := "in_flight_limit = \"1MiB\"\nelasticsearch {\n bulk { max_bytes = \"8KiB\" }\n}\n" // many bulks at once
	first := u.start(u.topics(), "first", small)
	await(u.t, "some records settled", labTime, func() bool {
		r := first.report()
		return r != nil && settled(r) > n/4
	})
	first.kill()
	first = u.start(u.topics(), "first", small)
	second := u.start(u.topics(), "second", small)
	await(u.t, "records settled by both", labTime, func() bool {
		u.produce(n / 20)
		r, s := first.report(), second.report()
		return r != nil && s != nil && settled(r) > 0 && settled(s) > 0
	})
	u.produce(n / 4)
	second.stop(0)
	await(u.t, "the ends of the topics committed", labTime, u.done)
	var sum messages.Books
	for _, topic := range first.report().Topics {
		sum.Add(topic.Books)
	}
	first.stop(0)
	return sum
}

// TestEntitiesKeepTheirNewestRecord updates the same few entities many times. Six
// writers, delayed bulks, lost answers, single documents that are refused for now,
// kill -9 and a second member bring the records in any order, and some repeatedly:
// what is left of each entity is its last record.
func TestEntitiesKeepTheirNewestRecord(t *testing.T) {
	t.Parallel()
	u := newUpdates(embeddedLab(t))
	u.sink.SetFaults(sandbox.Faults{Item: func(string, string, string) sandbox.Refusal {
		if u.below(15) > 0 {
			return sandbox.Refusal{}
		}
		return sandbox.Refusal{Status: http.StatusTooManyRequests, Type: "es_rejected_execution_exception", Reason: "busy"}
	}})
	u.checkRun(u.run(4000))
}

// checkRun checks what is left, and that there was disorder to withstand.
func (u *updates) checkRun(b messages.Books) {
	u.t.Helper()
	u.check()
	u.t.Logf("%d records; books of the last process: %+v", u.records, b)
	if b.Superseded == 0 || b.Duplicate == 0 || b.Indexed == 0 || b.Deleted == 0 {
		u.t.Errorf("books are %+v: the test had nothing to withstand", b)
	}
}

// outcomes are the books of a process that has settled some records.
type outcomes struct{ indexed, duplicate, superseded, deleted, ignored, dead int64 }

func outcomesOf(r *messages.Report) (o outcomes) {
	for i := range r.Topics {
		b := r.Topics[i].Books
		o.indexed, o.duplicate, o.superseded = o.indexed+b.Indexed, o.duplicate+b.Duplicate, o.superseded+b.Superseded
		o.deleted, o.ignored, o.dead = o.deleted+b.Deleted, o.ignored+b.Ignored, o.dead+b.DeadLettered
	}
	return o
}

// moves has a process settle that many records, and stops it.
func (l *lab) moves(topics string, records int) outcomes {
	l.t.Helper()
	p := l.start(topics, "", "")
	got := outcomesOf(l.awaitSettled(p, records))
	p.stop(0)
	return got
}

// TestEntitiesReadAgain reads a partition a second time: what is stored with the
// version of its own record is a duplicate, what with a later one superseded, and
// nothing changes.
func TestEntitiesReadAgain(t *testing.T) {
	t.Parallel()
	readAgain(embeddedLab(t))
}

func readAgain(l *lab) {
	l.t.Helper()
	topic := l.make("keys", 1, nil)
	block := fmt.Sprintf("topic %q { id = \"key\" }", topic)
	l.put(
		&kgo.Record{Topic: topic, Key: []byte("ada"), Value: []byte(`{"n":1}`)}, // superseded by the next
		&kgo.Record{Topic: topic, Key: []byte("ada"), Value: []byte(`{"n":2}`)},
		&kgo.Record{Topic: topic, Key: []byte("bob"), Value: []byte(`{"n":3}`)}, // by its tombstone
		&kgo.Record{Topic: topic, Key: []byte("bob")},
		&kgo.Record{Topic: topic, Key: []byte("eve")}, // deletes what is not there
	)
	if got, want := l.moves(block, 5), (outcomes{indexed: 3, deleted: 2}); got != want {
		l.t.Errorf("the first time: %+v, want %+v", got, want)
	}
	l.rewind(topic, 0, 0)
	if got, want := l.moves(block, 5), (outcomes{duplicate: 3, superseded: 2}); got != want {
		l.t.Errorf("the second time: %+v, want %+v", got, want)
	}
	if got, _ := l.document(topic, "ada"); got != `{"n":2}` {
		l.t.Errorf("ada is %s", got)
	}
	if n := l.stored(topic); n != 1 {
		l.t.Errorf("%d documents, want ada's alone", n)
	}
}

// TestEntitiesTombstoneOvertakes has the tombstone of an entity get through
// before an older record of it: the older one does not bring it back.
func TestEntitiesTombstoneOvertakes(t *testing.T) {
	t.Parallel()
	l := embeddedLab(t)
	topic := l.make("keys", 1, nil)
	if l.overtake(topic, func() {}); l.stored(topic) != 0 {
		t.Error("the older record has brought the entity back")
	}
}

// overtake has a tombstone get through while the older record is held, and does
// something between the two.
func (l *lab) overtake(topic string, between func()) outcomes {
	l.t.Helper()
	held, release := l.gateway.hold(l.t, `"_id":"ada"`)
	p := l.start(fmt.Sprintf("topic %q { id = \"key\" }", topic), "", "")
	l.put(&kgo.Record{Topic: topic, Key: []byte("ada"), Value: []byte(`{"n":1}`)})
	select {
	case <-held:
	case <-time.After(labTime):
		l.t.Fatal("the record was not sent")
	}
	l.put(&kgo.Record{Topic: topic, Key: []byte("ada")})
	await(l.t, "the tombstone settled", labTime, func() bool {
		r := p.report()
		return r != nil && outcomesOf(r).deleted == 1
	})
	between()
	release()
	got := outcomesOf(l.awaitSettled(p, 2))
	p.stop(0)
	return got
}

// TestEntitiesTombstonesWithoutKeys has tombstones where they name no entity: they
// are ignored.
func TestEntitiesTombstonesWithoutKeys(t *testing.T) {
	t.Parallel()
	l := embeddedLab(t)
	plain, field := l.make("plain", 1, nil), l.make("field", 1, nil)
	l.put(
		&kgo.Record{Topic: field, Key: []byte("ada"), Value: []byte(`{"Id":"ada"}`)},
		&kgo.Record{Topic: field, Key: []byte("ada")}, &kgo.Record{Topic: plain, Key: []byte("ada")}, &kgo.Record{Topic: plain},
	)
	got := l.moves(fmt.Sprintf("topic %q {}\n topic %q { id = \"field:Id\" }", plain, field), 4)
	if want := (outcomes{indexed: 1, ignored: 3}); got != want || l.stored(field) != 1 {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestEntitiesInTwoPartitions has records of one id in two partitions, which the
// docs forbid: the later one is dropped, because its offset is lower. It is
// counted, and a warning says what is wrong.
func TestEntitiesInTwoPartitions(t *testing.T) {
	t.Parallel()
	l := embeddedLab(t)
	topic := l.make("keys", 2, nil)
	for n := range 10 {
		l.put(&kgo.Record{Topic: topic, Partition: 0, Key: []byte("ada"), Value: fmt.Appendf(nil, `{"n":%d}`, n)})
	}
	p := l.start(fmt.Sprintf("topic %q { id = \"key\" }", topic), "", "")
	l.awaitSettled(p, 10)
	for n := range 5 {
		l.put(&kgo.Record{Topic: topic, Partition: 1, Key: []byte("ada"), Value: fmt.Appendf(nil, `{"n":%d}`, 10+n)})
	}
	r := l.awaitSettled(p, 15)
	p.stop(0)
	if got, _ := l.document(topic, "ada"); got != `{"n":9}` {
		t.Errorf("the document is %s", got)
	}
	if b := r.Topics[0]; b.Superseded != 5 || b.Foreign != 5 {
		t.Errorf("superseded %d, by foreign versions %d, want 5 and 5", b.Superseded, b.Foreign)
	}
	warnings := 0
	for line := range strings.Lines(p.log.String()) {
		var w struct {
			Level, Topic, ID string
			Partition        int
			StoredVersion    int `json:"stored_version"`
		}
		if json.Unmarshal([]byte(line), &w) == nil && w.StoredVersion > 0 {
			warnings++
			if w.Level != "WARN" || w.Topic != topic || w.Partition != 1 || w.ID != "ada" || w.StoredVersion != 9 {
				t.Errorf("the warning is %s", line)
			}
		}
	}
	if warnings != 1 {
		t.Errorf("%d warnings, want 1 a minute", warnings)
	}
}
