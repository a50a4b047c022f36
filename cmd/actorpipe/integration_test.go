package main

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// loadTime bounds a load of 440,000 records, with the race detector and both
// servers on two cores.
const loadTime = 5 * time.Minute

// TestIntegration moves 400,000 tweets in 10 partitions and 40,000 users in 2
// through a process on the real stack, and looks at every document.
func TestIntegration(t *testing.T) {
	s := onStack(t, 400_000, 40_000)
	listen := freeAddress(t)
	start := time.Now()
	p := startProcess(t, s.config(listen, s.elasticsearch), listen)
	var w watch
	await(t, "all records indexed and nothing in flight", loadTime, func() bool {
		r := p.report()
		w.add(r)
		return r != nil && settled(r) == s.tweets+s.users
	})
	took := time.Since(start)
	for i := range w.last.Topics {
		if b := w.last.Topics[i].Books; b.Indexed != b.Consumed {
			t.Errorf("topic %s: books are %+v, want all indexed and nothing else", w.last.Topics[i].Name, b)
		}
	}
	p.stop(0)
	w.log(t, took, s.tweets+s.users)
	if w.writers == 0 {
		t.Errorf("no report named the writers: %v", w.verdicts)
	}
	s.checkDocuments()
	s.committed()
	mapping, err := s.ask(t.Context(), http.MethodGet, "/"+s.topic("tweets")+"/_mapping", "")
	s.must(err)
	if !strings.Contains(string(mapping), `"location":{"type":"geo_point"}`) {
		t.Errorf("geo.location is no geo_point: %s", mapping)
	}
}

// TestIntegrationKill kills the process three times in mid-run: after the last
// start every record is in the index once.
func TestIntegrationKill(t *testing.T) {
	s := onStack(t, 100_000, 10_000)
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any seed will do
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // moments, no secret
	total := s.tweets + s.users
	for kill := range 3 {
		listen := freeAddress(t)
		p := startProcess(t, s.config(listen, s.elasticsearch), listen)
		more := 1 + random.IntN(total/4)
		before := s.documents()
		await(t, "some more documents", loadTime, func() bool { return s.documents() >= min(before+more, total) })
		p.kill()
		t.Logf("kill %d at %d documents", kill+1, s.documents())
	}
	listen := freeAddress(t)
	p := startProcess(t, s.config(listen, s.elasticsearch), listen)
	await(t, "all documents, and no lag", loadTime, func() bool {
		r := p.report()
		return s.documents() == total && r != nil && caughtUp(r)
	})
	p.stop(0)
	s.checkDocuments()
	s.committed()
}

// TestIntegrationSecondMember has a second process join in mid-run and leave
// again: partitions are handed over quickly, and every record is there once.
func TestIntegrationSecondMember(t *testing.T) {
	s := onStack(t, 200_000, 20_000)
	listen, other := freeAddress(t), freeAddress(t)
	first := startProcess(t, s.config(listen, s.elasticsearch), listen)
	await(t, "a tenth written, and more on its way", loadTime, func() bool {
		r := first.report()
		return r != nil && settled(r) > (s.tweets+s.users)/10 && consumed(r) > settled(r)
	})
	second := startProcess(t, s.config(other, s.elasticsearch), other)
	await(t, "the second to have written", loadTime, func() bool {
		r := second.report()
		return r != nil && settled(r) > 0
	})
	second.stop(0)
	await(t, "all documents", loadTime, func() bool { return s.documents() == s.tweets+s.users })
	first.stop(0)
	slowest := slowestHandOver(t, first.log.String())
	t.Logf("the slowest hand-over took %v", slowest)
	if slowest == 0 || slowest > 5*time.Second {
		t.Errorf("the slowest hand-over took %v, want some, and hand_over (5 s) at most", slowest)
	}
	s.checkDocuments()
	s.committed()
}

// slowestHandOver is the longest that a revoked claim took to be let go, by the
// log; 0 if none was.
func slowestHandOver(t *testing.T, log string) (slowest time.Duration) {
	t.Helper()
	for line := range strings.Lines(log) {
		var entry struct {
			Msg, After string
			Revoked    bool
		}
		if json.Unmarshal([]byte(line), &entry) != nil || entry.Msg != "claim let go" || !entry.Revoked {
			continue
		}
		after, err := time.ParseDuration(entry.After)
		if err != nil {
			t.Fatal(err)
		}
		slowest = max(slowest, after)
	}
	return slowest
}

// checkDocuments fails the test unless every record is in its index once, and
// the tweets have the geo object that the database gives.
func (s *stack) checkDocuments() {
	s.t.Helper()
	if n := s.documents(); n != s.tweets+s.users {
		s.t.Errorf("%d documents, want %d", n, s.tweets+s.users)
	}
	oracle, err := sandbox.OpenOracle(s.database)
	s.must(err)
	defer oracle.Close()
	seen := make([]bool, s.tweets)
	s.each("tweets", func(id string, source []byte) {
		n, err := sandbox.TweetNumber(source)
		s.must(err)
		if seen[n] {
			s.t.Errorf("tweet %d is there twice, one of them as %s", n, id)
		}
		seen[n] = true
		if n%50 == 0 { // decoding all of them takes longer than indexing them
			s.checkTweet(oracle, n, source)
		}
	})
	seen = make([]bool, s.users)
	s.each("users", func(id string, source []byte) {
		n, err := sandbox.UserNumber(source)
		s.must(err)
		if seen[n] || string(source) != string(s.generator.User(n)) {
			s.t.Errorf("user %d is there twice or changed: %s %s", n, id, source)
		}
		seen[n] = true
	})
}

// checkTweet compares a document with its tweet and the oracle's geo object.
func (s *stack) checkTweet(oracle *sandbox.Oracle, n int, source []byte) {
	s.t.Helper()
	var got, want map[string]any
	s.must(json.Unmarshal(source, &got))
	s.must(json.Unmarshal(s.generator.Tweet(n), &want))
	geo, err := oracle.Expected(s.generator.TweetRecord(n).RemoteAddress)
	s.must(err)
	want["geo"] = geo
	if !reflect.DeepEqual(got, want) {
		s.t.Errorf("tweet %d is %v, want %v", n, got, want)
	}
}

// settled is how many records have an outcome.
func settled(r *messages.Report) (n int) {
	for i := range r.Topics {
		n += int(r.Topics[i].Settled())
	}
	return n
}

// consumed is how many records were consumed.
func consumed(r *messages.Report) (n int) {
	for i := range r.Topics {
		n += int(r.Topics[i].Consumed)
	}
	return n
}

// caughtUp says whether partitions are held and none is behind.
func caughtUp(r *messages.Report) bool {
	for _, p := range r.Partitions {
		if p.Lag != 0 || p.InFlight != 0 {
			return false
		}
	}
	return len(r.Partitions) > 0
}

// watch is what a process reported while it ran.
type watch struct {
	verdicts map[string]bool
	writers  int // reports that named them
	last     *messages.Report
	highest  map[string]float64 // fill of each mailbox, percent
	mean     map[string]float64
	reports  float64
}

func (w *watch) add(r *messages.Report) {
	if r == nil {
		return
	}
	if w.verdicts == nil {
		w.verdicts, w.highest, w.mean = map[string]bool{}, map[string]float64{}, map[string]float64{}
	}
	w.last = r
	w.verdicts[r.Verdict] = true
	w.reports++
	if strings.HasPrefix(r.Verdict, "writers are the bottleneck") {
		w.writers++
	}
	for _, m := range r.Mailboxes {
		w.highest[m.Name] = max(w.highest[m.Name], m.FillHighestPercent)
		w.mean[m.Name] += m.FillMeanPercent
	}
}

// log says how long it took, and how full the mailboxes were.
func (w *watch) log(t *testing.T, took time.Duration, records int) {
	t.Helper()
	t.Logf("%d records in %v: %.0f a second", records, took.Round(time.Millisecond), float64(records)/took.Seconds())
	for _, m := range w.last.Mailboxes {
		t.Logf("mailbox %s: mean %.0f %%, highest %.0f %%, parked %.1f s", m.Name, w.mean[m.Name]/w.reports, w.highest[m.Name], m.ParkedSeconds)
	}
	t.Logf("%d of %.0f reports named the writers as the bottleneck", w.writers, w.reports)
}
