package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/actorpipe/actorpipe/internal/record"
)

func seeds(f *testing.F) {
	f.Helper()
	for _, s := range []string{
		`{}`, `{"ip":"1.2.3.4"}`, ` {"a":1 , "geo" : {"x":[1,2]}, "ip":"8.8.8.8","b":[{},[],{"geo":1}]} `, `{"geo":1,"geo":2}`,
		`{"a":"\u0041\"\\ 12345678901234567890"}`, "{\"a\"\n:\r1}", `{"a":-0.1e+10,"b":true,"c":null}`, `[1]`, `{"a":1}x`, `{"a":01}`,
		"{\"a\":\"\x01\"}", `{"g\u0065o":5}`, `{"a":{"b":{"c":1}},"a.b":{"c":2},"a.b.c":3}`, `{"a":{"b.c":1,"b":{"c":"x"}},"a":{}}`,
		"\ufeff{\"a\":{}}", `{"a":{"b":1}}`, `{"a":{"b":{"d":1,"c":{}},"x":2}}`, `{"\ud800":"\udc00\ud83d\ude00"}`, "{\"\xff\":\"\xfe\"}",
		`{"a":{"b":{"c":null}},"a.b.c":"x"}`, `{"a.b":{"c":null},"a":null}`, `{"a":{"b":{}},"a":{},"a.b":{"c":1,"c":2}}`, `{"a":{"b.c":""},"a":[{"b":{"c":1}}]}`,
	} {
		f.Add([]byte(s))
	}
}

func decode(tb testing.TB, value []byte) (m map[string]any, ok bool) {
	tb.Helper()
	value = bytes.TrimPrefix(value, []byte("\xef\xbb\xbf"))
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	if !json.Valid(value) || d.Decode(&m) != nil {
		return nil, false
	}
	return m, m != nil
}

// FuzzScan holds Scan and Splice against encoding/json: the same records are
// accepted, and the spliced one decodes to the decoded one with the object set.
func FuzzScan(f *testing.F) {
	seeds(f)
	var found record.Found // reused, as an enricher does
	f.Fuzz(func(t *testing.T, value []byte) {
		for _, target := range []string{"geo", "a.b.c"} {
			want, isObject := decode(t, value)
			p := plan(t, "ip", target, "")
			err := p.Scan(value, &found)
			var fault *record.ScanError
			blocked := errors.As(err, &fault) && fault.Reason == record.TargetBlocked
			if (err == nil || blocked) != isObject {
				t.Fatalf("%q: %v, encoding/json says %v", value, err, isObject)
			}
			if isObject {
				remove(want, target)
				if set(want, strings.Split(target, ".")) == blocked {
					t.Fatalf("%q: blocked: %v", value, err)
				}
			}
			if err != nil {
				continue
			}
			line := p.Splice(nil, value, &found, []byte(geo))
			got, ok := decode(t, line)
			if !ok || bytes.ContainsAny(line, "\n\r") || line[0] != '{' || !reflect.DeepEqual(got, want) || len(line) != p.SplicedBytes(&found, []byte(geo)) {
				t.Fatalf("%q -> %q", value, line)
			}
			whole, _ := decode(t, value)
			if got, _ := decode(t, record.OneLine(value, &found)); !reflect.DeepEqual(got, whole) {
				t.Fatalf("%q: one line %v", value, got)
			}
		}
	})
}

// FuzzPaths holds the address and the id against a search of the decoded record.
func FuzzPaths(f *testing.F) {
	seeds(f)
	var found record.Found
	f.Fuzz(func(t *testing.T, value []byte) {
		m, ok := decode(t, value)
		if !ok || !utf8.Valid(value) || repeats(value) {
			return
		}
		want, _ := search(m, "a.b.c")
		text, isString := want.(string)
		if err := plan(t, "a.b.c", "geo", "").Scan(value, &found); err != nil {
			t.Fatalf("%q: %v", value, err)
		}
		kind := record.AddressNotString
		if want == nil || want == "" {
			kind = record.AddressMissing
		} else if isString {
			kind = record.AddressString
		}
		if found.Address != kind || isString && string(found.AddressText()) != text {
			t.Fatalf("%q: %d %q, want %d %v", value, found.Address, found.AddressText(), kind, want)
		}
		err := plan(t, "", "", "a.b.c").Scan(value, &found)
		if n, ok := want.(json.Number); ok {
			text = n.String()
		}
		usable := text != "" && len(text) <= record.MaxIDBytes && !strings.Contains(text, "\ufffd")
		if usable != (err == nil) && !strings.Contains(text, "\ufffd") || err == nil && string(found.ID) != text {
			t.Fatalf("%q: id %q %v, want %q", value, found.ID, err, text)
		}
	})
}

// splits calls f with each way to cut the first name off a path.
func splits(path string, f func(name, rest string) (stop bool)) {
	for i := 0; i <= len(path); i++ {
		switch {
		case i == len(path):
			f(path, "")
		case path[i] == '.' && f(path[:i], path[i+1:]):
			return
		}
	}
}

func search(m map[string]any, path string) (found any, there bool) {
	splits(path, func(name, rest string) bool {
		if rest == "" {
			found, there = m[name]
		} else if sub, ok := m[name].(map[string]any); ok {
			found, there = search(sub, rest)
		}
		return there
	})
	return found, there
}

func remove(m map[string]any, path string) {
	splits(path, func(name, rest string) bool {
		if sub, ok := m[name].(map[string]any); ok && rest != "" {
			remove(sub, rest)
		} else if rest == "" {
			delete(m, name)
		}
		return false
	})
}

// set puts the object in, and says whether it could.
func set(m map[string]any, names []string) bool {
	if len(names) == 1 {
		m[names[0]] = map[string]any{"status": "ok"}
		return true
	}
	if _, there := m[names[0]]; !there {
		m[names[0]] = map[string]any{}
	}
	sub, ok := m[names[0]].(map[string]any)
	return ok && set(sub, names[1:])
}

// repeats says whether an object of a valid record has a key twice.
func repeats(value []byte) bool {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(value, []byte("\xef\xbb\xbf"))))
	var walk func() bool
	walk = func() bool {
		token, _ := d.Token()
		delim, ok := token.(json.Delim)
		if !ok {
			return false
		}
		keys, twice := map[any]bool{}, false
		for d.More() {
			if delim == '{' {
				key, _ := d.Token()
				twice = twice || keys[key]
				keys[key] = true
			}
			twice = walk() || twice
		}
		_, _ = d.Token()
		return twice
	}
	return walk()
}
