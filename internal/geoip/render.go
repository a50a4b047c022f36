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
	return c.located() || c.name != "" || c.region != "" || c.country != "" ||
		c.countryISO != "" || c.continent != "" || c.postal != "" || c.zone != ""
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
	if c.countryISO != "" && c.regionISO != "" {
		b = appendMember(b, "region_iso_code", c.countryISO+"-"+c.regionISO)
	}
	b = appendMember(b, "postal_code", c.postal)
	b = appendMember(b, "country_name", c.country)
	b = appendMember(b, "country_iso_code", c.countryISO)
	b = appendMember(b, "continent_code", c.continent)
	b = appendMember(b, "timezone", c.zone)
	return append(b, `"status":"ok"}`...)
}

// appendMember appends nothing for an empty value.
func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, '"')
	b = append(b, name...)
	b = append(b, `":`...)
	if plain(value) {
		b = append(b, '"')
		b = append(b, value...)
		b = append(b, '"')
	} else {
		quoted, _ := json.Marshal(value) // a string: cannot fail
		b = append(b, quoted...)
	}
	return append(b, ',')
}

// plain says whether a text can stand in JSON as it is.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] == '"' || text[i] == '\\' {
			return false
		}
	}
	return utf8.ValidString(text)
}
