package actors

import (
	"log/slog"
	"sync"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

// foreignEvery is how often a topic's foreign versions are said at most.
const foreignEvery = time.Minute

// Foreign notices entities that are stored with a version which no record of
// their partition can have given them: the version is an offset, and the
// partition has not reached it. Then the same id lies in several partitions, or
// the topic was made again, and what is superseded is so by mistake. All writers
// share one. A nil Foreign notices nothing.
type Foreign struct {
	books *Books
	log   *slog.Logger

	mu   sync.Mutex // guards said
	said map[string]*foreignTopic
}

// foreignTopic is when a topic was last warned of, and how many records there
// were since.
type foreignTopic struct {
	last    time.Time
	records int64
}

// NewForeign returns one that counts into the books.
func NewForeign(b *Books, log *slog.Logger) *Foreign {
	return &Foreign{books: b, log: log, said: map[string]*foreignTopic{}}
}

// look is told of a document that was superseded by the stored version. A claim
// that was revoked says nothing: its successor may have written what is newer than
// this claim has seen of the partition.
func (f *Foreign) look(c *messages.Claim, d *messages.Document, stored int64) {
	if f == nil || c.HighWater == nil || c.Revoked() {
		return
	}
	reached := c.HighWater()
	if reached <= 0 || stored < reached {
		return
	}
	f.books.foreign(c.Topic)
	if records, say := f.due(c.Topic, time.Now()); say {
		f.log.Warn("an entity is stored with a version that its partition has not reached: its records are dropped as superseded until the partition has. "+
			"Key all records of an id alike, so that they lie in one partition; if the topic was made again or cut off, write to a new index",
			"topic", c.Topic, "partition", c.Partition, "id", string(d.ID), "offset", d.Record.Offset, "stored_version", stored, "partition_end", reached, "records", records)
	}
}

// due counts a record and says whether to warn now, and of how many.
func (f *Foreign) due(topic string, now time.Time) (records int64, say bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.said[topic]
	if t == nil {
		t = &foreignTopic{}
		f.said[topic] = t
	}
	t.records++
	if !t.last.IsZero() && now.Sub(t.last) < foreignEvery {
		return 0, false
	}
	records, t.records, t.last = t.records, 0, now
	return records, true
}
