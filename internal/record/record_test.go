package record_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/actorpipe/actorpipe/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const geo = `{"status":"ok"}`

func plan(tb testing.TB, address, target, id string) *record.Plan {
	tb.Helper()
	p, err := record.NewPlan(record.PlanSettings{Address: address, Target: target, ID: id})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestNewPlanRefusesBadPaths(t *testing.T) {
	for _, c := range []struct{ address, target, id, want string }{
		{"", "geo", "", `target "geo" without an address: name the field of the IP address, or remove target`},
		{"ip", "", "", `address "ip" without a target: name the field that takes the geo object`},
		{"ip", "ip.geo", "", `target "ip.geo" lies inside address "ip", which is a string: choose another target`},
		{"a..b", "geo", "", `address "a..b" has an empty name: write it as a.b, without dots at the ends`},
		{"", "", ".Id", `id ".Id" has an empty name: write it as a.b, without dots at the ends`},
		{"ip", strings.Repeat("a.", 16) + "a", "", `target "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a" has 17 names: at most 16 are allowed`},
	} {
		_, err := record.NewPlan(record.PlanSettings{Address: c.address, Target: c.target, ID: c.id})
		if err == nil || err.Error() != c.want {
			t.Errorf("NewPlan(%q, %q, %q): %v, want %s", c.address, c.target, c.id, err, c.want)
		}
	}
}

func TestScanRefusesWhatIsNoObject(t *testing.T) {
	p := plan(t, "RemoteAddress", "geo", "")
	var f record.Found
	for value, want := range map[string]string{
		"":                     "no JSON object: the record is empty",
		" \r\n":                "no JSON object: the record is empty",
		"[1]":                  `no JSON object: begins with '[' at byte 0`,
		"\xff":                 `no JSON object: begins with byte 0xff at byte 0`,
		"null":                 `no JSON object: begins with 'n' at byte 0`,
		`{"a":1`:               "no valid JSON: cut off at byte 6",
		`{"a":"b\`:             "no valid JSON: cut off at byte 8",
		`{"a":tru`:             "no valid JSON: cut off at byte 8",
		`{`:                    "no valid JSON: cut off at byte 1",
		`{"a":1}x`:             `no valid JSON: unexpected 'x' at byte 7, after the object`,
		`{"a":1}{}`:            `no valid JSON: unexpected '{' at byte 7, after the object`,
		`{"a":1,}`:             `no valid JSON: unexpected '}' at byte 7`,
		`{,}`:                  `no valid JSON: unexpected ',' at byte 1`,
		`{"a"}`:                `no valid JSON: unexpected '}' at byte 4`,
		`{"a":01}`:             `no valid JSON: unexpected '1' at byte 6`,
		`{"a":1.}`:             `no valid JSON: unexpected '}' at byte 7`,
		`{"a":-}`:              `no valid JSON: unexpected '}' at byte 6`,
		`{"a":1e+}`:            `no valid JSON: unexpected '}' at byte 8`,
		`{"a":+1}`:             `no valid JSON: unexpected '+' at byte 5`,
		`{"a":[1,]}`:           `no valid JSON: unexpected ']' at byte 8`,
		`{"a":"\x"}`:           `no valid JSON: unexpected 'x' at byte 7`,
		`{"a":"\u12g4"}`:       `no valid JSON: unexpected 'g' at byte 10`,
		"{\"a\":\"long b\n\"}": `no valid JSON: unexpected byte 0x0a at byte 12`,
		"{\"a\x00\":1}":        `no valid JSON: unexpected byte 0x00 at byte 3`,
		"{\"a\":1}\x00":        `no valid JSON: unexpected byte 0x00 at byte 7, after the object`,
	} {
		err := p.Scan([]byte(value), &f)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", value, err, want)
		}
	}
}

func TestScanBoundsNesting(t *testing.T) {
	p := plan(t, "RemoteAddress", "geo", "")
	var f record.Found
	for _, c := range []struct {
		open, shut string
		depth      int
		want       string
	}{
		{"[", "]", record.MaxDepth - 1, ""},
		{"[", "]", record.MaxDepth, "nested deeper than 10000 levels at byte 10004"},
		{"[", "", 10_000_000, "nested deeper than 10000 levels at byte 10004"},
		{`{"a":`, "}", 10_000_000, "nested deeper than 10000 levels at byte 50000"},
	} {
		inside := "1"
		value := `{"a":` + strings.Repeat(c.open, c.depth) + inside + strings.Repeat(c.shut, c.depth) + "}"
		got := ""
		if err := p.Scan([]byte(value), &f); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%d %s: %q, want %q", c.depth, c.open, got, c.want)
		}
	}
}

func TestScanFindsTheAddress(t *testing.T) {
	var f record.Found
	for _, c := range []struct {
		path, value string
		kind        record.AddressKind
		text        string
	}{
		{"ip", `{"ip":"1.2.3.4"}`, record.AddressString, "1.2.3.4"},
		{"ip", `{"IP":"1.2.3.4"}`, record.AddressMissing, ""},
		{"ip", `{"x":{"ip":"1.2.3.4"}}`, record.AddressMissing, ""},
		{"ip", `{"ip":null}`, record.AddressMissing, ""},
		{"ip", `{"ip":""}`, record.AddressMissing, ""},
		{"ip", `{"ip":12}`, record.AddressNotString, "12"},
		{"ip", `{"ip":["1.2.3.4"]}`, record.AddressNotString, `["1.2.3.4"]`},
		{"ip", `{"ip":{"ip":"1.2.3.4"}}`, record.AddressNotString, `{"ip":"1.2.3.4"}`},
		{"ip", `{"ip":false}`, record.AddressNotString, "false"},
		{"ip", `{"ip":"1.2.3.4","ip":"5.6.7.8"}`, record.AddressString, "5.6.7.8"},
		{"ip", `{"\u0069\u0070":"1.2\u002e3.4"}`, record.AddressString, "1.2.3.4"},
		{"ip", `{"ip":"\ud83d\ude00\b\f\n\r\t\/\\\"\ud83d"}`, record.AddressString, "\U0001F600\b\f\n\r\t/\\\"\uFFFD"},
		{"client.ip", `{"client":{"ip":"1.2.3.4"}}`, record.AddressString, "1.2.3.4"},
		{"client.ip", `{"client.ip":"1.2.3.4"}`, record.AddressString, "1.2.3.4"},
		{"client.ip", `{"client.ip":"lit","client":{"ip":"nested"}}`, record.AddressString, "nested"},
		{"client.ip", `{"client":{"ip":"nested"},"client.ip":"lit"}`, record.AddressString, "nested"},
		{"client.ip", `{"client":[{"ip":"1.2.3.4"}]}`, record.AddressMissing, ""},
		{"client.ip", `{"client":"1.2.3.4"}`, record.AddressMissing, ""},
		{"a.b.c", `{"a.b.c":"3","a.b":{"c":"2"},"a":{"b.c":"1"}}`, record.AddressString, "1"},
		{"a.b.c", `{"a.b.c":"3","a.b":{"c":"2"}}`, record.AddressString, "2"},
		{"a.b.c", `{"a":{"b.c":"1","b":{"c":"0"}},"a.b.c":"3"}`, record.AddressString, "0"},
	} {
		if err := plan(t, c.path, "geo", "").Scan([]byte(c.value), &f); err != nil {
			t.Errorf("%s in %s: %v", c.path, c.value, err)
		}
		if f.Address != c.kind || string(f.AddressText()) != c.text {
			t.Errorf("%s in %s: %d %q, want %d %q", c.path, c.value, f.Address, f.AddressText(), c.kind, c.text)
		}
	}
}

func TestScanFindsTheID(t *testing.T) {
	long := strings.Repeat("x", record.MaxIDBytes)
	var f record.Found
	for _, c := range []struct{ value, id, want string }{
		{`{"User":{"Id":"u1"}}`, "u1", ""},
		{`{"User.Id":"u1"}`, "u1", ""},
		{`{"User":{"Id":"\u00fc\"1"}}`, "ü\"1", ""},
		{`{"User":{"Id":12345678901234567890.10}}`, "12345678901234567890.10", ""},
		{`{"User":{"Id":-0}}`, "-0", ""},
		{`{"User":{"Id":"` + long + `"}}`, long, ""},
		{`{"User":{"Id":"` + long + `x"}}`, "", `no entity id: the field "User.Id" at byte 14 has more than 512 bytes`},
		{`{}`, "", `no entity id: the field "User.Id" is missing or null`},
		{`{"User":{"Id":null}}`, "", `no entity id: the field "User.Id" is missing or null`},
		{`{"User":{"Id":""}}`, "", `no entity id: the field "User.Id" at byte 14 is empty`},
		{`{"User":{"Id":true}}`, "", `no entity id: the field "User.Id" at byte 14 is neither a string nor a number`},
		{`{"User":{"Id":["u1"]}}`, "", `no entity id: the field "User.Id" at byte 14 is neither a string nor a number`},
		{`{"User":{"Id":{}}}`, "", `no entity id: the field "User.Id" at byte 14 is neither a string nor a number`},
		{`{"User":{"Id":"\ud800"}}`, "", `no entity id: the field "User.Id" at byte 14 is no valid Unicode`},
		{"{\"User\":{\"Id\":\"\xff\"}}", "", `no entity id: the field "User.Id" at byte 14 is no valid Unicode`},
	} {
		got := ""
		err := plan(t, "", "", "User.Id").Scan([]byte(c.value), &f)
		if err != nil {
			got = err.Error()
		} else if !f.HasID || string(f.ID) != c.id {
			t.Errorf("%s: id %v %q, want %q", c.value, f.HasID, f.ID, c.id)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.value, diff)
		}
	}
}

func TestScanForNothingOnlyChecks(t *testing.T) {
	var f record.Found
	if err := plan(t, "", "", "").Scan([]byte(`{"Name":"a","Id":"1"}`), &f); err != nil || f.HasID || f.ID != nil {
		t.Fatal(err, f.HasID, f.ID)
	}
}
