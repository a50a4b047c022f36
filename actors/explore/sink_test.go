package explore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

// sink is what the fake Elasticsearch has beside its documents, which are noted in
// the log.
type sink struct {
	limit    int                // bytes of a bulk
	blocked  map[string]int     // bulks that an index still refuses
	entities map[string]*logged // what is stored under the id of an entity, or has deleted it
	late     int                // requests on their way that their writer has given up
}

var errFatal = errors.New("security_exception")

// bulker is one writer's connection to the sink.
type bulker struct{ *world }

// Send answers as the world has it.
func (b bulker) Send(ctx context.Context, docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
	b.requests++
	name := fmt.Sprintf("bulk %d ", b.requests)
	b.Step(name + "goes out")
	if ctx.Err() != nil {
		return messages.BulkAnswer{}, context.Cause(ctx)
	}
	records := b.look(docs)
	b.crash(records, "before it was sent")
	answer, err := b.answer(name, docs, records)
	b.Logf("%s, %v %+v", refs(records), err, answer)
	b.dawdle(ctx)
	b.Step(name + "is answered")
	b.look(docs) // nobody may have touched them meanwhile
	b.crash(records, "after it was sent")
	if ctx.Err() != nil {
		return messages.BulkAnswer{}, context.Cause(ctx)
	}
	return answer, err
}

// refs names records.
func refs(records []*logged) string {
	var b strings.Builder
	for _, r := range records {
		b.WriteString(r.ref + " ")
	}
	return b.String()
}

// dawdle takes a while, now and then.
func (w *world) dawdle(ctx context.Context) {
	if !w.chance(1, 8) {
		return
	}
	timer := time.NewTimer(w.duration(8 * time.Second))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// look finds the records of a bulk, and checks that they are what they were.
func (w *world) look(docs []*messages.DocumentBatch) (all []*logged) {
	seen := map[*logged]bool{}
	for _, d := range docs {
		last := int64(-1)
		for i := range d.Docs {
			r := w.find(d.Claim, d.Docs[i].Record)
			if r == nil {
				continue
			}
			if !r.madeInto(&d.Docs[i]) {
				w.Errorf("%s: its document is %q, of the entity %q, want %q", r.ref, d.Docs[i].Source, d.Docs[i].ID, r.entity)
			}
			if r.Offset <= last || seen[r] && w.crashes == 0 { // what was passed on comes again after a crash
				w.Errorf("%s comes after %d in one bulk, seen before: %v", r.ref, last, seen[r])
			}
			last, seen[r] = r.Offset, true
			all = append(all, r)
		}
	}
	return all
}

// find is the record in the log that r is said to be.
func (w *world) find(c *messages.Claim, r *messages.Record) *logged {
	for _, p := range w.partitions {
		if p.topic.name != c.Topic || p.number != c.Partition {
			continue
		}
		if l := p.byOffset[r.Offset]; l != nil && bytes.Equal(l.Value, r.Value) {
			return l
		}
	}
	w.Errorf("%s has no record %d with the value %q", c, r.Offset, r.Value)
	return nil
}

// madeInto says whether d is the document of r.
func (r *logged) madeInto(d *messages.Document) bool {
	mentions := 1
	switch {
	case r.nature == tombstone:
		mentions = 0
	case r.partition.topic.enriched:
		mentions = 2
	}
	return (d.Source == nil) == (r.nature == tombstone) && bytes.Count(d.Source, []byte(r.ref)) == mentions && string(d.ID) == r.entity
}

func (w *world) indexOf(name string) string {
	for _, t := range w.topics {
		if t.name == name {
			return t.index
		}
	}
	return ""
}

// crash panics where a record has that effect, and at random.
func (b bulker) crash(records []*logged, when string) {
	for _, r := range records {
		if r.nature == explosive {
			b.world.crash(r.ref + " explodes")
		}
	}
	if b.fault(1, 12) {
		for _, r := range records {
			r.crashes++
		}
		b.Logf("crash with %s %s", refs(records), when)
		b.world.crash("crash " + when)
	}
}

// answer takes documents in and says what became of them.
func (b bulker) answer(name string, docs []*messages.DocumentBatch, records []*logged) (messages.BulkAnswer, error) {
	size := 0
	for _, d := range docs {
		for i := range d.Docs {
			size += len(d.Docs[i].Source) + 80
		}
	}
	if size > b.sink.limit {
		return messages.BulkAnswer{Verdict: messages.BulkTooLarge, Status: 413, Reason: "too large"}, nil
	}
	for _, r := range records {
		if r.nature == malformed {
			return messages.BulkAnswer{Verdict: messages.BulkMalformed, Status: 400, Reason: "malformed"}, nil
		}
	}
	if b.fault(1, 12) {
		return messages.BulkAnswer{Verdict: messages.BulkLater, Status: 429, Reason: "busy"}, nil
	}
	if b.fault(1, 60) {
		return messages.BulkAnswer{}, errFatal
	}
	if b.fault(1, 12) {
		b.astray(name, records)
		return messages.BulkAnswer{Verdict: messages.BulkLater, Reason: "timed out"}, nil
	}
	if b.fault(1, 12) {
		b.sink.blocked[b.topics[b.IntN(len(b.topics))].index] = 1 + b.IntN(3)
	}
	answer := b.items(records)
	if b.fault(1, 12) {
		return messages.BulkAnswer{Verdict: messages.BulkLater, Reason: "the answer was cut off"}, nil
	}
	return answer, nil
}

// astray has a request arrive when nobody waits for its answer any more, maybe in
// the next run.
func (b bulker) astray(name string, records []*logged) {
	b.sink.late++
	b.Go(name+"comes late", func() {
		b.After(name+"arrives late", b.IntN(150))
		b.Logf("%s %+v", refs(records), b.items(records))
		b.sink.late--
	})
}

// items takes in each document, and answers it.
func (b bulker) items(records []*logged) (a messages.BulkAnswer) {
	throttles, plain := b.fault(1, 6), true
	indices := map[string]bool{}
	for _, r := range records {
		indices[r.partition.topic.index] = true
		item := b.item(r, throttles && b.chance(1, 2))
		plain = plain && item.Verdict == r.outcome()
		a.Items = append(a.Items, item)
	}
	for index := range indices {
		b.sink.blocked[index] = max(0, b.sink.blocked[index]-1)
	}
	if plain {
		a.Items = nil
	}
	return a
}

// outcome is what becomes of r if all goes well.
func (r *logged) outcome() messages.ItemVerdict {
	if r.nature == tombstone {
		return messages.ItemDeleted
	}
	return messages.ItemIndexed
}

func (b bulker) item(r *logged, throttled bool) messages.Item {
	switch {
	case b.sink.blocked[r.partition.topic.index] > 0:
		return messages.Item{Verdict: messages.ItemBlocked, Status: 403, Reason: "read-only"}
	case throttled:
		return messages.Item{Verdict: messages.ItemLater, Status: 429, Reason: "busy"}
	case r.nature == refused:
		return messages.Item{Verdict: messages.ItemRefused, Status: 400, Reason: "mapping"}
	case r.entity != "":
		return b.put(r)
	case r.stored:
		return messages.Item{Verdict: messages.ItemDuplicate, Status: 409}
	}
	return b.keep(r)
}

// keep stores r, or deletes its entity.
func (b bulker) keep(r *logged) messages.Item {
	if b.orderly && r.Offset < r.partition.stored {
		b.Errorf("%s is stored after %d, with one worker of each kind", r.ref, r.partition.stored)
	}
	r.stored, r.partition.stored = true, r.Offset
	return messages.Item{Verdict: r.outcome(), Status: 200}
}

// store is the fake DLQ.
type store struct {
	*world
	crashed map[*messages.DeadLetters]bool
}

// Store keeps letters. It may crash on each once.
func (s *store) Store(ctx context.Context, letters *messages.DeadLetters) error {
	s.Step("dlq begins")
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !s.crashed[letters] && s.fault(1, 12) {
		s.crashed[letters] = true
		s.crash("crash of the dlq")
	}
	for i := range letters.Letters {
		l := &letters.Letters[i]
		r := s.find(letters.Claim, &l.Record)
		if r == nil {
			continue
		}
		r.dead++
		r.stack = r.stack || l.Stack != ""
	}
	s.dawdle(ctx)
	s.Step("dlq stored")
	if !s.crashed[letters] && s.fault(1, 12) {
		s.crashed[letters] = true
		s.crash("crash of the dlq")
	}
	return nil
}

// database is the fake address database.
type database struct{ *world }

// LookupAll locates each address at itself.
func (d database) LookupAll(addresses, objects [][]byte) {
	for i, address := range addresses {
		objects[i] = d.locate(address)
	}
}

func (d database) locate(address []byte) []byte {
	ref := string(address)
	if d.chance(1, 4) {
		d.Step("lookup " + ref)
	}
	for _, p := range d.partitions {
		for _, r := range p.log {
			if r.ref != ref {
				continue
			}
			if r.nature == baffling {
				d.crash(ref + " baffles")
			}
			if d.fault(1, 30) {
				r.crashes++
				d.crash("crash of the lookup")
			}
		}
	}
	return fmt.Appendf(nil, `{"at":"%s"}`, ref)
}
