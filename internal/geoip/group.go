package geoip

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"
)

// groupSize is how many IPv4 addresses are looked up at a time. Of 8, 16 and 32
// none was better than the others.
const groupSize = 16

// group is IPv4 addresses that are looked up together, and which these are of all.
type group struct {
	n         int
	addresses [groupSize]uint32
	places    [groupSize]int
}

func (g *group) add(ip netip.Addr, place int) {
	b := ip.As4()
	g.addresses[g.n], g.places[g.n] = binary.BigEndian.Uint32(b[:]), place
	g.n++
}

func (g *group) full() bool { return g.n == groupSize }

// lookup4 puts the objects of a group into their places among objects, and empties
// it. Damaged entries count in unreadable.
func (v *version) lookup4(g *group, objects [][]byte, unreadable *atomic.Int64) {
	var records [groupSize]uint32
	v.tree.find(g.addresses[:g.n], records[:g.n])
	for i, record := range records[:g.n] {
		offset, ok, sound := v.tree.entry(record)
		if !sound {
			unreadable.Add(1)
		}
		object := statusNotFound
		if ok {
			object = v.object(offset, unreadable)
		}
		objects[g.places[i]] = object
	}
	g.n = 0
}
