package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// digest is the sum of the hashes of documents, in whatever order they come. The
// zero value has none.
type digest struct {
	documents int
	lanes     [4]uint64
	firstID   string
	sample    string // the document of the first id, for whoever looks why two sums differ
}

// add adds a document.
func (d *digest) add(index, id, source string) {
	h := sha256.New()
	for _, part := range []string{index, id, source} {
		var length [8]byte
		binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
		_, _ = h.Write(length[:]) // a hash takes everything
		_, _ = h.Write([]byte(part))
	}
	sum := h.Sum(nil)
	for i := range d.lanes {
		d.lanes[i] += binary.LittleEndian.Uint64(sum[8*i:])
	}
	if id < d.firstID || d.documents == 0 {
		d.firstID, d.sample = id, id+" "+source
	}
	d.documents++
}

// String is the sum.
func (d *digest) String() string {
	return fmt.Sprintf("%016x%016x%016x%016x", d.lanes[0], d.lanes[1], d.lanes[2], d.lanes[3])
}
