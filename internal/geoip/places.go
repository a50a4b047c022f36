package geoip

import (
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2/mmdbdata"
)

// placeBits is the number of slots of places, as a power of two: more than there
// are countries and regions in the entries that matter.
const placeBits = 12

// places are countries, regions and continents by where they are in the file.
// Entries share them, and each has its names in eight languages, which are not
// read again.
type places [1 << placeBits]atomic.Pointer[place]

type place struct {
	offset     uint   // of its map in the file
	codeKey    string // that it was read for
	name, code []byte
}

// shared reads what place does, unless it has been read before.
func (c *city) shared(value mmdbdata.Cursor, to placeFields) (mmdbdata.Cursor, error) {
	offset, err := value.Offset()
	if err != nil {
		return value.Skip()
	}
	slot := &c.places[slotOf(uint64(offset), placeBits)]
	p := slot.Load()
	if p == nil || p.offset != offset || p.codeKey != to.codeKey {
		p = &place{offset: offset, codeKey: to.codeKey}
		read := placeFields{nil, &p.code, to.codeKey}
		if to.name != nil {
			read.name = &p.name
		}
		if next, err := c.place(value, read); err != nil {
			return next, err
		}
		slot.Store(p)
	}
	*to.code = p.code
	if to.name != nil {
		*to.name = p.name
	}
	return value.Skip()
}
