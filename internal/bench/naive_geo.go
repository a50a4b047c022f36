package main

import (
	"net/netip"
)

// geo is the geo object of a document.
type geo struct {
	Location       *geoPoint `json:"location,omitempty"`
	CityName       string    `json:"city_name,omitempty"`
	RegionName     string    `json:"region_name,omitempty"`
	RegionISOCode  string    `json:"region_iso_code,omitempty"`
	PostalCode     string    `json:"postal_code,omitempty"`
	CountryName    string    `json:"country_name,omitempty"`
	CountryISOCode string    `json:"country_iso_code,omitempty"`
	ContinentCode  string    `json:"continent_code,omitempty"`
	Timezone       string    `json:"timezone,omitempty"`
	Status         string    `json:"status"`
}

type geoPoint struct {
	Lat *float64 `json:"lat"`
	Lon *float64 `json:"lon"`
}

// city is what the database says of an address.
type city struct {
	City      place `maxminddb:"city"`
	Country   place `maxminddb:"country"`
	Continent struct {
		Code string `maxminddb:"code"`
	} `maxminddb:"continent"`
	Postal struct {
		Code string `maxminddb:"code"`
	} `maxminddb:"postal"`
	Subdivisions []place `maxminddb:"subdivisions"`
	Location     struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
		TimeZone  string   `maxminddb:"time_zone"`
	} `maxminddb:"location"`
}

type place struct {
	Names   map[string]string `maxminddb:"names"`
	ISOCode string            `maxminddb:"iso_code"`
}

var carrierGrade = netip.MustParsePrefix("100.64.0.0/10")

// locate looks the text of an address up.
func (h *naive) locate(text string) (g geo, err error) {
	if text == "" {
		return geo{Status: "missing"}, nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return geo{Status: "invalid"}, nil //nolint:nilerr // no address, no error
		}
		address = withPort.Addr()
	}
	if address.IsPrivate() || address.IsLoopback() || address.IsLinkLocalUnicast() || carrierGrade.Contains(address) {
		return geo{Status: "private"}, nil
	}
	result := h.database.Lookup(address)
	if !result.Found() {
		return geo{Status: "not_found"}, result.Err()
	}
	var c city
	if err := result.Decode(&c); err != nil {
		return g, err
	}
	return c.geo(), nil
}

func (c *city) geo() geo {
	g := geo{
		CityName: c.City.Names["en"], PostalCode: c.Postal.Code, CountryName: c.Country.Names["en"], CountryISOCode: c.Country.ISOCode,
		ContinentCode: c.Continent.Code, Timezone: c.Location.TimeZone, Status: "ok",
	}
	if c.Location.Latitude != nil && c.Location.Longitude != nil {
		g.Location = &geoPoint{c.Location.Latitude, c.Location.Longitude}
	}
	if len(c.Subdivisions) > 0 {
		region := c.Subdivisions[0]
		g.RegionName = region.Names["en"]
		if region.ISOCode != "" && c.Country.ISOCode != "" {
			g.RegionISOCode = c.Country.ISOCode + "-" + region.ISOCode
		}
	}
	if g == (geo{Status: "ok"}) { // all that the entry has is not shown
		g.Status = "not_found"
	}
	return g
}
