package geoip

import (
	"encoding/binary"

	"github.com/oschwald/maxminddb-golang/v2"
)

// The first bits of an IPv4 address that tree4 looks up at once, and the zero
// bits before it in a database of IPv6.
const (
	firstBits  = 16
	mappedBits = 96
)

// tree4 finds the entries of IPv4 addresses in the search tree of a database, as
// the library does, but 16 bits down at once, and several addresses together: see
// docs/decisions/0012. It never changes.
type tree4 struct {
	nodes []byte   // two records each
	count uint32   // of nodes; a record below it is a node, at it nothing, above it an entry
	bits  uint     // of a record: 24, 28 or 32
	first []uint32 // the records that the first bits of an address lead to
}

// newTree4 reads the tree of the database in data, which reader has found sound
// in its size. A database of IPv6 without IPv4 addresses has none of them in it.
func newTree4(reader *maxminddb.Reader, data []byte) *tree4 {
	m := &reader.Metadata
	t := &tree4{nodes: data, count: uint32(m.NodeCount), bits: m.RecordSize, first: make([]uint32, 1<<firstBits)} //nolint:gosec // a record of at most 32 bits
	root := uint32(0)
	for i := 0; m.IPVersion == 6 && i < mappedBits && root < t.count; i++ {
		root = t.record(root, 0)
	}
	for i := range t.first {
		t.first[i] = root
		t.walk([]uint32{uint32(i) << (32 - firstBits)}, t.first[i:i+1], 0, firstBits) //nolint:gosec // of 16 bits
	}
	return t
}

// find has records be what addresses lead to. All are followed a bit at a time,
// so that the waits for memory, which are most of the work, overlap.
func (t *tree4) find(addresses, records []uint32) {
	for i, address := range addresses {
		records[i] = t.first[address>>(32-firstBits)]
	}
	t.walk(addresses, records, firstBits, 32)
}

// walk follows the bits from..to of paths, the highest being 0, or fewer where the
// tree ends before.
func (t *tree4) walk(paths, records []uint32, from, to int) {
	for inside := true; inside && from < to; from++ {
		inside = false
		for i, record := range records {
			if record < t.count {
				records[i] = t.record(record, paths[i]>>(31-from)&1)
				inside = true
			}
		}
	}
}

// separator lies between the tree and the entries, in bytes.
const separator = 16

// entry is the offset among the entries that a record points to; ok is false where
// it points to none. sound is false where the tree is damaged.
func (t *tree4) entry(record uint32) (offset uintptr, ok, sound bool) {
	switch {
	case record == t.count:
		return 0, false, true
	case record < t.count || record-t.count < separator:
		return 0, false, false
	}
	return uintptr(record - t.count - separator), true, true
}

// record is the left (0) or the right (1) record of a node.
func (t *tree4) record(node, side uint32) uint32 {
	switch t.bits {
	case 24:
		b := t.nodes[node*6+side*3:]
		return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
	case 28: // the middle byte has the highest four bits of both
		word := binary.BigEndian.Uint32(t.nodes[uint(node)*7+uint(side)*3:])
		left := 1 - side
		return word>>(left*8)&0x00ffffff | word<<(left*20)&0x0f000000
	default:
		return binary.BigEndian.Uint32(t.nodes[uint(node)*8+uint(side)*4:])
	}
}
