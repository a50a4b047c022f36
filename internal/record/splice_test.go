package record_test

import (
	"errors"
	"testing"

	"github.com/actorpipe/actorpipe/internal/record"
)

func TestSplicePutsTheObjectAtTheTarget(t *testing.T) {
	var f record.Found
	for _, c := range []struct{ target, value, want string }{
		{"geo", `{}`, `{"geo":G}`},
		{"geo", " {\n} ", `{ "geo":G}`},
		{"geo", `{"a":1}`, `{"a":1,"geo":G}`},
		{"geo", "\ufeff \n{\"a\":1}\r\n", `{"a":1,"geo":G}`},
		{"geo", "{\"a\"\n:\r\n1,\"b\":\"\\n\"}", `{"a" :  1,"b":"\n","geo":G}`},
		{"geo", `{"n":12345678901234567890.000100e-7,"z":0,"a":-0}`, `{"n":12345678901234567890.000100e-7,"z":0,"a":-0,"geo":G}`},
		{"geo", `{"geo":1}`, `{"geo":G}`},
		{"geo", `{"geo":1,"a":2}`, `{"a":2,"geo":G}`},
		{"geo", `{"a":2 , "geo":{"x":["}"]} }`, `{"a":2  ,"geo":G}`},
		{"geo", `{"geo":1, "geo":2 ,"a":3,"g\u0065o":4,"b":5}`, `{"a":3,"b":5,"geo":G}`},
		{"geo", `{"geo":1,"geo":2}`, `{"geo":G}`},
		{"geo", `{"a":{"geo":1},"geo.x":2,"Geo":3}`, `{"a":{"geo":1},"geo.x":2,"Geo":3,"geo":G}`},
		{"a.b", `{}`, `{"a":{"b":G}}`},
		{"a.b", `{"x":1}`, `{"x":1,"a":{"b":G}}`},
		{"a.b", `{"a":{},"x":1}`, `{"a":{"b":G},"x":1}`},
		{"a.b", `{"a":{"c":1},"x":1}`, `{"a":{"c":1,"b":G},"x":1}`},
		{"a.b", `{"a":{"b":1,"c":1},"x":1}`, `{"a":{"c":1,"b":G},"x":1}`},
		{"a.b", `{"a.b":1,"a":{"b":{},"c":1,"b":3},"x":1,"a\u002eb":2}`, `{"a":{"c":1,"b":G},"x":1}`},
		{"a.b", `{"a.b":1}`, `{"a":{"b":G}}`},
		{"a.b", `{"a":{},"a":{}}`, `{"a":{},"a":{"b":G}}`},
		{"a.b", `{"a":1,"a":{}}`, `{"a":1,"a":{"b":G}}`},
		{"a.b.c", `{"a":{"x":1}}`, `{"a":{"x":1,"b":{"c":G}}}`},
		{"a.b.c", `{"a.b":{"c":1,"d":2},"a":{"b.c":3}}`, `{"a.b":{"d":2},"a":{"b":{"c":G}}}`},
		{"a.b.c", `{"a":{"b":{"c":1}},"a":{}}`, `{"a":{"b":{}},"a":{"b":{"c":G}}}`},
		{"\u00fc\"\\", `{"\u00fc\u0022\\":1}`, `{"ü\"\\":G}`},
	} {
		p := plan(t, "ip", c.target, "")
		if err := p.Scan([]byte(c.value), &f); err != nil {
			t.Errorf("%s in %s: %v", c.target, c.value, err)
			continue
		}
		if got := string(p.Splice([]byte("> "), []byte(c.value), &f, []byte("G"))); got != "> "+c.want {
			t.Errorf("%s in %s:\n got %s\nwant > %s", c.target, c.value, got, c.want)
		}
		if n := p.SplicedBytes(&f, []byte("G")); n != len(c.want) {
			t.Errorf("%s in %s: %d bytes were announced for %s", c.target, c.value, n, c.want)
		}
	}
}

func TestScanRefusesABlockedTarget(t *testing.T) {
	var f record.Found
	for _, value := range []string{`{"a":1}`, `{"a":null}`, `{"a":"x"}`, `{"a":[]}`, `{"a":{},"a":1}`, `{"a":{"b":2}}`} {
		err := plan(t, "ip", "a.b.c", "").Scan([]byte(value), &f)
		var fault *record.ScanError
		if !errors.As(err, &fault) || fault.Reason != record.TargetBlocked || fault.Path != "a.b.c" {
			t.Errorf("%s: %v", value, err)
		}
	}
	err := plan(t, "ip", "a.b", "").Scan([]byte(`{"a":[]}`), &f)
	if want := `no place for "a.b": the value at byte 5 is no object`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestOneLine(t *testing.T) {
	p := plan(t, "", "", "")
	var f record.Found
	for value, want := range map[string]string{
		`{"a": 1}`:                      `{"a": 1}`,
		"\ufeff\n {\"a\":1}\n":          `{"a":1}`,
		"{\r\n\"a\":1,\n\"b\":\"\\n\"}": `{  "a":1, "b":"\n"}`,
	} {
		if err := p.Scan([]byte(value), &f); err != nil {
			t.Fatal(err)
		}
		before := value
		if got := string(record.OneLine([]byte(value), &f)); got != want || value != before {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
		if got := string(record.AppendLine([]byte("x"), []byte(value), &f)); got != "x"+want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

func TestOneLineSharesButCannotGrowIntoTheRecord(t *testing.T) {
	value := []byte(`{"a":1}{"next":2}`)
	var f record.Found
	if err := plan(t, "", "", "").Scan(value[:7], &f); err != nil {
		t.Fatal(err)
	}
	line := record.OneLine(value[:7], &f)
	if &line[0] != &value[0] || cap(line) != len(line) {
		t.Errorf("copied, or with room for %d", cap(line))
	}
}
