package elastic

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/actorpipe/actorpipe/messages"
)

// line is an action line of a bulk body, as encoding/json sees it.
type line struct {
	Index       string `json:"_index"`
	ID          string `json:"_id"`
	Version     int64  `json:"version"`
	VersionType string `json:"version_type"`
	action      string
	source      string
}

// parse reads a body as a server does: line by line.
func parse(t testing.TB, body []byte) []line {
	t.Helper()
	rest, ok := strings.CutSuffix(string(body), "\n")
	if !ok {
		t.Fatal("the body does not end with a newline")
	}
	var all []line
	lines := strings.Split(rest, "\n")
	for i := 0; i < len(lines); i++ {
		actions := map[string]*line{}
		if err := json.Unmarshal([]byte(lines[i]), &actions); err != nil || len(actions) != 1 {
			t.Fatalf("action %q: %v", lines[i], err)
		}
		for name, l := range actions {
			l.action = name
			if name != "delete" {
				i++
				l.source = lines[i]
			}
			all = append(all, *l)
		}
	}
	return all
}

func build(t testing.TB, d ...*messages.DocumentBatch) []line {
	t.Helper()
	b := (&Client{actions: newActions(routes())}).NewBulker()
	if _, err := b.build(d); err != nil {
		t.Fatal(err)
	}
	return parse(t, b.body)
}

func TestBody(t *testing.T) {
	late := tweets(9, 1)
	late.Docs[0].Record.Timestamp = -1
	ids := []string{`"`, `\`, "\x00\x1f\n", "ä€😀\u2028", "-gone", strings.Repeat("x", 512)}
	want := []line{
		{Index: "tweets", ID: "tweets-3-7-1700000000000", action: "create", source: `{"n":0}`},
		{Index: "tweets", ID: "tweets-3-8-1700000000001", action: "create", source: `{"n":1}`},
	}
	for i, id := range ids {
		l := line{Index: "people", ID: id, Version: int64(5 + i), VersionType: "external", action: "index", source: `{"Name":"x"}`}
		if id == "-gone" {
			l.ID, l.action, l.source = "gone", "delete", ""
		}
		want = append(want, l)
	}
	want = append(want, line{Index: "tweets", ID: "tweets-3-9--1", action: "create", source: `{"n":0}`})
	got := build(t, tweets(7, 2), users(ids...), late)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(line{})); diff != "" {
		t.Error(diff)
	}
}

// TestBodyNames escapes what a topic or index may not be called but might.
func TestBodyNames(t *testing.T) {
	b := (&Client{actions: newActions(map[string]Route{`a"b`: {Index: `c\d`}})}).NewBulker()
	d := tweets(1, 1)
	d.Claim.Topic = `a"b`
	if _, err := b.build(batches(d)); err != nil {
		t.Fatal(err)
	}
	if got := parse(t, b.body)[0]; got.Index != `c\d` || got.ID != `a"b-3-1-1700000000000` {
		t.Errorf("got %+v", got)
	}
}

// TestBodyMistakes are errors before anything is sent.
func TestBodyMistakes(t *testing.T) {
	stranger, noID, noSource := tweets(1, 1), users("a"), tweets(1, 1)
	stranger.Claim.Topic = "others"
	noID.Docs[0].ID = nil
	noSource.Docs[0].Source = nil
	client := connect(t, func(s *Settings) { s.Addresses = []string{"http://127.0.0.1:1"} })
	for want, d := range map[string]*messages.DocumentBatch{"no route": stranger, "has no id": noID, "has no source": noSource} {
		if _, err := client.NewBulker().Send(t.Context(), batches(tweets(1, 1), d)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if got, err := client.NewBulker().Send(t.Context(), nil); err != nil || got.Items != nil || got.Status != 0 {
		t.Errorf("nothing to send: %+v, %v", got, err)
	}
}

// FuzzIDs: no two places have one id, whatever the topics are called, and the
// longest fits.
func FuzzIDs(f *testing.F) {
	f.Add("t", int32(0), int64(5), int64(-1), "t-0", int32(5), int64(1), int64(1))
	f.Add("t-1", int32(2), int64(3), int64(4), "t", int32(1), int64(2), int64(-1))
	f.Add("t.1-", int32(2), int64(3), int64(-1), "t.1", int32(2), int64(3), int64(1))
	f.Fuzz(func(t *testing.T, topic1 string, p1 int32, o1, ts1 int64, topic2 string, p2 int32, o2, ts2 int64) {
		one, two := place(topic1, p1, o1, ts1), place(topic2, p2, o2, ts2)
		if (one == two) != (topic1 == topic2 && p1&maxInt32 == p2&maxInt32 && o1&maxInt64 == o2&maxInt64 && max(ts1, -1) == max(ts2, -1)) {
			t.Errorf("%q and %q", one, two)
		}
		if len(one) > len(topic1)+52 {
			t.Errorf("%q is too long", one)
		}
	})
}

const (
	maxInt32 = 1<<31 - 1
	maxInt64 = 1<<63 - 1
)

// place is the id of a record's place; what Kafka never numbers so is mapped into range.
func place(topic string, partition int32, offset, timestamp int64) string {
	b := Bulker{prefix: fmt.Appendf(nil, "%s-%d-", topic, partition&maxInt32)}
	b.appendPlace(&messages.Record{Offset: offset & maxInt64, Timestamp: max(timestamp, -1)})
	return strings.TrimSuffix(string(b.body), "\"}}\n")
}

// TestBodyAllocations: once its memory is there, a body takes none.
func TestBodyAllocations(t *testing.T) {
	b := (&Client{actions: newActions(routes())}).NewBulker()
	d := batches(tweets(1, 500), users("a", "-b", `c"`))
	if n := testing.AllocsPerRun(100, func() { _, _ = b.build(d) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	answer := []byte(`{"errors":false,"items":[` + strings.Repeat(`{"create":{"status":201}},`, 499) + `{"create":{"status":201}}]}`)
	if n := testing.AllocsPerRun(100, func() {
		if !allStored(answer, 500) {
			t.Fatal("not stored")
		}
	}); n > 0 {
		t.Errorf("%v allocations for an answer", n)
	}
}
