package geoip_test

import (
	"bytes"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"go.uber.org/goleak"

	"github.com/actorpipe/actorpipe/internal/geoip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// entry is one of a test database.
type entry = mmdbtype.Map

func names(pairs ...string) entry {
	m := entry{}
	for i := 0; i < len(pairs); i += 2 {
		m[mmdbtype.String(pairs[i])] = mmdbtype.String(pairs[i+1])
	}
	return entry{"names": m}
}

// with adds a field to a copy of e.
func with(e entry, key string, value mmdbtype.DataType) entry {
	out := entry{mmdbtype.String(key): value}
	for k, v := range e {
		out[k] = v
	}
	return out
}

func point(lat, lon float64, zone string) entry {
	e := entry{"latitude": mmdbtype.Float64(lat), "longitude": mmdbtype.Float64(lon), "accuracy_radius": mmdbtype.Uint16(10)}
	if zone != "" {
		e["time_zone"] = mmdbtype.String(zone)
	}
	return e
}

// london is what MaxMind's databases hold of an address in London.
func london() entry {
	return entry{
		"city":               with(names("de", "London", "en", "London", "fr", "Londres"), "geoname_id", mmdbtype.Uint32(2643743)),
		"continent":          with(names("en", "Europe"), "code", mmdbtype.String("EU")),
		"country":            with(names("de", "Vereinigtes Königreich", "en", "United Kingdom"), "iso_code", mmdbtype.String("GB")),
		"location":           point(51.5142, -0.0931, "Europe/London"),
		"postal":             entry{"code": mmdbtype.String("EC2V")},
		"registered_country": with(names("en", "United States"), "iso_code", mmdbtype.String("US")),
		"subdivisions": mmdbtype.Slice{
			with(names("en", "England"), "iso_code", mmdbtype.String("ENG")),
			with(names("en", "City of London"), "iso_code", mmdbtype.String("LND")),
		},
	}
}

// database renders a database of the given type and IP version.
func database(tb testing.TB, kind string, version int, entries map[string]mmdbtype.DataType) []byte {
	tb.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType: kind, IPVersion: version, RecordSize: 24, IncludeReservedNetworks: true, BuildEpoch: 1_700_000_000,
	})
	if err != nil {
		tb.Fatal(err)
	}
	for cidr, value := range entries {
		_, network, err := net.ParseCIDR(cidr)
		if err != nil {
			tb.Fatal(err)
		}
		if err := w.Insert(network, value); err != nil {
			tb.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// city renders a City database.
func city(tb testing.TB, entries map[string]mmdbtype.DataType) []byte {
	tb.Helper()
	return database(tb, "GeoLite2-City", 6, entries)
}

// file puts a database under a new path.
func file(tb testing.TB, data []byte) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "City.mmdb")
	write(tb, path, data)
	return path
}

func write(tb testing.TB, path string, data []byte) {
	tb.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tb.Fatal(err)
	}
}

func settings(path string, locales ...string) geoip.Settings {
	if len(locales) == 0 {
		locales = []string{"en"}
	}
	return geoip.Settings{Path: path, Locales: locales, Reload: 30 * time.Second}
}

func open(tb testing.TB, data []byte, locales ...string) *geoip.Database {
	tb.Helper()
	d, err := geoip.Open(settings(file(tb, data), locales...), slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

const (
	notFound = `{"status":"not_found"}`
	private  = `{"status":"private"}`
	invalid  = `{"status":"invalid"}`
	missing  = `{"status":"missing"}`
)
