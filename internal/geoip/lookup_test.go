package geoip_test

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

const inLondon = `{"location":{"lat":51.5142,"lon":-0.0931},"city_name":"London","region_name":"England","region_iso_code":"GB-ENG","postal_code":"EC2V",` +
	`"country_name":"United Kingdom","country_iso_code":"GB","continent_code":"EU","timezone":"Europe/London","status":"ok"}`

func TestLookupReadsAddresses(t *testing.T) {
	d := open(t, city(t, map[string]mmdbtype.DataType{
		"81.2.69.0/24": london(), "2a02:d300::/32": london(),
	}))
	for want, addresses := range map[string][]string{
		inLondon: {
			"81.2.69.142", " 81.2.69.142\t", "81.2.69.142:80", "81.2.69.142:0", "81.2.69.142, 10.0.0.1", "81.2.69.142:443 ,x", "81.2.69.142,",
			"::ffff:81.2.69.142", "[::ffff:81.2.69.142]:80", "::ffff:5102:458e", "2a02:d300::1", "[2a02:d300::1]", "[2a02:d300::1]:65535",
			"2a02:d300::1%eth0", "[2a02:d300::1%eth0]:1", "2A02:D300:0:0:0:0:0:1", "[2a02:d300::1], 1.2.3.4",
		},
		private: {
			"10.1.2.3", "127.0.0.1", "169.254.1.1", "172.31.255.255", "192.168.0.1:80", "100.64.0.1", "100.127.255.255", "224.0.0.1", "239.1.1.1",
			"0.0.0.0", "::", "::1", "[::1]:80", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "10.0.0.1, 81.2.69.142",
		},
		notFound: {"8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2001:db8::1", "255.255.255.255"},
		invalid: {
			"x", "300.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.04", "1.2..4", "1.2.3.", "81.2.69.142:", "81.2.69.142:65536", "81.2.69.142:+1", "81.2.69.142:x",
			"[81.2.69.142]", "[81.2.69.142]:80", "[::1", "::1]", "[::1]80", "[::1]:", "[]", "fe80::1%", "81.2.69.142%eth0", ", 81.2.69.142", ",",
			"1::2::3", "81.2.69.142/24", "localhost", "12", `["81.2.69.142"]`, `{"a":1}`, "true", "\x00", "81.2.69.142\x00", "２",
		},
		missing: {"", " ", "\t\n"},
	} {
		for _, a := range addresses {
			if got := string(d.Lookup([]byte(a))); got != want {
				t.Errorf("%q: %s, want %s", a, got, want)
			}
		}
	}
	if string(d.Lookup(nil)) != missing {
		t.Error("no address is not missing")
	}
}

func TestLookupLeavesOutWhatIsUnknown(t *testing.T) {
	gb := entry{"iso_code": mmdbtype.String("GB")}
	for _, c := range []struct {
		name  string
		entry mmdbtype.DataType
		want  string
	}{
		{"only a country", entry{"country": gb}, `{"country_iso_code":"GB","status":"ok"}`},
		{"nothing", entry{}, notFound},
		{"nothing we show", entry{"registered_country": gb, "traits": entry{"is_anycast": mmdbtype.Bool(true)}}, notFound},
		{"half a place", entry{"country": gb, "location": entry{"latitude": mmdbtype.Float64(1)}}, `{"country_iso_code":"GB","status":"ok"}`},
		{"really 0,0", entry{"location": point(0, 0, "")}, `{"location":{"lat":0,"lon":0},"status":"ok"}`},
		{"no place on earth", entry{"country": gb, "location": point(91, math.NaN(), "")}, `{"country_iso_code":"GB","status":"ok"}`},
		{"single precision", entry{"location": entry{"latitude": mmdbtype.Float32(1.5), "longitude": mmdbtype.Float32(-2)}}, `{"location":{"lat":1.5,"lon":-2},"status":"ok"}`},
		{"a region without a country", entry{"subdivisions": mmdbtype.Slice{with(names("en", "England"), "iso_code", mmdbtype.String("ENG"))}}, `{"region_name":"England","status":"ok"}`},
		{"no region in the list", entry{"country": gb, "subdivisions": mmdbtype.Slice{}}, `{"country_iso_code":"GB","status":"ok"}`},
		{"odd characters", entry{"city": names("en", "\"A\\\n\x01\u2028ü")}, "{\"city_name\":\"\\\"A\\\\\\n\\u0001\\u2028ü\",\"status\":\"ok\"}"},
		{"invalid UTF-8", entry{"city": names("en", "A\xff")}, `{"city_name":"A\ufffd","status":"ok"}`},
		{"no map", mmdbtype.String("x"), notFound},
		{"other kinds", entry{"city": mmdbtype.String("x"), "location": mmdbtype.Uint16(1), "subdivisions": mmdbtype.Bool(true), "postal": entry{"code": mmdbtype.Uint32(7)}, "country": gb}, `{"country_iso_code":"GB","status":"ok"}`},
	} {
		d := open(t, city(t, map[string]mmdbtype.DataType{"81.2.69.0/24": c.entry, "9.0.0.0/8": london()}))
		for range 2 { // rendered, cached
			got := d.Lookup([]byte("81.2.69.142"))
			if diff := cmp.Diff(c.want, string(got)); diff != "" || !json.Valid(got) {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
	}
}

func TestLookupTakesTheFirstLocaleThereIs(t *testing.T) {
	data := city(t, map[string]mmdbtype.DataType{
		"81.2.69.0/24": entry{"city": names("de", "Köln", "en", "Cologne"), "country": with(names("en", "Germany", "fr", "Allemagne"), "iso_code", mmdbtype.String("DE"))},
	})
	for _, c := range []struct {
		locales []string
		want    string
	}{
		{[]string{"en"}, `{"city_name":"Cologne","country_name":"Germany","country_iso_code":"DE","status":"ok"}`},
		{[]string{"de", "en"}, `{"city_name":"Köln","country_name":"Germany","country_iso_code":"DE","status":"ok"}`},
		{[]string{"pt-BR", "fr", "de"}, `{"city_name":"Köln","country_name":"Allemagne","country_iso_code":"DE","status":"ok"}`},
		{[]string{"de", "fr", "en"}, `{"city_name":"Köln","country_name":"Allemagne","country_iso_code":"DE","status":"ok"}`},
		{[]string{"ja"}, `{"country_iso_code":"DE","status":"ok"}`},
	} {
		if got := string(open(t, data, c.locales...).Lookup([]byte("81.2.69.1"))); got != c.want {
			t.Errorf("%v: %s, want %s", c.locales, got, c.want)
		}
	}
}

func TestLookupInAnIPv4Database(t *testing.T) {
	d := open(t, database(t, "GeoIP2-City", 4, map[string]mmdbtype.DataType{"81.2.69.0/24": london()}))
	for address, want := range map[string]string{
		"81.2.69.1": inLondon, "::ffff:81.2.69.1": inLondon, "2a02:d300::1": notFound, "::1": private, "9.9.9.9": notFound,
	} {
		if got := string(d.Lookup([]byte(address))); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
	if d.Unreadable() != 0 {
		t.Errorf("%d unreadable", d.Unreadable())
	}
}

func TestLookupKeepsTheEntriesApart(t *testing.T) {
	entries := map[string]mmdbtype.DataType{}
	for i := range 200 {
		zone := string(rune('a'+i%26)) + string(rune('a'+i/26))
		entries["20."+strconv.Itoa(i)+".0.0/16"] = entry{"location": point(float64(i)/10, 1, zone)}
	}
	d := open(t, city(t, entries))
	for range 2 {
		for i := range 200 {
			var got struct {
				Location struct{ Lat float64 }
				Timezone string
			}
			if err := json.Unmarshal(d.Lookup([]byte("20."+strconv.Itoa(i)+".1.1")), &got); err != nil {
				t.Fatal(err)
			}
			if got.Location.Lat != float64(i)/10 || got.Timezone != string(rune('a'+i%26))+string(rune('a'+i/26)) {
				t.Errorf("%d: %+v", i, got)
			}
		}
	}
}

// TestLookupOfEntriesThatShareTheirPlaces has the writer store equal maps once:
// what was read of one is used again, but not where another field is wanted.
func TestLookupOfEntriesThatShareTheirPlaces(t *testing.T) {
	both := with(with(names("en", "Malta", "de", "Malta"), "iso_code", mmdbtype.String("MT")), "code", mmdbtype.String("EU"))
	d := open(t, city(t, map[string]mmdbtype.DataType{
		"20.1.0.0/16": entry{"continent": both, "country": both},
		"20.2.0.0/16": entry{"country": both, "postal": entry{"code": mmdbtype.String("VLT")}},
		"20.3.0.0/16": entry{"continent": both},
		"20.4.0.0/16": entry{"country": both, "subdivisions": mmdbtype.Slice{both, both}},
	}))
	for address, want := range map[string]string{
		"20.1.0.1": `{"country_name":"Malta","country_iso_code":"MT","continent_code":"EU","status":"ok"}`,
		"20.2.0.1": `{"postal_code":"VLT","country_name":"Malta","country_iso_code":"MT","status":"ok"}`,
		"20.3.0.1": `{"continent_code":"EU","status":"ok"}`,
		"20.4.0.1": `{"region_name":"Malta","region_iso_code":"MT-MT","country_name":"Malta","country_iso_code":"MT","status":"ok"}`,
	} {
		if got := string(d.Lookup([]byte(address))); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func TestLookupAllocatesNothingOnAHit(t *testing.T) {
	d := open(t, city(t, map[string]mmdbtype.DataType{"81.2.69.0/24": london(), "2a02:d300::/32": london()}))
	for _, a := range []string{"81.2.69.142", "81.2.69.142:80, 10.0.0.1", "[2a02:d300::1%eth0]:80", "10.0.0.1", "8.8.8.8", ""} {
		address := []byte(a)
		d.Lookup(address)
		if n := testing.AllocsPerRun(100, func() { d.Lookup(address) }); n != 0 {
			t.Errorf("%s: %v allocations", a, n)
		}
	}
}

func FuzzLookup(f *testing.F) {
	for _, s := range []string{"81.2.69.142:80", "[::1]:80", "[::]:000000", "fe80::1%eth0", "::ffff:1.2.3.4, x", "1.2.3.4", "", "100.64.1.1"} {
		f.Add([]byte(s))
	}
	d := open(f, city(f, map[string]mmdbtype.DataType{"81.2.69.0/24": london(), "2a02:d300::/32": london()}))
	f.Fuzz(func(t *testing.T, address []byte) {
		before := string(address)
		got := d.Lookup(address)
		if !json.Valid(got) || string(address) != before || d.Unreadable() != 0 {
			t.Fatalf("%q: %s", address, got)
		}
		if want, ok := oracle(before); ok != (string(got) != invalid && string(got) != missing) {
			t.Fatalf("%q: %s, netip says %v", address, got, want)
		}
	})
}
