package geoip

import (
	"slices"

	"github.com/oschwald/maxminddb-golang/v2/mmdbdata"
)

// city is what the geo object needs of an entry. Its texts are parts of the file.
// Decoding is lenient: a value of another kind than MaxMind's is as good as none.
type city struct {
	locales []string
	places  *places

	name, region, country                          []byte
	regionISO, countryISO, continent, postal, zone []byte
	lat, lon                                       coordinate
}

type coordinate struct {
	degrees float64
	known   bool
}

// UnmarshalMaxMindDBCursor implements [mmdbdata.CursorUnmarshaler].
func (c *city) UnmarshalMaxMindDBCursor(entry mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	return eachField(entry, func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		switch string(key) {
		case "city":
			return c.place(value, placeFields{&c.name, nil, ""})
		case "country":
			return c.shared(value, placeFields{&c.country, &c.countryISO, "iso_code"})
		case "continent":
			return c.shared(value, placeFields{nil, &c.continent, "code"})
		case "postal":
			return c.place(value, placeFields{nil, &c.postal, "code"})
		case "subdivisions":
			return c.firstSubdivision(value)
		case "location":
			return c.location(value)
		}
		return value.Skip()
	})
}

func (c *city) firstSubdivision(list mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	if kind, err := list.Kind(); err != nil || kind != mmdbdata.KindSlice {
		return list.Skip()
	}
	s, err := list.Slice()
	if err != nil {
		return mmdbdata.Cursor{}, err
	}
	var next mmdbdata.Cursor
	for {
		i, value, ok := s.Next(next)
		if !ok {
			return s.End()
		}
		if i == 0 {
			next, err = c.shared(value, placeFields{&c.region, &c.regionISO, "iso_code"})
		} else {
			next, err = value.Skip()
		}
		if err != nil {
			return mmdbdata.Cursor{}, err
		}
	}
}

func (c *city) location(value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	return eachField(value, func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		switch string(key) {
		case "latitude":
			return c.lat.read(value, 90)
		case "longitude":
			return c.lon.read(value, 180)
		case "time_zone":
			return text(value, &c.zone)
		}
		return value.Skip()
	})
}

// read takes what lies between -limit and limit.
func (d *coordinate) read(value mmdbdata.Cursor, limit float64) (mmdbdata.Cursor, error) {
	kind, err := value.Kind()
	if err != nil || kind != mmdbdata.KindFloat64 && kind != mmdbdata.KindFloat32 {
		return value.Skip()
	}
	degrees, next, err := value.ReadFloat()
	if -limit <= degrees && degrees <= limit { // not NaN
		d.degrees, d.known = degrees, err == nil
	}
	return next, err
}

// placeFields is what is read of a place: its name in the first locale that has
// one, and its code, of the field codeKey. nil: neither.
type placeFields struct {
	name, code *[]byte
	codeKey    string
}

func (c *city) place(value mmdbdata.Cursor, to placeFields) (mmdbdata.Cursor, error) {
	return eachField(value, func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		switch {
		case to.name != nil && string(key) == "names":
			return c.localName(value, to.name)
		case to.code != nil && string(key) == to.codeKey:
			return text(value, to.code)
		}
		return value.Skip()
	})
}

func (c *city) localName(names mmdbdata.Cursor, name *[]byte) (mmdbdata.Cursor, error) {
	best := len(c.locales)
	return eachField(names, func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		rank := slices.IndexFunc(c.locales[:best], func(l string) bool { return l == string(key) })
		if rank < 0 {
			return value.Skip()
		}
		var found []byte
		next, err := text(value, &found)
		if len(found) > 0 {
			best, *name = rank, found
		}
		return next, err
	})
}

// text reads a string as if it were a key, which is not copied.
func text(value mmdbdata.Cursor, to *[]byte) (next mmdbdata.Cursor, err error) {
	if found, _, err := value.ReadMapKey(); err == nil {
		*to = found
	}
	return value.Skip()
}

// eachField calls read for the fields of a map. What is no map has none.
func eachField(
	value mmdbdata.Cursor, read func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error),
) (mmdbdata.Cursor, error) {
	if kind, err := value.Kind(); err != nil || kind != mmdbdata.KindMap {
		return value.Skip()
	}
	m, err := value.Map()
	if err != nil {
		return mmdbdata.Cursor{}, err
	}
	var next mmdbdata.Cursor
	for {
		key, field, ok := m.Next(next)
		if !ok {
			return m.End()
		}
		if next, err = read(key, field); err != nil {
			return mmdbdata.Cursor{}, err
		}
	}
}
