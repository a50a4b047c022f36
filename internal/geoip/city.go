package geoip

import (
	"slices"

	"github.com/oschwald/maxminddb-golang/v2/mmdbdata"
)

// city is what the geo object needs of an entry. Decoding is lenient: a value of
// another kind than MaxMind's is as good as none.
type city struct {
	locales []string

	name, region, country                          string
	regionISO, countryISO, continent, postal, zone string
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
			return c.place(value, &c.name, nil)
		case "country":
			return c.place(value, &c.country, &c.countryISO)
		case "continent":
			return code(value, &c.continent)
		case "postal":
			return code(value, &c.postal)
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
			next, err = c.place(value, &c.region, &c.regionISO)
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

// place reads the name in the first locale that has one and, where iso is not
// nil, the code.
func (c *city) place(value mmdbdata.Cursor, name, iso *string) (mmdbdata.Cursor, error) {
	return eachField(value, func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		switch {
		case string(key) == "names":
			return c.localName(value, name)
		case iso != nil && string(key) == "iso_code":
			return text(value, iso)
		}
		return value.Skip()
	})
}

func (c *city) localName(names mmdbdata.Cursor, name *string) (mmdbdata.Cursor, error) {
	best := len(c.locales)
	return eachField(names, func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		rank := slices.IndexFunc(c.locales[:best], func(l string) bool { return l == string(key) })
		if rank < 0 {
			return value.Skip()
		}
		found := ""
		next, err := text(value, &found)
		if found != "" {
			best, *name = rank, found
		}
		return next, err
	})
}

// code reads the field "code" of a map.
func code(value mmdbdata.Cursor, to *string) (mmdbdata.Cursor, error) {
	return eachField(value, func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		if string(key) == "code" {
			return text(value, to)
		}
		return value.Skip()
	})
}

func text(value mmdbdata.Cursor, to *string) (next mmdbdata.Cursor, err error) {
	if kind, err := value.Kind(); err != nil || kind != mmdbdata.KindString {
		return value.Skip()
	}
	*to, next, err = value.ReadString()
	return next, err
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
