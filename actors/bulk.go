package actors

import (
	"slices"
	"sync/atomic"

	"github.com/actorpipe/actorpipe/messages"
)

// bulk is what goes into one request: documents of any number of claims.
type bulk []*messages.DocumentBatch

// documents is how many documents are in it.
func (b bulk) documents() (n int) {
	for _, d := range b {
		n += len(d.Docs)
	}
	return n
}

// bytes is about how long its body is.
func (b bulk) bytes() (n int) {
	for _, d := range b {
		n += d.Bytes
	}
	return n
}

// sent is what it is after one more request.
func (b bulk) sent() bulk {
	out := make(bulk, len(b))
	for i, d := range b {
		again := *d
		again.Attempts++
		out[i] = &again
	}
	return out
}

// suspect says whether one of its documents may have crashed a writer.
func (b bulk) suspect() bool {
	return slices.ContainsFunc(b, func(d *messages.DocumentBatch) bool { return d.Suspect })
}

// suspects is b with all of its documents suspect.
func (b bulk) suspects() bulk {
	out := make(bulk, len(b))
	for i, d := range b {
		suspect := *d
		suspect.Suspect = true
		out[i] = &suspect
	}
	return out
}

// split cuts it after n documents, which are not all.
func (b bulk) split(n int) (head, tail bulk) {
	for i, d := range b {
		if n < len(d.Docs) {
			if n > 0 {
				head = append(head, cut(d, 0, n))
			}
			return head, append(bulk{cut(d, n, len(d.Docs))}, b[i+1:]...)
		}
		head = append(head, d)
		n -= len(d.Docs)
	}
	return head, nil
}

// requests cuts it into bulks of at most that many bytes. A document that is
// larger goes alone.
func (b bulk) requests(maxBytes int) (out []bulk) {
	var open bulk
	room := maxBytes
	shut := func() {
		if len(open) > 0 {
			out = append(out, open)
		}
		open, room = nil, maxBytes
	}
	for _, d := range b {
		for from := 0; from < len(d.Docs); {
			to := fitting(d, from, room)
			if to == from {
				shut()
				to = max(fitting(d, from, room), from+1)
			}
			part := cut(d, from, to)
			open, room, from = append(open, part), room-part.Bytes, to
		}
	}
	shut()
	return out
}

// cut is the documents from..to of d, with their own bytes: d itself if that is
// all of them.
func cut(d *messages.DocumentBatch, from, to int) *messages.DocumentBatch {
	if from == 0 && to == len(d.Docs) {
		return d
	}
	part := d.Slice(from, to)
	part.Bytes = 0
	for i := range part.Docs {
		part.Bytes += documentBytes(&part.Docs[i])
	}
	return part
}

// fitting is the end of the documents from from on that fit into room.
func fitting(d *messages.DocumentBatch, from, room int) int {
	if from == 0 && d.Bytes <= room {
		return len(d.Docs)
	}
	to := from
	for ; to < len(d.Docs); to++ {
		if room -= documentBytes(&d.Docs[to]); room < 0 {
			break
		}
	}
	return to
}

// documentBytes is about what a document takes in a body.
func documentBytes(d *messages.Document) int { return len(d.Source) + len(d.ID) + actionBytes }

// BulkLimit is the size of the largest request, which all writers share. An
// answer that a request was too large lowers it for the rest of the run.
type BulkLimit struct {
	bytes atomic.Int64
	said  atomic.Int64
}

// NewBulkLimit returns a limit of that many bytes.
func NewBulkLimit(bytes int) *BulkLimit {
	l := &BulkLimit{}
	l.bytes.Store(int64(bytes))
	l.said.Store(int64(bytes))
	return l
}

// Bytes is the limit now.
func (l *BulkLimit) Bytes() int { return int(l.bytes.Load()) }

// lower says that a request of that many bytes was too large: the limit is
// lowered to half of them. One that is larger than the limit says nothing of it.
func (l *BulkLimit) lower(bytes int) {
	for {
		old := l.bytes.Load()
		if int64(bytes) > old || l.bytes.CompareAndSwap(old, max(int64(bytes)/2, 1)) {
			return
		}
	}
}

// unsaid is true once after the limit has been lowered.
func (l *BulkLimit) unsaid() bool {
	now := l.bytes.Load()
	said := l.said.Load()
	return now != said && l.said.CompareAndSwap(said, now)
}
