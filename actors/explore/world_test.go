package explore_test

import (
	"fmt"
	"time"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// nature is what a record is like, which never changes.
type nature int

const (
	good      nature = iota // is to be in the sink
	tombstone               // is ignored, or deletes its entity
	garbled                 // is no JSON
	nameless                // names no entity, in a topic of entities
	refused                 // by the sink, for good
	malformed               // has the sink refuse each bulk that it is in
	large                   // has the sink refuse each bulk as too large
	baffling                // has the database panic, always
	explosive               // has the writer panic, always
)

// logged is a record in Kafka, and what has become of it.
type logged struct {
	messages.Record
	partition *partition
	nature    nature
	ref       string // "tweets-0/12."
	entity    string // "tweets-0:2", empty: it names none
	stored    bool   // in the sink, or something newer of its entity
	dead      int    // entries in the DLQ
	stack     bool   // of one of these
	crashes   int    // at random, of those who had it in their hands
}

// settled says whether its offset may be committed.
func (r *logged) settled() bool { return r.stored || r.dead > 0 || r.ignored() }

// ignored says whether it means nothing.
func (r *logged) ignored() bool { return r.nature == tombstone && r.partition.topic.id != actors.IDKey }

// world is what outlives a run of the program.
type world struct {
	*testkit.Exploration
	topics     []topic
	partitions []*partition
	sink       sink
	faults     int // that may still happen
	sizes      sizes
	requests   int
	crashes    int  // of actors
	resizes    int  // of pools, in each run
	orderly    bool // one worker of each kind, and nothing goes wrong at random
}

type topic struct {
	name, index string
	enriched    bool
	id          actors.ID
}

// sizes are the settings of the program, all of them small.
type sizes struct {
	enrichers, writers            int
	capacity                      int // records, of each lane
	budget, ahead                 int64
	fetch, channel                int
	bulk, unit                    int // bytes
	age, handOver, restart, pause time.Duration
	patience                      time.Duration
}

// newWorld draws a world.
func newWorld(x *testkit.Exploration) *world {
	w := &world{Exploration: x, faults: x.IntN(12), resizes: x.IntN(3), orderly: x.IntN(8) == 0}
	w.sink.blocked, w.sink.entities = map[string]int{}, map[string]*logged{}
	w.sizes = sizes{
		enrichers: 1 + x.IntN(3), writers: 1 + x.IntN(3), capacity: 1 + x.IntN(8),
		budget: int64(1 + x.IntN(8000)), ahead: int64(1 + x.IntN(4000)), fetch: 100 + x.IntN(1500), channel: 1 + x.IntN(6),
		bulk: 100 + x.IntN(900), unit: 100 + x.IntN(1500),
		age: w.duration(200 * time.Millisecond), handOver: w.duration(5 * time.Second), restart: w.duration(time.Second), pause: w.duration(time.Second),
		patience: w.duration(50*time.Millisecond) * time.Duration(w.IntN(2)),
	}
	if w.sink.limit = 300 + x.IntN(1000); w.chance(1, 2) {
		w.sink.limit = 1 << 30
	}
	if w.orderly {
		w.faults, w.resizes, w.sizes.enrichers, w.sizes.writers = 0, 0, 1, 1
	}
	w.topics = []topic{{"tweets", "one", true, w.id()}, {"users", "two", false, w.id()}}
	switch x.IntN(4) {
	case 0:
		w.topics = w.topics[:1]
	case 1:
		w.topics = w.topics[1:]
	case 2:
		w.topics[1].index = "one" // which entities do not share
		w.topics[0].id, w.topics[1].id = actors.IDOffset, actors.IDOffset
	}
	for i := range 1 + x.IntN(3) {
		w.partitions = append(w.partitions, w.partition(w.topics[i%len(w.topics)], int32(i/len(w.topics)))) //nolint:gosec // small
	}
	return w
}

// partition draws a partition with its log.
func (w *world) partition(t topic, number int32) *partition {
	p := &partition{world: w, topic: t, number: number, byOffset: map[int64]*logged{}}
	offset := int64(0)
	for range w.IntN(12) {
		if w.chance(1, 6) {
			offset += int64(1 + w.IntN(3)) // compacted, or a marker of a transaction
		}
		r := w.record(p, offset)
		p.log = append(p.log, r)
		p.byOffset[offset] = r
		offset++
	}
	return p
}

func (w *world) record(p *partition, offset int64) *logged {
	r := &logged{partition: p, ref: fmt.Sprintf("%s/%d.", p, offset)}
	if w.chance(1, 4) {
		r.nature = nature(1 + w.IntN(8))
	}
	if r.nature == large && w.sink.limit == 1<<30 || r.nature == baffling && !p.topic.enriched || w.orderly && r.nature >= baffling ||
		r.nature == nameless && p.topic.id == actors.IDOffset {
		r.nature = good
	}
	id := r.identify()
	r.Record = messages.Record{Offset: offset, Timestamp: offset, Key: r.key(), Value: fmt.Appendf(nil, `{"n":%d,%s"address":"%s"}`, offset, id, r.ref)}
	switch r.nature {
	case tombstone:
		r.Value = nil
	case garbled:
		r.Value = r.Value[1:]
	case large:
		r.Value = fmt.Appendf(nil, `{"padding":"%*d",%s"address":"%s"}`, 2000, 0, id, r.ref)
	case good, nameless, refused, malformed, baffling, explosive:
	}
	return r
}

func (w *world) chance(n, of int) bool { return w.IntN(of) < n }

// fault says whether something goes wrong now.
func (w *world) fault(n, of int) bool {
	if w.faults == 0 || !w.chance(n, of) {
		return false
	}
	w.faults--
	return true
}

// crash panics.
func (w *world) crash(reason string) {
	w.crashes++
	panic(reason)
}

// duration is one up to most. It is odd in its nanoseconds, so that no two timers
// fire at once.
func (w *world) duration(most time.Duration) time.Duration {
	return time.Duration(1+w.IntN(999))*most/1000 + time.Duration(w.IntN(100_000))
}

func (w *world) backoff() actors.Backoff {
	return actors.Backoff{Initial: w.sizes.pause / 8, Max: w.sizes.pause, Draw: func(n int64) int64 { return int64(w.IntN(int(n))) }}
}

// check says what is wrong when everything is settled and the last run is over.
func (w *world) check() {
	for _, p := range w.partitions {
		for _, r := range p.log {
			r.check()
		}
		if p.committed != p.end() {
			w.Errorf("%s: committed %d of %d", p, p.committed, p.end())
		}
	}
}

// check says what is wrong with what has become of it.
func (r *logged) check() {
	ok := r.dead > 0 && !r.stored
	switch r.nature {
	case good, tombstone:
		crashed := r.crashes > 0 && r.stack // alone, after a crash of its batch
		ok = crashed && !r.ignored() || r.stored == !r.ignored() && r.dead == 0
	case garbled, nameless, refused, malformed, large, baffling, explosive:
	}
	if !ok {
		r.partition.Errorf("%s is of nature %d: stored %v, dead-lettered %d times, %d crashes", r.ref, r.nature, r.stored, r.dead, r.crashes)
	}
}
