package sandbox

import (
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

const buildEpoch = 1760000000 // fixed: equal editions are equal files

// WriteDatabase writes a GeoIP city database of some 14,000 networks to path,
// in the nested schema of GeoLite2-City, with names in English and German. A
// file that is there is replaced by a rename, so that who reads it meanwhile
// reads the old one to the end.
func WriteDatabase(path string) error { return WriteEdition(path, 0) }

// WriteEdition writes an edition of the database: the networks are those of
// WriteDatabase, which is edition 0, but each is in another place.
func WriteEdition(path string, edition int) error {
	if err := replaceFile(path, func(w io.Writer) error { return writeTree(w, edition) }); err != nil {
		return fmt.Errorf("write GeoIP database %s: %w", path, err)
	}
	return nil
}

func writeTree(w io.Writer, edition int) error {
	tree, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType: "actorpipe-Sandbox-City",
		Description:  map[string]string{"en": "made up by actorpipe: no real places of real networks"},
		Languages:    []string{"en", "de"},
		BuildEpoch:   buildEpoch,
		RecordSize:   24,
	})
	if err != nil {
		return err
	}
	for i := range networks {
		p := network(i)
		bits := p.Addr().BitLen()
		ipNet := &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), bits)}
		if err := tree.Insert(ipNet, networkData(i, edition)); err != nil {
			return fmt.Errorf("insert %s: %w", p, err)
		}
	}
	_, err = tree.WriteTo(w)
	return err
}

// replaceFile writes a file beside path and renames it.
func replaceFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone after the rename
	if err := write(f); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// networkData is what the database says of network i. Of 20 networks, 2 lack all but
// the country, one of these with coordinates; others lack the postal code, the
// regions, or the English name of the city.
func networkData(i, edition int) mmdbtype.Map {
	d := newDice(0, streamNetworks, i)
	p := &places[(d.below(len(places))+edition)%len(places)]
	c := countries[p.country]
	m := mmdbtype.Map{
		"continent":          mmdbtype.Map{"code": mmdbtype.String(c.continent), "names": names(continents[c.continent][0], continents[c.continent][1])},
		"country":            mmdbtype.Map{"iso_code": mmdbtype.String(p.country), "names": names(c.en, c.de)},
		"registered_country": mmdbtype.Map{"iso_code": mmdbtype.String(p.country), "names": names(c.en, c.de)},
	}
	kind := i % 20
	if kind == 0 {
		return m
	}
	m["location"] = location(p, &d)
	if kind == 1 {
		return m
	}
	m["city"] = mmdbtype.Map{"names": names(p.city, p.cityDE)}
	if kind == 2 {
		m["city"] = mmdbtype.Map{"names": mmdbtype.Map{"de": mmdbtype.String(p.city)}}
	}
	if p.postal != "" && kind != 3 {
		m["postal"] = mmdbtype.Map{"code": mmdbtype.String(p.postal)}
	}
	if len(p.regions) > 0 && kind != 4 {
		m["subdivisions"] = regions(p.regions)
	}
	return m
}

func names(en, de string) mmdbtype.Map {
	if de == "" {
		de = en
	}
	return mmdbtype.Map{"en": mmdbtype.String(en), "de": mmdbtype.String(de)}
}

func regions(list []region) mmdbtype.Slice {
	s := make(mmdbtype.Slice, len(list))
	for i, r := range list {
		s[i] = mmdbtype.Map{"iso_code": mmdbtype.String(r.code), "names": names(r.en, r.de)}
	}
	return s
}

// location is within a kilometre of the place or two, so that networks of one
// place are different.
func location(p *place, d *dice) mmdbtype.Map {
	near := func(degrees float64) mmdbtype.Float64 {
		return mmdbtype.Float64(math.Round((degrees+(d.fraction()-0.5)/25)*1e4) / 1e4)
	}
	return mmdbtype.Map{
		"latitude": near(p.latitude), "longitude": near(p.longitude),
		"accuracy_radius": mmdbtype.Uint16(5 + d.below(100)), "time_zone": mmdbtype.String(p.timezone),
	}
}
