package geoip

import (
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"
)

// cacheBits is the number of slots of the cache, as a power of two.
const cacheBits = 17

// renderedRoom is enough for all objects but those with very long names.
const renderedRoom = 320

// CacheBytes is what a full cache takes: a pointer and a rendered object for
// each slot. While a new version is loaded there are two caches.
const CacheBytes = (8 + 8 + 24 + renderedRoom) << cacheBits

// version is one version of the database file with the objects rendered from
// it. It is never closed.
type version struct {
	reader  *maxminddb.Reader
	locales []string
	tree    *tree4
	bytes   int64
	only4   bool
	places  places
	scratch sync.Pool                                // of *city
	cache   [1 << cacheBits]atomic.Pointer[rendered] // pairs; first the one that was used last
}

// rendered is the object of one entry, in one allocation.
type rendered struct {
	offset uintptr // of the entry in the file
	json   []byte
	room   [renderedRoom]byte
}

// lookup6 is the object of an IPv6 address. Damaged entries count in unreadable.
func (v *version) lookup6(ip netip.Addr, unreadable *atomic.Int64) []byte {
	if v.only4 {
		return statusNotFound
	}
	result := v.reader.Lookup(ip)
	if !result.Found() {
		if result.Err() != nil {
			unreadable.Add(1)
		}
		return statusNotFound
	}
	return v.object(result.Offset(), unreadable)
}

// object is that of the entry at offset, from the cache if it is there.
func (v *version) object(offset uintptr, unreadable *atomic.Int64) []byte {
	slot := slotOf(uint64(offset), cacheBits) &^ 1
	first, second := &v.cache[slot], &v.cache[slot+1]
	last := first.Load()
	if last != nil && last.offset == offset {
		return last.json
	}
	r := second.Load()
	if r == nil || r.offset != offset {
		r = &rendered{offset: offset}
		if err := v.render(r, v.reader.LookupOffset(offset)); err != nil {
			unreadable.Add(1)
			return statusNotFound
		}
	}
	first.Store(r)
	second.Store(last)
	return r.json
}

// slotOf spreads offsets over 1<<bits slots.
func slotOf(offset uint64, bits uint) uint64 { return offset * 0x9E3779B97F4A7C15 >> (64 - bits) }

func (v *version) render(r *rendered, result maxminddb.Result) error {
	c := v.city()
	defer v.scratch.Put(c)
	if err := result.Decode(c); err != nil {
		return err
	}
	if r.json = statusNotFound; c.known() {
		r.json = c.append(r.room[:0])
	}
	return nil
}

// city is an empty one to decode into; it goes back to scratch.
func (v *version) city() *city {
	c, ok := v.scratch.Get().(*city)
	if !ok {
		c = new(city)
	}
	*c = city{locales: v.locales, places: &v.places}
	return c
}
