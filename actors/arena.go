package actors

import "sync"

// A room is memory for the bytes of many records. There is one size, so that a
// room that comes free suits whoever comes next.
const (
	roomBytes  = 32 << 10
	nearlyRoom = roomBytes / 8 * 7 // who needs so much takes a room
	ownBytes   = roomBytes / 4     // what is larger has memory of its own, or the end of a room would be wasted
)

type room [roomBytes]byte

// arena is memory for the bytes of one batch. It grows by rooms, and at its end by
// a piece of the size that is needed; what is there stays where it is.
type arena struct {
	rooms *sync.Pool // of *room
	taken []*room
	first [batchBytes / roomBytes]*room // where most batches have taken
	open  []byte                        // the piece that is not full yet
}

// take is empty memory for so many bytes. coming is about how many are to be taken
// in all, these included.
func (a *arena) take(bytes, coming int) []byte {
	if bytes > ownBytes {
		return make([]byte, 0, bytes)
	}
	if cap(a.open)-len(a.open) < bytes {
		a.grow(max(bytes, coming))
	}
	n := len(a.open)
	a.open = a.open[:n+bytes]
	return a.open[n:n:len(a.open)]
}

func (a *arena) grow(bytes int) {
	if bytes < nearlyRoom {
		a.open = make([]byte, 0, bytes)
		return
	}
	r, ok := a.rooms.Get().(*room)
	if !ok {
		r = new(room)
	}
	if a.taken == nil {
		a.taken = a.first[:0]
	}
	a.taken = append(a.taken, r)
	a.open = r[:0]
}

// free gives the rooms back: nobody reads any more what was taken.
func (a *arena) free() {
	for _, r := range a.taken {
		a.rooms.Put(r)
	}
	clear(a.taken)
	a.taken, a.open = nil, nil
}
