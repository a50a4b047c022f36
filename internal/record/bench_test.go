package record_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/actorpipe/actorpipe/internal/record"
)

const (
	tweet = `{"Message":"the quick brown fox jumps over the lazy dog, again and again and again","User":{"Name":"Ada Lovelace","Id":"u-0012345"},` +
		`"Tags":["kafka","elasticsearch","actors"],"RemoteAddress":"81.2.69.142"}`
	fullGeo = `{"location":{"lat":51.5142,"lon":-0.0931},"city_name":"London","region_name":"England","region_iso_code":"GB-ENG","postal_code":"EC2V",` +
		`"country_name":"United Kingdom","country_iso_code":"GB","continent_code":"EU","timezone":"Europe/London","status":"ok"}`
)

func TestScanAndSpliceAllocateNothing(t *testing.T) {
	plain := []byte(tweet)
	odd := []byte(strings.NewReplacer("RemoteAddress", `R\u0065moteAddress`, "81.", `\u0038`, "}", "\n}", "Tags", "geo").Replace(tweet))
	for _, value := range [][]byte{plain, odd} {
		p := plan(t, "RemoteAddress", "geo", "User.Id")
		var f record.Found
		line := make([]byte, 0, 1024)
		allocs := testing.AllocsPerRun(100, func() {
			if err := p.Scan(value, &f); err != nil || f.Address != record.AddressString {
				t.Fatal(err)
			}
			line = p.Splice(line[:0], value, &f, []byte(fullGeo))
		})
		if allocs != 0 {
			t.Errorf("%v allocations for %s", allocs, value)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	value := []byte(tweet)
	for _, c := range []struct{ name, address, target, id string }{
		{"address", "RemoteAddress", "geo", ""},
		{"address and id", "RemoteAddress", "geo", "User.Id"},
		{"id", "", "", "User.Id"},
		{"nothing", "", "", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := plan(b, c.address, c.target, c.id)
			var f record.Found
			b.SetBytes(int64(len(value)))
			b.ReportAllocs()
			for b.Loop() {
				if p.Scan(value, &f) != nil {
					b.Fatal("refused")
				}
			}
		})
	}
}

// BenchmarkSplice scans a record, too.
func BenchmarkSplice(b *testing.B) {
	p, value, put := plan(b, "RemoteAddress", "geo", ""), []byte(tweet), []byte(fullGeo)
	var f record.Found
	var line []byte
	b.ReportAllocs()
	for b.Loop() {
		if p.Scan(value, &f) != nil {
			b.Fatal("refused")
		}
		line = p.Splice(line[:0], value, &f, put)
	}
}

// BenchmarkGJSON is what Scan is measured against: valid, an object, and the
// address. It looks neither for an old target nor for newlines.
func BenchmarkGJSON(b *testing.B) {
	value := []byte(tweet)
	b.SetBytes(int64(len(value)))
	b.ReportAllocs()
	for b.Loop() {
		if !gjson.ValidBytes(value) || gjson.GetBytes(value, "RemoteAddress").Type != gjson.String {
			b.Fatal("refused")
		}
	}
}

func BenchmarkEncodingJSONValid(b *testing.B) {
	value := []byte(tweet)
	for b.Loop() {
		if !json.Valid(value) {
			b.Fatal("refused")
		}
	}
}
