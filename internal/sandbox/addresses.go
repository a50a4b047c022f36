package sandbox

import (
	"net/netip"
	"strconv"
)

const (
	hostsV4 = 32768
	hostsV6 = 1024
	others  = 64
)

// addresses are the pools that the addresses of tweets are drawn from.
type addresses struct {
	v4, v6, private, absent []string
}

func newAddresses(seed uint64) addresses {
	d := newDice(seed, streamHosts, 0)
	a := addresses{v4: make([]string, hostsV4), v6: make([]string, hostsV6), private: make([]string, others), absent: make([]string, others)}
	for i := range a.v4 {
		a.v4[i] = host(network(d.below(networksV4)), &d)
	}
	for i := range a.v6 {
		a.v6[i] = host(network(networksV4+d.below(networksV6)), &d)
	}
	private := [...]string{"10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "fd00::/16", "fe80::/64"}
	for i := range a.private {
		a.private[i] = host(netip.MustParsePrefix(private[i%len(private)]), &d)
	}
	absent := [...]string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "214.0.0.0/8", "2001:db8::/32"}
	for i := range a.absent {
		a.absent[i] = host(netip.MustParsePrefix(absent[i%len(absent)]), &d)
	}
	return a
}

// draw is the address of a tweet: of 1000, 930 are IPv4 addresses that the
// generated database knows, 5 of these with a port; 30 are such IPv6 addresses;
// 25 are private, 12 unknown, and 3 are empty. A few hosts are most of them.
func (a *addresses) draw(d *dice) string {
	n := d.below(1000)
	switch {
	case n < 5:
		return a.v4[d.skewed(len(a.v4))] + ":" + strconv.Itoa(1024+d.below(60000))
	case n < 930:
		return a.v4[d.skewed(len(a.v4))]
	case n < 960:
		return a.v6[d.skewed(len(a.v6))]
	case n < 985:
		return a.private[d.below(len(a.private))]
	case n < 997:
		return a.absent[d.below(len(a.absent))]
	default:
		return ""
	}
}

// host is the text of an address of the network.
func host(p netip.Prefix, d *dice) string {
	b := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(b)*8; bit++ {
		if d.next()&1 == 1 {
			b[bit/8] |= 0x80 >> (bit % 8)
		}
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr.String()
}
