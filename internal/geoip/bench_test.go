package geoip_test

import (
	"net/netip"
	"strconv"
	"testing"

	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// network is the n-th of the benchmarks' database, none of them private.
func network(n int) [4]byte { return [4]byte{20 + byte(n>>16), byte(n >> 8), byte(n), 1} }

// BenchmarkLookup looks addresses up that are in the cache, or that are not: with
// more than twice as many entries as slots, taken in turn, nine in ten miss.
func BenchmarkLookup(b *testing.B) {
	for _, c := range []struct {
		name    string
		entries int
	}{{"hit", 1000}, {"miss", 150_000}} {
		b.Run(c.name, func(b *testing.B) {
			entries := make(map[string]mmdbtype.DataType, c.entries)
			addresses := make([][]byte, c.entries)
			for i := range c.entries {
				ip := netip.AddrFrom4(network(i))
				e := london()
				e["postal"] = entry{"code": mmdbtype.String(strconv.Itoa(i))}
				entries[ip.String()+"/24"] = e
				addresses[i] = []byte(ip.String())
			}
			d := open(b, city(b, entries))
			for _, a := range addresses {
				d.Lookup(a)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				d.Lookup(addresses[i])
				if i++; i == len(addresses) {
					i = 0
				}
			}
		})
	}
}
