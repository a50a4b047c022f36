package geoip_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/actorpipe/actorpipe/internal/geoip"
)

func TestOpenSaysWhatToFix(t *testing.T) {
	good := city(t, map[string]mmdbtype.DataType{"81.2.69.0/24": london()})
	gb := entry{"iso_code": mmdbtype.String("GB")}
	asn := database(t, "GeoLite2-ASN", 6, map[string]mmdbtype.DataType{"81.2.69.0/24": entry{"autonomous_system_number": mmdbtype.Uint32(1)}})
	country := database(t, "GeoLite2-Country", 6, map[string]mmdbtype.DataType{"81.2.69.0/24": entry{"country": gb}})
	flat := database(t, "dbip-city", 6, map[string]mmdbtype.DataType{"81.2.69.0/24": entry{"city": mmdbtype.String("London"), "latitude": mmdbtype.Float64(1)}})
	const needed = "a City database is needed, as GeoLite2-City.mmdb or GeoIP2-City.mmdb of MaxMind"
	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"asn":       {asn, []string{`its type is "GeoLite2-ASN"`, needed}},
		"country":   {country, []string{`its type is "GeoLite2-Country"`, needed}},
		"flat":      {flat, []string{`its type is "dbip-city", but its entries are not laid out as MaxMind's are`, needed}},
		"text":      {[]byte("hello"), []string{"open the geoip database", needed}},
		"empty":     {nil, []string{"open the geoip database", needed}},
		"cut off":   {good[:len(good)/2], []string{"open the geoip database", needed}},
		"only tail": {good[len(good)-200:], []string{"open the geoip database"}},
	} {
		path := file(t, c.data)
		_, err := geoip.Open(settings(path), slog.New(slog.DiscardHandler))
		if err == nil {
			t.Errorf("%s: opened", name)
			continue
		}
		for _, want := range append(c.want, path) {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
	}
}

func TestOpenRefusesSettingsAndPaths(t *testing.T) {
	path := file(t, city(t, nil))
	for _, c := range []struct {
		settings geoip.Settings
		want     string
	}{
		{geoip.Settings{Path: path, Reload: time.Second}, "no locales"},
		{geoip.Settings{Path: path, Locales: []string{"en"}}, "reload interval"},
		{settings(filepath.Join(t.TempDir(), "none.mmdb")), "no such file"},
		{settings(t.TempDir()), "no regular file: name the .mmdb file itself"},
	} {
		if _, err := geoip.Open(c.settings, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.settings, err, c.want)
		}
	}
}

func TestOpenRefusesDamage(t *testing.T) {
	data := city(t, map[string]mmdbtype.DataType{"81.2.69.0/24": london()})
	at := strings.Index(string(data), "London") - 1 // the control byte of the name
	data[at] = 0xff
	_, err := geoip.Open(settings(file(t, data)), slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "it is damaged, fetch it again") {
		t.Error(err)
	}
}

func TestOpenTakesWhatLooksLikeCity(t *testing.T) {
	for kind, entries := range map[string]map[string]mmdbtype.DataType{
		"GeoLite2-City":     nil,
		"GeoIP2-Enterprise": {"81.2.69.0/24": entry{"country": entry{"iso_code": mmdbtype.String("GB")}}},
		"of our own making": {"81.2.69.0/24": london()},
	} {
		d := open(t, database(t, kind, 6, entries))
		want := geoip.About{Type: kind, Built: time.Unix(1_700_000_000, 0).UTC(), Bytes: d.About().Bytes}
		if got := d.About(); got != want || got.Bytes == 0 {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

func TestOpenFollowsLinks(t *testing.T) {
	path := file(t, city(t, map[string]mmdbtype.DataType{"81.2.69.0/24": london()}))
	link := filepath.Join(t.TempDir(), "link.mmdb")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := geoip.Open(settings(link), slog.New(slog.DiscardHandler)); err != nil {
		t.Error(err)
	}
}

// TestOpenEnds opens a search tree with 2^100 empty leaves or so.
func TestOpenEnds(t *testing.T) {
	data := city(t, map[string]mmdbtype.DataType{"2a02:d300:1:2:3::/120": london()})
	reader, err := maxminddb.OpenBytes(bytes.Clone(data))
	if err != nil {
		t.Fatal(err)
	}
	const nodes = 100 // fewer than there are; each is two records of three bytes
	for i := range byte(nodes) {
		copy(data[int(i)*6:], []byte{0, 0, i + 1, 0, 0, i + 1})
	}
	n := reader.Metadata.NodeCount // stands for no entry
	copy(data[nodes*6:], []byte{0, byte(n >> 8), byte(n), 0, byte(n >> 8), byte(n)})
	d, err := geoip.Open(settings(file(t, data)), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(d.Lookup([]byte("81.2.69.142"))); got != notFound {
		t.Error(got)
	}
}

// FuzzOpen feeds it damaged databases: whatever is opened must answer.
func FuzzOpen(f *testing.F) {
	good := city(f, map[string]mmdbtype.DataType{"81.2.69.0/24": london()})
	f.Add(good)
	f.Add(good[:len(good)-100])
	path := filepath.Join(f.TempDir(), "City.mmdb")
	f.Fuzz(func(t *testing.T, data []byte) {
		write(t, path, data)
		d, err := geoip.Open(settings(path), slog.New(slog.DiscardHandler))
		if err != nil {
			return
		}
		for _, a := range []string{"81.2.69.1", "81.2.69.1", "8.8.8.8", "2a02:d300::1", "2001:db8::1"} {
			if got := d.Lookup([]byte(a)); !json.Valid(got) {
				t.Fatalf("%s: %s", a, got)
			}
		}
	})
}
