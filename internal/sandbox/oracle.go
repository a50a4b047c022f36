package sandbox

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
)

// Oracle says what geo object an address must get, the slow way: each
// address is decoded anew, into maps, by code that shares nothing with internal/geoip.
type Oracle struct {
	reader  *maxminddb.Reader
	locales []string
}

// OpenOracle opens the database at path. Names are in the first of the locales
// that has them, "en" if there are none. Close ends it.
func OpenOracle(path string, locales ...string) (*Oracle, error) {
	r, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open GeoIP database %s: %w", path, err)
	}
	if len(locales) == 0 {
		locales = []string{"en"}
	}
	return &Oracle{reader: r, locales: locales}, nil
}

// Close unmaps the database; nobody may ask any more.
func (o *Oracle) Close() error { return o.reader.Close() }

// Expected is the geo object of the address, as encoding/json decodes it into
// an any. It always has a status.
func (o *Oracle) Expected(address string) (map[string]any, error) {
	if strings.TrimSpace(address) == "" {
		return status("missing"), nil
	}
	addr, ok := parseAddress(address)
	switch {
	case !ok:
		return status("invalid"), nil
	case private(addr):
		return status("private"), nil
	}
	var found map[string]any
	r := o.reader.Lookup(addr)
	if err := r.Decode(&found); err != nil {
		return nil, fmt.Errorf("look up %s: %w", address, err)
	}
	if !r.Found() {
		return status("not_found"), nil
	}
	return o.geo(found), nil
}

func status(s string) map[string]any { return map[string]any{"status": s} }

// parseAddress takes the first of a list, without its port.
func parseAddress(text string) (netip.Addr, bool) {
	text, _, _ = strings.Cut(text, ",")
	text = strings.TrimSpace(text)
	if p, err := netip.ParseAddrPort(text); err == nil {
		return p.Addr().Unmap(), true
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return addr.Unmap(), err == nil
}

func private(a netip.Addr) bool {
	shared := netip.MustParsePrefix("100.64.0.0/10")
	return a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsPrivate() || a.IsMulticast() || a.IsUnspecified() || shared.Contains(a)
}

// geo is the geo object of what the database has.
func (o *Oracle) geo(found map[string]any) map[string]any {
	geo := status("ok")
	put := func(field string, value any) {
		if value != nil && value != "" {
			geo[field] = value
		}
	}
	country := at(found, "country", "iso_code")
	if lat := at(found, "location", "latitude"); lat != nil {
		put("location", map[string]any{"lat": lat, "lon": at(found, "location", "longitude")})
	}
	if list, _ := found["subdivisions"].([]any); len(list) > 0 {
		first, _ := list[0].(map[string]any)
		put("region_name", o.name(first))
		if code := at(first, "iso_code"); code != nil {
			put("region_iso_code", fmt.Sprintf("%v-%v", country, code))
		}
	}
	put("city_name", o.name(at(found, "city")))
	put("postal_code", at(found, "postal", "code"))
	put("country_name", o.name(at(found, "country")))
	put("country_iso_code", country)
	put("continent_code", at(found, "continent", "code"))
	put("timezone", at(found, "location", "time_zone"))
	return geo
}

// name is the name of a thing in the first locale that has one, or nil.
func (o *Oracle) name(thing any) any {
	m, _ := thing.(map[string]any)
	for _, l := range o.locales {
		if n := at(m, "names", l); n != nil {
			return n
		}
	}
	return nil
}

// at is what is at the path, or nil.
func at(m map[string]any, path ...string) any {
	for i, p := range path {
		if i == len(path)-1 {
			return m[p]
		}
		m, _ = m[p].(map[string]any)
	}
	return nil
}
