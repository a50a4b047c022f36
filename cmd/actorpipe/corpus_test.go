package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

// oddRecord is a record as it may come, and what must become of it: indexed with
// a geo object, or dead-lettered for a reason, or, with neither, ignored.
type oddRecord struct {
	name    string
	value   string // see tombstone
	geo     string // status of the geo object; "ok" where the database knows the address
	reason  string // part of it
	refused string // part of the reason of a real Elasticsearch, which takes less than the embedded one
}

// tombstone stands for a null value.
const tombstone = "\x00tombstone"

// corpus is the odd records; known is an address that the database knows.
func corpus(known string) []oddRecord {
	address := fmt.Sprintf(`"RemoteAddress":%q`, known)
	return slices.Concat(noObjects(address), oddAddresses(known, address), oddObjects(address))
}

// noObjects are records that are no JSON objects, and some that look as if.
func noObjects(address string) []oddRecord {
	return []oddRecord{
		{"no JSON", "plainly not", "", "no JSON object", ""},
		{"array", `[{` + address + `}]`, "", "no JSON object", ""},
		{"string", `"{}"`, "", "no JSON object", ""},
		{"null", `null`, "", "no JSON object", ""},
		{"empty value", ``, "", "empty", ""},
		{"only space", " \r\n\t", "", "empty", ""},
		{"tombstone", tombstone, "", "", ""},
		{"cut off", `{"a":[1,2`, "", "cut off", ""},
		{"two objects", `{"a":1}{"b":2}`, "", "after the object", ""},
		{"trailing comma", `{"a":1,}`, "", "no valid JSON", ""},
		{"bare NUL", "{\"a\":\"\x00\"}", "", "0x00", ""},
		{"bare newline in a string", "{\"a\":\"x\ny\"}", "", "0x0a", ""},
		{"bulk injection in place of a record", "{\"a\":1}\n{\"index\":{\"_index\":\"evil\"}}\n{\"b\":2}", "", "after the object", ""},
		{"bulk injection by a newline first", "\n{\"index\":{\"_index\":\"evil\",\"_id\":\"1\"}}\n", "missing", "", ""},
		{"bulk injection in a string", `{"a":"x\n{\"index\":{\"_index\":\"evil\"}}\n{}",` + address + `}`, "ok", "", ""},
		{"bulk injection between tokens", "{\"a\":\n{\"index\":{\"_index\":\"evil\"}}\n}", "missing", "", ""},
		{"nested 10001 deep", strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001), "", "nested deeper than 10000 levels", ""},
		{"brackets 100000 deep", `{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}", "", "nested deeper than 10000 levels", ""},
		{"UTF-16", "{\x00\"\x00a\x00\"\x00:\x001\x00}\x00", "", "no valid JSON", ""},
		{"two BOMs", "\xef\xbb\xbf\xef\xbb\xbf{}", "", "no JSON object", ""},
		{"BOM behind", "{}\xef\xbb\xbf", "", "after the object", ""},
		{"NUL behind", "{}\x00", "", "after the object", ""},
		{"comment", `{"a":1 /* b */}`, "", "no valid JSON", ""},
		{"NaN", `{"a":NaN}`, "", "no valid JSON", ""},
		{"leading zero", `{"a":01}`, "", "no valid JSON", ""},
	}
}

// oddAddresses are objects whose addresses are missing or odd.
func oddAddresses(known, address string) []oddRecord {
	return []oddRecord{
		{"empty object", `{}`, "missing", "", ""},
		{"empty object with space", " {\r\n } ", "missing", "", ""},
		{"missing address", `{"a":1}`, "missing", "", ""},
		{"null address", `{"RemoteAddress":null}`, "missing", "", ""},
		{"empty address", `{"RemoteAddress":""}`, "missing", "", ""},
		{"number as address", `{"RemoteAddress":3232235777}`, "invalid", "", ""},
		{"object as address", `{"RemoteAddress":{"ip":"1.2.3.4"}}`, "invalid", "", ""},
		{"list as address", `{"RemoteAddress":["1.2.3.4"],"z":0}`, "invalid", "", ""},
		{"no address at all", `{"RemoteAddress":"localhost"}`, "invalid", "", ""},
		{"long address", `{"RemoteAddress":"` + strings.Repeat("1.", 5000) + `"}`, "invalid", "", ""},
		{"unknown address", `{"RemoteAddress":"192.0.2.7"}`, "not_found", "", ""},
		{"private address", `{"RemoteAddress":"10.1.2.3"}`, "private", "", ""},
		{"known address", `{` + address + `}`, "ok", "", ""},
		{"address with escapes", `{"Remote\u0041ddress":"` + strings.ReplaceAll(known, ".", `\u002e`) + `"}`, "ok", "", ""},
		{"address in another object", `{"a":{` + address + `}}`, "missing", "", ""},
	}
}

// oddObjects are objects that are odd elsewhere.
func oddObjects(address string) []oddRecord {
	return []oddRecord{
		{"1 MiB", `{"a":"` + strings.Repeat("x", 1<<20-len(`{"a":"",}`)-len(address)) + `",` + address + `}`, "ok", "", ""},
		{"raw newlines between tokens", "{\n  \"a\" : [\n 1 ,\n 2 ]\n,\n  " + address + "\n}\n", "ok", "", ""},
		{"CRLF between tokens", "\r\n{\r\n\"a\":\r\n{\"b\":\r\ntrue},\r\n" + address + "\r\n}\r\n", "ok", "", ""},
		{"geo is there", `{"geo":{"status":"mine","x":[1]},` + address + `,"b":1}`, "ok", "", ""},
		{"geo is there alone", `{"geo":7}`, "missing", "", ""},
		{"geo is there twice", `{"geo":1,"a":2,"geo":{"status":"mine"}}`, "missing", "", ""},
		{"geo spelled with escapes", `{` + address + `,"\u0067e\u006f":"mine"}`, "ok", "", ""},
		{"geo deeper down stays", `{"a":{"geo":"mine"},` + address + `}`, "ok", "", ""},
		{"big numbers", `{"a":12345678901234567890123456789,"b":0.10000000000000000000000000001,"c":1E400,"d":-0,"e":1.0,` + address + `}`, "ok", "", ""},
		{"BOM", "\xef\xbb\xbf{" + address + `}`, "ok", "", ""},
		{"NUL as an escape", `{"a":"\u0000",` + address + `}`, "ok", "", ""},
		{"lone surrogate", `{"a":"\ud800",` + address + `}`, "ok", "", ""},
		{"line separators", "{\"a\":\"\u2028\u2029\u0085\"," + address + "}", "ok", "", ""},
		{"nested 900 deep", strings.Repeat(`{"a":`, 900) + "1" + strings.Repeat("}", 900), "missing", "", ""},
		{"nested 1001 deep", strings.Repeat(`{"a":`, 1001) + "1" + strings.Repeat("}", 1001), "missing", "", "depth"},
		{"nested 10000 deep", strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), "missing", "", "depth"},
		{"20 MiB", `{"a":"` + strings.Repeat("x", 20<<20) + `",` + address + `}`, "ok", "", ""},
		{"256 KiB of small fields", `{"a":[` + strings.Repeat(`{"b":1},`, 1<<15) + `0],` + address + `}`, "ok", "", ""},
		{"invalid UTF-8", "{\"a\":\"\xff\xc3\"," + address + "}", "ok", "", "UTF-8"},
		{"invalid UTF-8 in a key", "{\"a\xe2\x82\":1," + address + "}", "ok", "", "UTF-8"},
		{"overlong UTF-8", "{\"a\":\"\xc0\xaf\"," + address + "}", "ok", "", ""},
		{"duplicate keys", `{"a":1,"b":2,"a":3,` + address + `}`, "ok", "", "Duplicate field 'a'"},
		{"duplicate keys deeper down", `{"b":{"a":1,"a":[2]},` + address + `}`, "ok", "", "Duplicate field 'a'"},
		{"duplicate keys by escapes", `{"a":1,"\u0061":3,` + address + `}`, "ok", "", "Duplicate field 'a'"},
		{"empty key", `{"":1,` + address + `}`, "ok", "", "field name cannot be an empty string"},
		{"brackets 900 deep", `{"a":` + strings.Repeat("[", 899) + strings.Repeat("]", 899) + `,` + address + `}`, "ok", "", ""},
	}
}

// TestCorpus moves the odd records, each between two ordinary ones, through a
// process, and looks at what became of each.
func TestCorpus(t *testing.T) {
	t.Parallel()
	c := newCorpusRun(embeddedLab(t))
	odd := corpus(c.known)
	c.produce(odd)
	last := c.move()
	dead, ignored := 0, 0
	for i, r := range odd {
		c.neighbour(2*i, fmt.Sprintf("before %q", r.name))
		t.Run(r.name, func(t *testing.T) { c.check(t, 2*i+1, r) })
		switch {
		case r.reason != "":
			dead++
		case r.geo == "":
			ignored++
		}
	}
	c.neighbour(c.records-1, "after all")
	want := messages.Books{Consumed: int64(c.records), Indexed: int64(c.records - dead - ignored), DeadLettered: int64(dead), Ignored: int64(ignored)}
	if diff := cmp.Diff(want, last.Topics[0].Books); diff != "" {
		t.Errorf("books (-want +got):\n%s", diff)
	}
	if len(c.dead) != dead {
		t.Errorf("%d entries in the DLQ, want %d", len(c.dead), dead)
	}
	if got := c.sink.Indices(); len(got) != 1 || got[0] != c.index {
		t.Errorf("indices %q, want %s alone", got, c.index)
	}
}

// corpusRun is where the corpus is moved: all in one partition, so that offsets
// tell the records apart.
type corpusRun struct {
	*lab
	oracle  *sandbox.Oracle
	known   string
	index   string // and topic
	records int
	ignored int               // of records
	byPlace map[int]string    // documents by offset
	dead    map[int]dlq.Entry // by offset
}

func newCorpusRun(l *lab) *corpusRun {
	l.t.Helper()
	c := &corpusRun{lab: l, byPlace: map[int]string{}, dead: map[int]dlq.Entry{}}
	c.index = l.make("odd", 1, map[string]string{"max.message.bytes": "33554432"})
	l.database = filepath.Join(l.t.TempDir(), "city.mmdb")
	c.must(sandbox.WriteDatabase(l.database))
	var err error
	c.oracle, err = sandbox.OpenOracle(l.database)
	c.must(err)
	l.t.Cleanup(func() { _ = c.oracle.Close() })
	c.known = c.find()
	return c
}

// find is an address of the demo's tweets that the database knows.
func (c *corpusRun) find() string {
	g := sandbox.NewGenerator(1, 1)
	for n := range 1000 {
		var tweet messages.Tweet
		c.must(json.Unmarshal(g.AppendTweet(nil, n), &tweet))
		if geo, err := c.oracle.Expected(tweet.RemoteAddress); err == nil && geo["location"] != nil && strings.Count(tweet.RemoteAddress, ".") == 3 {
			return tweet.RemoteAddress
		}
	}
	c.t.Fatal("no tweet with a known address")
	return ""
}

// produce puts an ordinary record before each odd one and after the last.
func (c *corpusRun) produce(odd []oddRecord) {
	c.t.Helper()
	add := func(value []byte) {
		c.put(&kgo.Record{Topic: c.index, Value: value})
		c.records++
	}
	for _, r := range odd {
		add(ordinary(c.records))
		if r.value == tombstone {
			add(nil)
			c.ignored++
		} else {
			add(append([]byte{}, r.value...)) // an empty value is not null
		}
	}
	add(ordinary(c.records))
}

func ordinary(offset int) []byte { return fmt.Appendf(nil, `{"ordinary":%d}`, offset) }

// move has a process settle all records, and reads what became of them.
func (c *corpusRun) move() *messages.Report {
	c.t.Helper()
	p := c.start(fmt.Sprintf("topic %q { address = \"RemoteAddress\" }", c.index), "", fmt.Sprintf("geoip { database = %q }", c.database))
	last := c.awaitSettled(p, c.records)
	p.stop(0)
	for _, e := range readLetters(c.t, c.letters) {
		c.dead[int(e.Offset)] = e
	}
	note := func(id, source string) {
		parts := strings.Split(id, "-") // topic, partition, offset, timestamp
		n, err := strconv.Atoi(parts[len(parts)-2])
		c.must(err)
		if _, twice := c.byPlace[n]; twice {
			c.t.Errorf("record %d is there twice", n)
		}
		c.byPlace[n] = source
	}
	if c.sink == nil {
		c.stored(c.index) // refreshes it
		c.each("odd", func(id string, source []byte) { note(id, string(source)) })
		return last
	}
	c.sink.Each(c.index, func(id, source string) bool {
		note(id, source)
		return true
	})
	return last
}

func (c *corpusRun) neighbour(offset int, which string) {
	c.t.Helper()
	got, found := c.byPlace[offset]
	if want := fmt.Sprintf(`{"ordinary":%d,"geo":{"status":"missing"}}`, offset); !found || got != want {
		c.t.Errorf("neighbour %s: %q, want %s", which, got, want)
	}
}

// check looks at what became of the odd record at that offset.
func (c *corpusRun) check(t *testing.T, offset int, r oddRecord) {
	t.Helper()
	source, indexed := c.byPlace[offset]
	letter, dead := c.dead[offset]
	if indexed != (r.geo != "") || dead != (r.reason != "") {
		t.Fatalf("indexed %v (%.2000q), in the DLQ %v (%s)", indexed, source, dead, letter.Reason)
	}
	switch {
	case dead:
		if !strings.Contains(letter.Reason, r.reason) || string(letter.Value) != r.value || letter.Value == nil || letter.Stage != messages.StageEnricher {
			t.Errorf("entry: reason %q, stage %s, value %.2000q; want a reason with %q", letter.Reason, letter.Stage, letter.Value, r.reason)
		}
	case indexed:
		got, want := decoded(t, source), decoded(t, strings.TrimPrefix(r.value, "\xef\xbb\xbf"))
		want["geo"] = c.geo(t, r.geo)
		if !reflect.DeepEqual(got, want) { // cmp.Diff takes minutes for what is nested 900 deep
			t.Errorf("document %.2000v, want %.2000v", got, want)
		}
		if strings.Contains(source, "\n") || strings.Count(source, `"status":`) > 1 {
			t.Errorf("raw newline or old geo in %q", source)
		}
	}
}

// geo is the geo object of a status, as decoded decodes it.
func (c *corpusRun) geo(t *testing.T, status string) map[string]any {
	t.Helper()
	geo := map[string]any{"status": status}
	if status == "ok" {
		full, err := c.oracle.Expected(c.known)
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(geo, full)
	}
	text, err := json.Marshal(geo)
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, string(text))
}

// decoded keeps numbers as they are written.
func decoded(t *testing.T, text string) (object map[string]any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		t.Fatalf("%.200q: %v", text, err)
	}
	return object
}
