package geoip

import (
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"
)

// cacheBits is the number of slots of the cache, as a power of two.
const cacheBits = 16

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
	bytes   int64
	only4   bool
	scratch sync.Pool // of *city
	cache   [1 << cacheBits]atomic.Pointer[rendered]
}

// rendered is the object of one entry, in one allocation.
type rendered struct {
	offset uintptr // of the entry in the file
	json   []byte
	room   [renderedRoom]byte
}

// lookup counts damaged entries in unreadable.
func (v *version) lookup(ip netip.Addr, unreadable *atomic.Int64) []byte {
	if v.only4 && ip.Is6() {
		return statusNotFound
	}
	result := v.reader.Lookup(ip)
	if !result.Found() {
		if result.Err() != nil {
			unreadable.Add(1)
		}
		return statusNotFound
	}
	offset := result.Offset()
	slot := &v.cache[uint64(offset)*0x9E3779B97F4A7C15>>(64-cacheBits)]
	if r := slot.Load(); r != nil && r.offset == offset {
		return r.json
	}
	r := &rendered{offset: offset}
	if err := v.render(r, result); err != nil {
		unreadable.Add(1)
		return statusNotFound
	}
	slot.Store(r)
	return r.json
}

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
	*c = city{locales: v.locales}
	return c
}
