package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/internal/sandbox"
	"github.com/actorpipe/actorpipe/messages"
)

const corpusFuzzed = 100_000 // records

// mutations are what may happen to a record on its way; other is another record.
var mutations = []func(random *rand.Rand, value, other []byte) []byte{
	func(_ *rand.Rand, value, _ []byte) []byte { return value },
	func(random *rand.Rand, value, _ []byte) []byte { // bytes flipped
		for range 1 + random.IntN(3) {
			value[random.IntN(len(value))] = byte(random.IntN(256)) //nolint:gosec // a byte
		}
		return value
	},
	func(random *rand.Rand, value, _ []byte) []byte { // within printable characters
		value[random.IntN(len(value))] = byte(' ' + random.IntN(95)) //nolint:gosec // a byte
		return value
	},
	func(random *rand.Rand, value, _ []byte) []byte { return value[:random.IntN(len(value))] }, // cut off
	func(random *rand.Rand, value, _ []byte) []byte { // cut out
		from := random.IntN(len(value))
		return append(value[:from:from], value[from+random.IntN(len(value)-from):]...)
	},
	func(random *rand.Rand, value, _ []byte) []byte { // a part twice
		from := random.IntN(len(value))
		to := from + random.IntN(len(value)-from)
		return append(value[:to:to], value[from:]...)
	},
	func(random *rand.Rand, value, other []byte) []byte { // a member of another record first
		if at := bytes.IndexByte(other, ','); at > 0 && value[0] == '{' && random.IntN(2) == 0 {
			return append(append(bytes.Clone(other[:at+1]), value[1:]...), "\n "[random.IntN(2)])
		}
		return append(value[:random.IntN(len(value))], other...)
	},
	func(random *rand.Rand, value, _ []byte) []byte { // nested
		depth := 1 + random.IntN(30)
		kind := [][2]string{{`{"n":`, "}"}, {"[", "]"}, {`{"geo":`, "}"}, {`{"a":[`, "]}"}, {`{"Id":1.50,"RemoteAddress":`, "}"}}[random.IntN(5)]
		return fmt.Appendf(nil, "%s%s%s", strings.Repeat(kind[0], depth), value, strings.Repeat(kind[1], depth))
	},
	func(random *rand.Rand, value, _ []byte) []byte { // something put in
		odd := []string{"\n", "\r\n", "\x00", "\xff", "\xef\xbb\xbf", `\u0000`, `\ud800`, `"`, `\`, "{}", "[]", ",", ":", `"geo":{"status":"mine"},`, `"a":1e400,`, "\n{\"delete\":{\"_id\":\"1\"}}\n", "\u2028"}
		at := random.IntN(len(value))
		return append(value[:at:at], odd[random.IntN(len(odd))]+string(value[at:])...)
	},
	func(random *rand.Rand, value, _ []byte) []byte { // the same between tokens
		space := []string{"\n", "\r\n", " ", "\t", "\n\n", "\x0b", "\xa0", `"geo":[1],`, `"n":-0.10E+05,`}[random.IntN(9)]
		return bytes.Replace(value, []byte(`"RemoteAddress"`), []byte(space+`"RemoteAddress"`), 1)
	},
}

// fuzzed is n records: tweets that were mutated up to three times, the same for a
// seed.
func fuzzed(seed uint64, n int) [][]byte {
	g, random := sandbox.NewGenerator(seed, 1000), rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a corpus, no secret
	all := make([][]byte, n)
	for i := range all {
		all[i] = g.Tweet(i)
		for range random.IntN(4) {
			if len(all[i]) > 0 {
				all[i] = mutations[random.IntN(len(mutations))](random, all[i], g.Tweet(random.IntN(n)))
			}
		}
	}
	return all
}

// plainReasons is what a person understands of the pipeline's own reasons.
var plainReasons = regexp.MustCompile(`^no (valid )?JSON( object)?: (the record is empty|begins with .+ at byte \d+|unexpected .+ at byte \d+(, after the object)?|cut off at byte \d+)$`)

// TestCorpusFuzzed moves 100,000 mutated tweets: each that encoding/json takes for
// an object is in the index, equal but for its geo object, and each other one in
// the DLQ, whole and with a reason.
func TestCorpusFuzzed(t *testing.T) {
	c := newCorpusRun(embeddedLab(t))
	c.moveFuzzed(corpusFuzzed)
}

// moveFuzzed moves n mutated tweets and looks at what became of each. What a real
// Elasticsearch refuses it may refuse, with a reason.
func (c *corpusRun) moveFuzzed(n int) {
	c.t.Helper()
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any seed will do
	c.t.Logf("seed %d", seed)
	values := fuzzed(seed, n)
	records := make([]*kgo.Record, n)
	for i, v := range values {
		records[i] = &kgo.Record{Topic: c.index, Value: append([]byte{}, v...)}
	}
	first := c.records
	c.put(records...)
	c.records += n
	b := c.move().Topics[0].Books
	want := messages.Books{Consumed: int64(c.records), Indexed: int64(len(c.byPlace)), DeadLettered: int64(len(c.dead)), Ignored: int64(c.ignored)}
	if b != want || !b.Balanced() {
		c.t.Errorf("books %+v, %d documents and %d entries in the DLQ for %d records", b, len(c.byPlace), len(c.dead), c.records)
	}
	refused, complaints := 0, 0
	for i, v := range values {
		if complaint := c.fate(first+i, v, &refused); complaint != "" {
			c.t.Errorf("record %d, %.600q: %s", i, v, complaint)
			if complaints++; complaints == 20 {
				return // enough
			}
		}
	}
	c.t.Logf("%d indexed, %d in the DLQ, %d of them refused by Elasticsearch", len(c.byPlace), len(c.dead), refused)
	if len(c.byPlace) < n/4 || len(c.dead) < n/4 {
		c.t.Error("the mutations are too mild or too wild")
	}
}

// fate is what is wrong with what became of a record, nothing if all is well.
func (c *corpusRun) fate(offset int, value []byte, refused *int) string {
	source, indexed := c.byPlace[offset]
	letter, dead := c.dead[offset]
	want := object(bytes.TrimPrefix(value, []byte("\xef\xbb\xbf")))
	switch {
	case indexed == dead:
		return fmt.Sprintf("indexed %v, in the DLQ %v", indexed, dead)
	case dead && (!bytes.Equal(letter.Value, value) || letter.Value == nil):
		return fmt.Sprintf("the DLQ has %.600q", letter.Value)
	case dead && want == nil:
		if !plainReasons.MatchString(letter.Reason) || letter.Stage != messages.StageEnricher || letter.Status != 0 {
			return fmt.Sprintf("reason %q of %s", letter.Reason, letter.Stage)
		}
		return ""
	case dead:
		*refused++
		if c.sink != nil || letter.Stage != messages.StageWriter || letter.Status != 400 || !refusals.MatchString(letter.Reason) {
			return fmt.Sprintf("a good record was refused by %s, %d: %s", letter.Stage, letter.Status, letter.Reason)
		}
		return ""
	case want == nil:
		return fmt.Sprintf("no object, but indexed: %.600q", source)
	}
	got := object([]byte(source))
	if geo, ok := got["geo"].(map[string]any); !ok || geo["status"] == "mine" || geo["status"] == nil {
		return fmt.Sprintf("geo is %v", got["geo"])
	}
	delete(got, "geo")
	delete(want, "geo")
	if strings.ContainsAny(source, "\r\n") || !reflect.DeepEqual(got, want) {
		return fmt.Sprintf("indexed as %.600q", source)
	}
	return ""
}

// refusals are Elasticsearch's reasons for objects that it does not take.
var refusals = regexp.MustCompile(`(?i)duplicate field|invalid utf-8|depth|field name`)

// object is value as encoding/json decodes it, numbers as they are written; nil if
// it is no object.
func object(value []byte) (m map[string]any) {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	if d.Decode(&m) != nil {
		return nil
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) { // something behind it
		return nil
	}
	return m
}
