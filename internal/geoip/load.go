package geoip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
)

const needed = "a City database is needed, as GeoLite2-City.mmdb or GeoIP2-City.mmdb of MaxMind"

// errChanging says that the file was written to while it was read.
var errChanging = errors.New("the file is being written: replace it by rename")

// survey is what was seen in some or all entries of a database.
type survey struct{ entries, known, located int }

// load reads the file and has it surveyed. The info is that of the file as far
// as it could be read, nil if it could not be opened.
func (d *Database) load(
	ctx context.Context, look func(context.Context, *version) (survey, error),
) (*version, os.FileInfo, error) {
	path := d.settings.Path
	data, info, err := read(path)
	if err != nil {
		return nil, info, fmt.Errorf("read the geoip database %s: %w", path, err)
	}
	reader, err := maxminddb.OpenBytes(data)
	if err != nil {
		return nil, info, fmt.Errorf("open the geoip database %s: %w: %s", path, err, needed)
	}
	v := &version{
		reader: reader, locales: d.settings.Locales, bytes: int64(len(data)),
		only4: reader.Metadata.IPVersion == 4,
	}
	seen, err := look(ctx, v)
	if err != nil {
		return nil, info, fmt.Errorf("check the geoip database %s: it is damaged, fetch it again: %w", path, err)
	}
	if err := v.suits(seen); err != nil {
		return nil, info, fmt.Errorf("check the geoip database %s: %w", path, err)
	}
	v.tree = newTree4(reader, data)
	return v, info, nil
}

// read reads a file that nobody writes to meanwhile.
func read(path string) (data []byte, info os.FileInfo, err error) {
	if info, err = os.Stat(path); err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, info, errors.New("no regular file: name the .mmdb file itself")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, info, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	data = make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, info, err
	}
	if after, err := f.Stat(); err != nil || !same(info, after) { // a file that got shorter included
		return nil, info, errChanging
	}
	return data, info, nil
}

// suits says whether the entries are those of a City database.
func (v *version) suits(s survey) error {
	kind := v.reader.Metadata.DatabaseType
	lower := strings.ToLower(kind)
	named := strings.Contains(lower, "city") || strings.Contains(lower, "enterprise")
	switch {
	case s.located > 0, named && (s.known > 0 || s.entries == 0):
		return nil
	case named:
		return fmt.Errorf("its type is %q, but its entries are not laid out as MaxMind's are: %s", kind, needed)
	default:
		return fmt.Errorf("its type is %q: %s", kind, needed)
	}
}

// sample looks at a few thousand entries, in about 10 ms.
func sample(ctx context.Context, v *version) (survey, error) {
	s, err := v.walk(ctx, 1<<13)
	for i := range 1024 {
		if err != nil {
			break
		}
		err = v.look(&s, v.reader.Lookup(netip.AddrFrom4([4]byte{byte(i), byte(i >> 2), 1, 1})))
	}
	return s, err
}

// everything looks at all entries, so that every lookup will succeed: 2 to 4 s for
// GeoLite2-City. It stops after more networks than any real database has, because
// a damaged tree may have no end.
func everything(ctx context.Context, v *version) (survey, error) {
	return v.walk(ctx, 1<<26)
}

// walk looks at the entries of the first networks. Those without one and those
// seen already (aliases) count too: a damaged tree may consist of nothing else.
func (v *version) walk(ctx context.Context, networks int) (s survey, err error) {
	seen, n := make(map[uintptr]struct{}), 0
	for result := range v.reader.Networks(maxminddb.IncludeNetworksWithoutData(), maxminddb.IncludeAliasedNetworks()) {
		if n++; n > networks {
			break
		}
		if n%4096 == 0 && ctx.Err() != nil {
			return s, ctx.Err()
		}
		if _, ok := seen[result.Offset()]; ok && result.Err() == nil {
			continue
		}
		seen[result.Offset()] = struct{}{}
		if err := v.look(&s, result); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (v *version) look(s *survey, result maxminddb.Result) error {
	if !result.Found() {
		return result.Err()
	}
	c := v.city()
	defer v.scratch.Put(c)
	if err := result.Decode(c); err != nil {
		return err
	}
	s.entries++
	if c.known() {
		s.known++
	}
	if c.located() {
		s.located++
	}
	return nil
}
