package geoip

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// The objects of addresses that cannot be located. Shared; never changed.
var (
	statusNotFound = []byte(`{"status":"not_found"}`)
	statusPrivate  = []byte(`{"status":"private"}`)
	statusInvalid  = []byte(`{"status":"invalid"}`)
	statusMissing  = []byte(`{"status":"missing"}`)
)

// known says whether the entry holds anything that the object would show.
func (c *city) known() bool {
	return c.located() ||
		len(c.name)+len(c.region)+len(c.country)+len(c.countryISO)+len(c.continent)+len(c.postal)+len(c.zone) > 0
}

// located says whether there are coordinates: both of them.
func (c *city) located() bool { return c.lat.known && c.lon.known }

// append renders the geo object.
func (c *city) append(b []byte) []byte {
	b = append(b, '{')
	if c.located() {
		b = append(b, `"location":{"lat":`...)
		b = strconv.AppendFloat(b, c.lat.degrees, 'f', -1, 64)
		b = append(b, `,"lon":`...)
		b = strconv.AppendFloat(b, c.lon.degrees, 'f', -1, 64)
		b = append(b, `},`...)
	}
	b = appendMember(b, "city_name", c.name)
	b = appendMember(b, "region_name", c.region)
	if len(c.countryISO) > 0 && len(c.regionISO) > 0 {
		b = appendMember(b, "region_iso_code", c.countryISO, []byte("-"), c.regionISO)
	}
	b = appendMember(b, "postal_code", c.postal)
	b = appendMember(b, "country_name", c.country)
	b = appendMember(b, "country_iso_code", c.countryISO)
	b = appendMember(b, "continent_code", c.continent)
	b = appendMember(b, "timezone", c.zone)
	return append(b, `"status":"ok"}`...)
}

// appendMember appends a text in parts, nothing where all are empty.
func appendMember(b []byte, name string, parts ...[]byte) []byte {
	b = append(b, '"')
	b = append(b, name...)
	b = append(b, `":"`...)
	from := len(b)
	for _, part := range parts {
		b = append(b, part...)
	}
	switch text := b[from:]; {
	case len(text) == 0:
		return b[:from-len(name)-len(`"":"`)]
	case !plain(text):
		quoted, _ := json.Marshal(string(text)) // a string: cannot fail
		b = append(b[:from-1], quoted...)
	default:
		b = append(b, '"')
	}
	return append(b, ',')
}

// plain says whether a text can stand in JSON as it is.
func plain(text []byte) bool {
	for i := range text {
		if text[i] < ' ' || text[i] == '"' || text[i] == '\\' {
			return false
		}
	}
	return utf8.Valid(text)
}
