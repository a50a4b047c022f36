package sandbox

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oschwald/maxminddb-golang/v2"
)

func writeDatabase(t *testing.T, edition int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "city.mmdb")
	if err := WriteEdition(path, edition); err != nil {
		t.Fatal(err)
	}
	return path
}

func openOracle(t *testing.T, path string, locales ...string) *Oracle {
	t.Helper()
	o, err := OpenOracle(path, locales...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	return o
}

func TestDatabaseIsValidAndTheSameEachTime(t *testing.T) {
	path := writeDatabase(t, 0)
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteDatabase(path); err != nil { // over the old one
		t.Fatal(err)
	}
	second, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two databases differ")
	}
	r, err := maxminddb.OpenBytes(second)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(); err != nil {
		t.Errorf("database is not valid: %v", err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestDatabaseThatCannotBeWrittenIsAnError(t *testing.T) {
	if err := WriteDatabase(filepath.Join(t.TempDir(), "no", "such", "city.mmdb")); err == nil {
		t.Error("no error")
	}
	if _, err := OpenOracle(filepath.Join(t.TempDir(), "city.mmdb")); err == nil {
		t.Error("no error for a database that is not there")
	}
}

func TestEditionsPutEachNetworkElsewhere(t *testing.T) {
	old, changed := openOracle(t, writeDatabase(t, 0)), openOracle(t, writeDatabase(t, 1))
	for i := range 50 {
		address := network(i*251 + 5).Addr().String()
		a, b := expect(t, old, address), expect(t, changed, address)
		if cmp.Equal(a, b) {
			t.Errorf("%s is in %v in both", address, a)
		}
	}
}

func expect(t *testing.T, o *Oracle, address string) map[string]any {
	t.Helper()
	geo, err := o.Expected(address)
	if err != nil {
		t.Fatal(err)
	}
	return geo
}

func TestOracleSaysWhatTheDesignSays(t *testing.T) {
	o := openOracle(t, writeDatabase(t, 0))
	for address, want := range map[string]string{
		"": "missing", " ": "missing", "no address": "invalid", "300.1.1.1": "invalid", "10.0.0.1, 1.0.0.1": "private",
		"127.0.0.1": "private", "::1": "private", "fe80::1": "private", "fd12::1": "private", "100.64.1.1": "private", "224.0.0.1": "private",
		"0.0.0.0": "private", "::": "private", "::ffff:10.0.0.1": "private", "[::1]:80": "private", "192.168.1.1:443": "private",
		"192.0.2.1": "not_found", "2001:db8::1": "not_found", "198.51.100.7:80": "not_found",
	} {
		if diff := cmp.Diff(map[string]any{"status": want}, expect(t, o, address)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", address, diff)
		}
	}
	full := network(5).Addr().String()
	plain := expect(t, o, full)
	for _, form := range []string{full + ":80", "::ffff:" + full, "[::ffff:" + full + "]:80", full + ", 10.0.0.1", " " + full + " "} {
		if diff := cmp.Diff(plain, expect(t, o, form)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", form, diff)
		}
	}
}

func TestDatabaseHasWhatRealOnesLack(t *testing.T) {
	path := writeDatabase(t, 0)
	english, german := openOracle(t, path), openOracle(t, path, "de", "en")
	fields := map[string]int{}
	differ := 0
	const total = networks / 7 // a seventh of them: all kinds are among these
	for i := range total {
		address := network(i * 7).Addr().String()
		geo := expect(t, english, address)
		if geo["status"] != "ok" {
			t.Fatalf("%s: %v", address, geo)
		}
		for f := range geo {
			fields[f]++
		}
		if !cmp.Equal(geo, expect(t, german, address)) {
			differ++
		}
	}
	for _, always := range []string{"country_name", "country_iso_code", "continent_code"} {
		if fields[always] != total {
			t.Errorf("%s: %d of %d", always, fields[always], total)
		}
	}
	for _, mostly := range []string{"location", "timezone", "city_name", "region_name", "region_iso_code", "postal_code"} {
		if fields[mostly] == total || fields[mostly] < total*3/4 {
			t.Errorf("%s: %d of %d", mostly, fields[mostly], total)
		}
	}
	if differ < total/2 {
		t.Errorf("%d of %d networks have names of their own in German", differ, total)
	}
}

func BenchmarkWriteDatabase(b *testing.B) {
	path := filepath.Join(b.TempDir(), "city.mmdb")
	for b.Loop() {
		if err := WriteDatabase(path); err != nil {
			b.Fatal(err)
		}
	}
}
