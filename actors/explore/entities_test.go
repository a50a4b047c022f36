package explore_test

import (
	"fmt"
	"strings"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

// entitiesEach is how many entities a partition has: few, so that most records
// have older and newer ones of theirs.
const entitiesEach = 3

// id draws what the ids of a topic are made of.
func (w *world) id() actors.ID {
	return []actors.ID{actors.IDOffset, actors.IDOffset, actors.IDKey, actors.IDField}[w.IntN(4)]
}

// identify gives r an entity, if it is to have one, and returns what names it in
// the value.
func (r *logged) identify() (member string) {
	if kind := r.partition.topic.id; kind == actors.IDOffset || r.nature == nameless || kind == actors.IDField && r.nature == tombstone {
		return ""
	}
	r.entity = fmt.Sprintf("%s:%d", r.partition, r.partition.IntN(entitiesEach))
	if r.partition.topic.id != actors.IDField {
		return ""
	}
	return fmt.Sprintf(`"id":"%s",`, strings.Replace(r.entity, ":", `\u003a`, r.partition.IntN(2)))
}

// key is what names the entity of r beside its value.
func (r *logged) key() []byte {
	if r.partition.topic.id != actors.IDKey || r.entity == "" {
		return nil
	}
	return []byte(r.entity)
}

// put takes r in as Elasticsearch does with its offset for an external version:
// unless the entity has that version or a higher one, be it deleted or not.
func (b bulker) put(r *logged) messages.Item {
	switch there := b.sink.entities[r.entity]; {
	case there == r:
		return messages.Item{Verdict: messages.ItemDuplicate, Status: 409}
	case there != nil && there.Offset > r.Offset:
		r.stored = true // as far as anybody can tell
		return messages.Item{Verdict: messages.ItemSuperseded, Status: 409, Version: there.Offset}
	}
	b.sink.entities[r.entity] = r
	return b.keep(r)
}

// checkEntities says what is wrong when the last request has arrived: of all that
// the sink was sent of an entity it has the newest.
func (w *world) checkEntities() {
	newest := map[string]*logged{}
	for _, p := range w.partitions {
		for _, r := range p.log {
			if r.entity != "" && r.stored {
				newest[r.entity] = r
			}
		}
	}
	for entity, r := range newest {
		if there := w.sink.entities[entity]; there != r {
			w.Errorf("%s is %s in the sink, want %s", entity, there.ref, r.ref)
		}
	}
}
