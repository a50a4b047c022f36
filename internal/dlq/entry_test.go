package dlq

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/actorpipe/actorpipe/messages"
)

var failedAt = time.Date(2026, 3, 1, 12, 30, 0, 5e6, time.UTC)

func TestEntryForm(t *testing.T) {
	tests := map[string]struct {
		entry Entry
		want  string
	}{
		"text": {
			Entry{
				Topic: "tweets", Partition: 3, Offset: 17, Key: []byte("k"), Timestamp: 1700000000000,
				Headers: []messages.Header{{Key: []byte("trace"), Value: []byte("1")}, {Key: []byte("trace")}},
				Stage:   messages.StageWriter, Reason: "refused", Status: 400, Attempts: 2, FailedAt: failedAt, Value: []byte(`{"a":"<&>"}`),
			},
			`{"topic":"tweets","partition":3,"offset":17,"key":"k",` +
				`"headers":[{"key":"trace","value":"1"},{"key":"trace","value":null}],"timestamp":1700000000000,` +
				`"stage":"writer","reason":"refused","status":400,"attempts":2,"failed_at":"2026-03-01T12:30:00.005Z","value":"{\"a\":\"<&>\"}"}`,
		},
		"null": {
			Entry{Topic: "users", Timestamp: -1, Stage: messages.StageConsumer, Reason: "no key", FailedAt: failedAt},
			`{"topic":"users","partition":0,"offset":0,"key":null,"headers":[],"timestamp":-1,` +
				`"stage":"consumer","reason":"no key","status":0,"attempts":0,"failed_at":"2026-03-01T12:30:00.005Z","value":null}`,
		},
		"bytes and a crash": {
			Entry{
				Topic: "tweets", Key: []byte{0xff}, Headers: []messages.Header{{Key: []byte("h"), Value: []byte{0xc0, 0}}},
				Stage: messages.StageEnricher, Reason: "boom", FailedAt: failedAt, Stack: "goroutine 1", Value: []byte("a\xffb"),
			},
			`{"topic":"tweets","partition":0,"offset":0,"key_base64":"/w==","headers":[{"key":"h","value_base64":"wAA="}],"timestamp":0,` +
				`"stage":"enricher","reason":"boom","status":0,"attempts":0,"failed_at":"2026-03-01T12:30:00.005Z",` +
				`"stack":"goroutine 1","value_base64":"Yf9i"}`,
		},
		"empty is not null": {
			Entry{Topic: "t", Key: []byte{}, FailedAt: failedAt.In(time.FixedZone("", 3600)), Value: []byte{}},
			`{"topic":"t","partition":0,"offset":0,"key":"","headers":[],"timestamp":0,` +
				`"stage":"","reason":"","status":0,"attempts":0,"failed_at":"2026-03-01T12:30:00.005Z","value":""}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := tt.entry.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
			checkReadsBack(t, tt.entry)
		})
	}
}

func TestEntryRefusesWhatIsNone(t *testing.T) {
	for _, line := range []string{`[]`, `{`, `{"topic":1}`, `{"key":1}`, `{"value":{}}`, `{"value_base64":"*"}`, `{"headers":[{"key":[]}]}`} {
		if err := json.Unmarshal([]byte(line), new(Entry)); err == nil {
			t.Errorf("%s: no error", line)
		}
	}
}

func FuzzEntry(f *testing.F) {
	f.Add([]byte("key"), []byte("header"), []byte(`{"Message":"a"}`), "reason")
	f.Add([]byte(nil), []byte{0}, []byte("\u2028\u2029<>&\x00\x7f\r\n\"\\\ufffd"), "")
	f.Add([]byte{}, []byte{0xff}, []byte("\xed\xa0\x80"), "\u2028") // a surrogate half in UTF-8: invalid
	f.Fuzz(func(t *testing.T, key, header, value []byte, topic string) {
		checkReadsBack(t, Entry{
			Topic: cleaned(topic), Key: key, Value: value, FailedAt: failedAt,
			Headers: []messages.Header{{Key: header, Value: value}, {Key: key, Value: nil}},
		})
	})
}

// FuzzParse reads what may be no entry; what is one reads back from its own form.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"topic":"t","key_base64":"/w==","headers":[{}],"failed_at":"2026-03-01T12:30:00Z","value":"a\ud800"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var e Entry
		if json.Unmarshal(line, &e) == nil {
			checkReadsBack(t, e)
		}
	})
}

// cleaned is s as JSON text can carry it.
func cleaned(s string) string { return string([]rune(s)) }

func checkReadsBack(t *testing.T, want Entry) {
	t.Helper()
	line, err := want.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var got Entry
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", line, diff)
	}
}
