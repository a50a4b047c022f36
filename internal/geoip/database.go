package geoip

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
)

// Settings of a database.
type Settings struct {
	Path    string        // of the .mmdb file
	Locales []string      // of names, the preferred one first; at least one, as "en" or "pt-BR"
	Reload  time.Duration // how often Watch looks at the file; more than 0
}

// Database looks addresses up. Any number of goroutines may.
type Database struct {
	settings Settings
	log      *slog.Logger
	current  atomic.Pointer[version]

	reloads, refused, unreadable atomic.Int64

	loaded os.FileInfo // of the current version; Open's, then Watch's
}

// About is what a database says of itself.
type About struct {
	Type  string    // as "GeoLite2-City"
	Built time.Time // by its maker
	Bytes int64     // in memory
}

// Open reads the database and samples it. The error says what to fix: no such
// file, no database, or not one with cities in it.
func Open(s Settings, log *slog.Logger) (*Database, error) {
	if len(s.Locales) == 0 {
		return nil, errors.New("geoip: no locales: name at least one, as \"en\"")
	}
	if s.Reload <= 0 {
		return nil, errors.New("geoip: the reload interval must be more than 0")
	}
	d := &Database{settings: s, log: log}
	v, info, err := d.load(context.Background(), sample)
	if err != nil {
		return nil, err
	}
	d.current.Store(v)
	d.loaded = info
	return d, nil
}

// Lookup is LookupAll of one address.
func (d *Database) Lookup(address []byte) []byte {
	addresses, objects := [1][]byte{address}, [1][]byte{}
	d.LookupAll(addresses[:], objects[:])
	return objects[0]
}

// LookupAll puts the geo objects of addresses into objects, which has as many.
// Addresses are as they stand in a record: the text of a string, without quotes
// and escapes. They may carry a port, a zone or space around them, and of a
// comma-separated list the first counts. An empty text is missing. An object is
// one line of JSON, never nil; it is shared, so nobody may change it. What is in
// the cache allocates nothing. A dozen addresses or more cost least.
func (d *Database) LookupAll(addresses, objects [][]byte) {
	v := d.current.Load()
	var g group
	for i, address := range addresses {
		ip, object := locatable(address)
		switch {
		case object != nil:
			objects[i] = object
		case ip.Is4():
			g.add(ip, i)
		default:
			objects[i] = v.lookup6(ip, &d.unreadable)
		}
		if g.full() {
			v.lookup4(&g, objects, &d.unreadable)
		}
	}
	v.lookup4(&g, objects, &d.unreadable)
}

// locatable is the address in a text, or the object of one that is not to be located.
func locatable(address []byte) (ip netip.Addr, object []byte) {
	ip, kind := parse(address)
	switch {
	case kind == textMissing:
		return ip, statusMissing
	case kind == textInvalid:
		return ip, statusInvalid
	case private(ip):
		return ip, statusPrivate
	}
	return ip, nil
}

// About says which database is in use.
func (d *Database) About() About {
	v := d.current.Load()
	return About{
		Type:  v.reader.Metadata.DatabaseType,
		Built: v.reader.Metadata.BuildTime().UTC(),
		Bytes: v.bytes,
	}
}

// Reloads is how often a new version has taken the place of an old one.
func (d *Database) Reloads() int64 { return d.reloads.Load() }

// Refused is how many versions of the file were refused.
func (d *Database) Refused() int64 { return d.refused.Load() }

// Unreadable is how many lookups met a damaged entry; they answer not_found.
func (d *Database) Unreadable() int64 { return d.unreadable.Load() }
