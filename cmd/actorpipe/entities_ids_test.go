package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/actorpipe/actorpipe/messages"
)

// entityRecord is a record whose id is odd, and what must become of it: a document
// with that id, or an entry in the DLQ for a reason.
type entityRecord struct {
	key, value string // key: "-" is null
	id         string
	reason     string
}

var oddFields = []entityRecord{
	{"-", `{"n":1}`, "", `no entity id: the field "Id" is missing or null`},
	{"-", `{"Id":null}`, "", `no entity id: the field "Id" is missing or null`},
	{"-", `{"Id":""}`, "", `no entity id: the field "Id" at byte 6 is empty`},
	{"-", `{"Id":"` + strings.Repeat("é", 256) + `x"}`, "", `no entity id: the field "Id" at byte 6 has more than 512 bytes`},
	{"-", `{"Id":"` + strings.Repeat("é", 256) + `"}`, strings.Repeat("é", 256), ""},
	{"-", `{"Id":{"a":1}}`, "", `no entity id: the field "Id" at byte 6 is neither a string nor a number`},
	{"-", `{"Id":true}`, "", "neither a string nor a number"},
	{"-", `{"Id":["a"]}`, "", "neither a string nor a number"},
	{"-", `{"Id":"\ud800"}`, "", "is no valid Unicode"},
	{"-", "{\"Id\":\"\xff\"}", "", "is no valid Unicode"},
	{"-", `{"Id":12345678901234567890123}`, "12345678901234567890123", ""},
	{"-", `{"Id":1.0}`, "1.0", ""},
	{"-", `{"Id":-1e2}`, "-1e2", ""},
	{"-", `{"I\u0064":"\u0061\"\\\n\u0000"}`, "a\"\\\n\x00", ""},
	{"-", `{"Id":" "}`, " ", ""},
	{"-", `{"Id":"}}\n{\"delete\":{\"_id\":\"1.0\"}}"}`, "}}\n{\"delete\":{\"_id\":\"1.0\"}}", ""},
	{"-", `[{"Id":1}]`, "", "no JSON object"},
}

var oddKeys = []entityRecord{
	{"-", `{"n":1}`, "", "no entity id: the record has no key, or an empty one"},
	{"", `{"n":1}`, "", "no entity id: the record has no key, or an empty one"},
	{strings.Repeat("k", 513), `{"n":1}`, "", "no entity id: the record's key is longer than 512 bytes"},
	{strings.Repeat("k", 512), `{"n":1}`, strings.Repeat("k", 512), ""},
	{"\xff\xfe", `{"n":1}`, "", "no entity id: the record's key is no text in UTF-8"},
	{"_all/\"é\n", `{"n":1}`, "_all/\"é\n", ""},
	{"good", "no JSON", "", "no JSON object"},
	{"-", tombstone, "", "no entity id: the record has no key, or an empty one"},
}

// TestEntitiesWithOddIDs sends records whose ids are missing or of odd forms, each
// between two good ones.
func TestEntitiesWithOddIDs(t *testing.T) {
	t.Parallel()
	oddIDs(embeddedLab(t))
}

func oddIDs(l *lab) {
	l.t.Helper()
	fields, keys := l.make("fields", 1, nil), l.make("keys", 1, nil)
	reasons, ids := map[string]string{}, map[string]map[string]string{fields: {}, keys: {}}
	records := 0
	for topic, all := range map[string][]entityRecord{fields: oddFields, keys: oddKeys} {
		for i, r := range append(all, entityRecord{"", "", "", "-"}) {
			good := fmt.Sprintf("good %d", i)
			ids[topic][good] = fmt.Sprintf(`{"Id":%q}`, good)
			l.put(&kgo.Record{Topic: topic, Key: []byte(good), Value: []byte(ids[topic][good])})
			records++
			if i == len(all) {
				break
			}
			odd := &kgo.Record{Topic: topic, Key: []byte(r.key), Value: []byte(r.value)}
			if r.key == "-" {
				odd.Key = nil
			}
			if r.value == tombstone {
				odd.Value = nil
			}
			offset := l.put(odd)[0]
			records++
			if r.reason != "" {
				reasons[fmt.Sprintf("%s@%d", topic, offset)] = r.reason
			} else {
				ids[topic][r.id] = r.value
			}
		}
	}
	got := l.moves(fmt.Sprintf("topic %q { id = \"field:Id\" }\n topic %q { id = \"key\" }", fields, keys), records)
	if want := (outcomes{indexed: int64(records - len(reasons)), dead: int64(len(reasons))}); got != want {
		l.t.Errorf("%+v, want %+v", got, want)
	}
	for topic, all := range ids {
		for id, want := range all {
			if source, found := l.document(topic, id); !found || source != want {
				l.t.Errorf("the document of %q is %q, want %q", id, source, want)
			}
		}
		if n := l.stored(topic); n != len(all) {
			l.t.Errorf("%d documents in %s, want %d", n, topic, len(all))
		}
	}
	for _, e := range readLetters(l.t, l.letters) {
		place := fmt.Sprintf("%s@%d", e.Topic, e.Offset)
		if want := reasons[place]; want == "" || !strings.Contains(e.Reason, want) || e.Stage != messages.StageConsumer || e.Status != 0 {
			l.t.Errorf("%s is dead-lettered by %s, %d: %q, want %q", place, e.Stage, e.Status, e.Reason, want)
		}
		delete(reasons, place)
	}
	for place, reason := range reasons {
		l.t.Errorf("%s is not in the DLQ, want it there: %s", place, reason)
	}
}
