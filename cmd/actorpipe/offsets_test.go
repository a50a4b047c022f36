package main

import (
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

// witness looks at what the group has committed while processes come and go, and
// knows what must be settled then.
type witness struct {
	*lab
	topic      string
	partitions int32

	mu      sync.Mutex // guards all below
	ids     map[int32][]string
	letters []string // paths of the DLQs of all processes
	dice    *rand.Rand
	looks   int // at a committed offset that had moved
	seen    map[int32]int64
}

func newWitness(t *testing.T, partitions int32) *witness {
	t.Helper()
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any seed will do
	t.Logf("seed %d", seed)
	w := &witness{lab: embeddedLab(t), partitions: partitions, ids: map[int32][]string{}, dice: rand.New(rand.NewPCG(seed, 0)), seen: map[int32]int64{}} //nolint:gosec // faults, no secret
	w.topic = w.make("places", partitions, nil)
	return w
}

// below is a number of 0..n-1; any goroutine may ask.
func (w *witness) below(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dice.IntN(n)
}

// produce writes n records to each partition, one in twenty of them no JSON.
func (w *witness) produce(n int) {
	w.t.Helper()
	var records []*kgo.Record
	for i := range n {
		for partition := range w.partitions {
			r := &kgo.Record{Topic: w.topic, Partition: partition, Value: fmt.Appendf(nil, `{"n":%d}`, i)}
			if w.below(20) == 0 {
				r.Value = []byte("no JSON")
			}
			records = append(records, r)
		}
	}
	w.put(records...)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range records {
		id := fmt.Sprintf("%s-%d-%d-%d", w.topic, r.Partition, r.Offset, r.Timestamp.UnixMilli())
		if string(r.Value) == "no JSON" {
			id = ""
		}
		w.ids[r.Partition] = append(w.ids[r.Partition], id)
	}
}

// begin starts a process whose DLQ the witness knows.
func (w *witness) begin(instance string) *process {
	w.t.Helper()
	p := w.start(fmt.Sprintf("topic %q {}", w.topic), instance, "in_flight_limit = \"1MiB\"")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.letters = append(w.letters, w.lab.letters)
	return p
}

// look fails the test where a record that lies before a committed offset is
// neither in the index nor in a DLQ.
func (w *witness) look() {
	commits := w.commits(w.topic)
	w.mu.Lock()
	defer w.mu.Unlock()
	dead := map[string]bool{}
	for _, path := range w.letters {
		for _, e := range readLetters(w.t, path) {
			dead[fmt.Sprintf("%d@%d", e.Partition, e.Offset)] = true
		}
	}
	for partition, next := range commits {
		if next < w.seen[partition] {
			w.t.Errorf("partition %d: committed %d after %d", partition, next, w.seen[partition])
		}
		next = min(next, int64(len(w.ids[partition]))) // what is being produced is looked at later
		if next == w.seen[partition] {
			continue
		}
		w.looks++
		for offset := w.seen[partition]; offset < next; offset++ {
			id, place := w.ids[partition][offset], fmt.Sprintf("%d@%d", partition, offset)
			if _, indexed := w.sink.Document(w.topic, id); indexed != (id != "") || dead[place] != (id == "") {
				w.t.Errorf("%d is committed, but record %s: indexed %v, in the DLQ %v", next, place, indexed, dead[place])
			}
		}
		w.seen[partition] = next
	}
}

// looked is how many committed offsets were looked at so far.
func (w *witness) looked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.looks
}

// watch looks all the time, until the function that it returns is called.
func (w *witness) watch() (end func()) {
	over, done := make(chan struct{}), make(chan struct{})
	go func() { // owned by end
		defer close(done)
		for {
			select {
			case <-over:
				return
			default:
				w.look()
			}
		}
	}()
	return func() {
		close(over)
		<-done
	}
}

// trouble delays bulks, loses answers, and refuses single documents for now, all
// at random.
func (w *witness) trouble() {
	before := func(string) {
		timer := time.NewTimer(time.Duration(w.below(50)) * time.Millisecond)
		defer timer.Stop()
		<-timer.C
	}
	cut := func(string) bool { return w.below(20) == 0 }
	w.gateway.before.Store(&before)
	w.gateway.cut.Store(&cut)
	w.sink.SetFaults(sandbox.Faults{Item: func(string, string, string) sandbox.Refusal {
		if w.below(20) > 0 {
			return sandbox.Refusal{}
		}
		return sandbox.Refusal{Status: http.StatusTooManyRequests, Type: "es_rejected_execution_exception", Reason: "busy"}
	}})
}

// TestOffsetsCoverOnlyWhatIsSettled looks at each committed offset while bulks
// overtake each other, answers are lost, documents come again, a process is killed
// twice, and a second member joins and leaves: every record before a committed
// offset is in the index or in the DLQ, and committed offsets never go back.
func TestOffsetsCoverOnlyWhatIsSettled(t *testing.T) {
	t.Parallel()
	const partitions = 4
	w := newWitness(t, partitions)
	w.trouble()
	w.produce(500)
	first := w.begin("first")
	end := w.watch()
	for kill := range 2 {
		await(t, "some records settled", labTime, func() bool {
			r := first.report()
			return r != nil && settled(r) > 200*(kill+1)
		})
		first.kill()
		w.produce(200)
		first = w.begin("first")
	}
	second := w.begin("second")
	await(t, "records settled by both, and enough committed offsets looked at", labTime, func() bool {
		w.produce(50)
		r, s := first.report(), second.report()
		return r != nil && s != nil && settled(r) > 0 && settled(s) > 0 && w.looked() >= 5*partitions
	})
	second.stop(0)
	w.produce(100)
	await(t, "the ends committed", labTime, func() bool {
		commits := w.commits(w.topic)
		for partition, next := range commits {
			if next != int64(len(w.ids[partition])) {
				return false
			}
		}
		return len(commits) == partitions
	})
	first.stop(0)
	end()
	w.look()
	good := 0
	for partition, ids := range w.ids {
		for _, id := range ids {
			if id != "" {
				good++
			}
		}
		if w.seen[partition] != int64(len(ids)) {
			t.Errorf("partition %d: committed %d of %d", partition, w.seen[partition], len(ids))
		}
	}
	if n := w.stored(w.topic); n != good {
		t.Errorf("%d documents, want %d", n, good)
	}
	t.Logf("%d records, looked at %d committed offsets", good, w.looks)
}

// compacted fills a topic with one record that stays and 40 of each of 5 keys, in
// small batches, has it compacted, and says how many records are left.
func (l *lab) compacted(topic string, compact func()) (left int) {
	l.t.Helper()
	l.put(&kgo.Record{Topic: topic, Key: []byte("only"), Value: []byte(`{"only":true}`)})
	for n := range 40 {
		var records []*kgo.Record
		for key := range 5 {
			records = append(records, &kgo.Record{Topic: topic, Key: fmt.Append(nil, key), Value: fmt.Appendf(nil, `{"key":%d,"n":%d}`, key, n)})
		}
		l.put(records...)
	}
	compact()
	return l.left(topic)
}

// left is how many records a reader of committed records finds in a topic of one
// partition.
func (l *lab) left(topic string) (n int) {
	l.t.Helper()
	ends, err := l.admin.ListCommittedOffsets(l.t.Context(), topic)
	l.must(err)
	end, _ := ends.Lookup(topic, 0)
	reader, err := kgo.NewClient(kgo.SeedBrokers(l.brokers...), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	l.must(err)
	defer reader.Close()
	for next := int64(0); next < end.Offset; {
		fetches := reader.PollFetches(l.t.Context())
		l.must(fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			if !r.Attrs.IsControl() {
				n++
			}
		})
	}
	return n
}

// TestOffsetsOfACompactedTopic reads a topic with holes: they are no gaps, and
// nothing is lost to retention, also where the committed offset lies in one.
func TestOffsetsOfACompactedTopic(t *testing.T) {
	t.Parallel()
	l := embeddedLab(t)
	topic := l.make("compacted", 1, map[string]string{"cleanup.policy": "compact"})
	l.readCompacted(topic, l.compacted(topic, l.broker.Cluster().Compact))
}

func (l *lab) readCompacted(topic string, left int) {
	l.t.Helper()
	ends, err := l.admin.ListEndOffsets(l.t.Context(), topic)
	l.must(err)
	end, _ := ends.Lookup(topic, 0)
	if int64(left) == end.Offset {
		l.t.Fatal("nothing was compacted")
	}
	for begin, want := range map[int64]int{0: left, 3: left - 1} { // 3: in the hole where most records were
		l.rewind(topic, 0, begin)
		p := l.start(fmt.Sprintf("topic %q {}", topic), "", "")
		r := l.awaitSettled(p, want)
		p.stop(0)
		if at := r.Topics[0]; settled(r) != want || at.Lag != 0 || at.LostToRetention != 0 {
			l.t.Errorf("from %d: settled %d of %d, lag %d, lost %d", begin, settled(r), want, at.Lag, at.LostToRetention)
		}
		if got := l.commits(topic)[0]; got != end.Offset {
			l.t.Errorf("from %d: committed %d, want the end, %d", begin, got, end.Offset)
		}
	}
	if n := l.stored(topic); n != left {
		l.t.Errorf("%d documents, want %d", n, left)
	}
}

// transactions fills a topic with three committed transactions and two aborted
// ones, one of them last, and says how many records are committed and where the
// last of them is.
func (l *lab) transactions(topic string) (committed int, last int64) {
	l.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(l.brokers...), kgo.TransactionalID(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	l.must(err)
	defer client.Close()
	for _, commit := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit, kgo.TryCommit, kgo.TryAbort} {
		l.must(client.BeginTransaction())
		for n := range 10 {
			r := &kgo.Record{Topic: topic, Value: fmt.Appendf(nil, `{"n":%d,"committed":%v}`, n, bool(commit))}
			l.must(client.ProduceSync(l.t.Context(), r).FirstErr())
			if commit {
				committed, last = committed+1, r.Offset
			}
		}
		l.must(client.EndTransaction(l.t.Context(), commit))
	}
	return committed, last
}

// TestOffsetsOfTransactions reads a topic with aborted transactions, the last of
// which is at its end: only what is committed is indexed, all of it is committed
// by the group, and what is written afterwards flows.
func TestOffsetsOfTransactions(t *testing.T) {
	t.Parallel()
	readTransactions(embeddedLab(t))
}

func readTransactions(l *lab) {
	l.t.Helper()
	topic := l.make("transactions", 1, nil)
	committed, last := l.transactions(topic)
	p := l.start(fmt.Sprintf("topic %q {}", topic), "", "")
	l.awaitSettled(p, committed)
	ends, err := l.admin.ListEndOffsets(l.t.Context(), topic)
	l.must(err)
	end, _ := ends.Lookup(topic, 0)
	if end.Offset <= last+1 {
		l.t.Fatalf("the last record is at %d, the end at %d: nothing lies between", last, end.Offset)
	}
	await(l.t, "the end committed, and no lag", labTime, func() bool {
		r := p.report()
		return l.commits(topic)[0] == end.Offset && r != nil && r.Topics[0].Lag == 0
	})
	l.put(&kgo.Record{Topic: topic, Value: []byte(`{"committed":true}`)})
	r := l.awaitSettled(p, committed+1)
	if b := r.Topics[0].Books; b.Indexed != int64(committed+1) || len(r.NotReady) > 0 || r.Topics[0].Lag != 0 {
		l.t.Errorf("books %+v, lag %d, not ready: %q; want %d indexed", b, r.Topics[0].Lag, r.NotReady, committed+1)
	}
	p.stop(0)
	if n := l.stored(topic); n != committed+1 {
		l.t.Errorf("%d documents, want %d", n, committed+1)
	}
	if left := l.left(topic); left != committed+1 {
		l.t.Errorf("a plain reader finds %d records, want %d", left, committed+1)
	}
}

// TestOffsetsOutsideTheLog begins at offsets that the log does not have, on both
// sides: it is read from its first record, and the gap is counted.
func TestOffsetsOutsideTheLog(t *testing.T) {
	t.Parallel()
	l := embeddedLab(t)
	outsideTheLog(l, func(topic string, first int64) { l.must(l.broker.Cluster().DeleteRecords(topic, 0, first)) })
}

func outsideTheLog(l *lab, remove func(topic string, first int64)) {
	l.t.Helper()
	topic := l.make("outside", 1, nil)
	var records []*kgo.Record
	for n := range 20 {
		records = append(records, &kgo.Record{Topic: topic, Value: fmt.Appendf(nil, `{"n":%d}`, n)})
	}
	l.put(records...)
	remove(topic, 8)
	for _, c := range []struct {
		committed, lost int64
		want            messages.Books
	}{
		{3, 5, messages.Books{Consumed: 12, Indexed: 12}},
		{500, 480, messages.Books{Consumed: 12, Duplicate: 12}},
		{8, 0, messages.Books{Consumed: 12, Duplicate: 12}},
		{20, 0, messages.Books{}},
	} {
		l.rewind(topic, 0, c.committed)
		p := l.start(fmt.Sprintf("topic %q {}", topic), "", "")
		await(l.t, "the partition held", labTime, func() bool {
			r := p.report()
			return r != nil && len(r.Partitions) == 1
		})
		r := l.awaitSettled(p, int(c.want.Consumed))
		metrics := l.metrics(p)
		p.stop(0)
		if at := r.Topics[0]; at.Books != c.want || at.LostToRetention != c.lost {
			l.t.Errorf("committed %d: books %+v, lost %d; want %+v, %d", c.committed, at.Books, at.LostToRetention, c.want, c.lost)
		}
		if want := fmt.Sprintf("actorpipe_records_lost_to_retention_total{topic=%q} %d\n", topic, c.lost); !strings.Contains(metrics, want) {
			l.t.Errorf("committed %d: no metric %s", c.committed, want)
		}
		if got := l.commits(topic)[0]; got != 20 {
			l.t.Errorf("committed %d: afterwards it is %d, want 20", c.committed, got)
		}
	}
}
