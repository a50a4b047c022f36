package sandbox

import "net/netip"

// How many networks the generated database has.
const (
	networksV4 = 12000
	networksV6 = 2000
	networks   = networksV4 + networksV6
)

// network is network i of the generated database. No two overlap, and none is
// reserved: they are places of the public Internet, so that a real database
// knows most of them too.
func network(i int) netip.Prefix {
	if i >= networksV4 {
		return networkV6(i - networksV4)
	}
	const firsts = 200
	first := firstOctet(i % firsts)
	second := byte(i/firsts*37 + 11) // 37 is odd: all are different
	bits := [...]int{24, 24, 22, 20, 18, 16}[i%7%6]
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{first, second, 0, 0}), bits)
}

// firstOctet is public octet n, from the first to the last of those in which
// no part is reserved.
func firstOctet(n int) byte {
	octet := n + 1
	for _, reserved := range [...]int{10, 100, 127, 169, 172, 192, 198, 203} {
		if octet >= reserved {
			octet++
		}
	}
	return byte(octet)
}

func networkV6(i int) netip.Prefix {
	block := [...]uint16{0x2400, 0x2600, 0x2a00, 0x2a02}[i%4]
	next := uint16(i/4*23 + 0x0101)
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{byte(block >> 8), byte(block), byte(next >> 8), byte(next)}), 32+i%3*8)
}
