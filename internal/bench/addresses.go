package main

import (
	"fmt"
	"math/rand/v2"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
)

// The hosts that --addresses zipf draws from, and how much more often it draws the
// first of them: as s of math/rand/v2.NewZipf.
const (
	zipfHosts = 1 << 18
	zipfSkew  = 1.1
)

// addresses draws the addresses of tweets. The same seed draws the same.
type addresses struct {
	database *maxminddb.Reader
	random   *rand.Rand
	hosts    []netip.Addr // zipf: the most frequent first; uniform: none
	zipf     *rand.Zipf
}

// newAddresses opens the database, which close closes. hosts is how many there are
// for zipf.
func newAddresses(kind, database string, hosts int) (*addresses, error) {
	reader, err := maxminddb.Open(database)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", database, err)
	}
	a := &addresses{database: reader, random: rand.New(rand.NewPCG(1, 2))} //nolint:gosec // the same in each run, no secret
	if kind == addressesZipf {
		a.hosts = make([]netip.Addr, hosts)
		for i := range a.hosts {
			a.hosts[i] = a.uniform()
		}
		a.zipf = rand.NewZipf(a.random, zipfSkew, 1, uint64(len(a.hosts)-1))
	}
	return a, nil
}

func (a *addresses) close() error { return a.database.Close() }

func (a *addresses) draw() netip.Addr {
	if a.zipf != nil {
		return a.hosts[a.zipf.Uint64()]
	}
	return a.uniform()
}

// uniform is any of the IPv4 addresses that the database knows.
func (a *addresses) uniform() netip.Addr {
	for {
		n := a.random.Uint32()
		address := netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		if a.database.Lookup(address).Found() {
			return address
		}
	}
}
