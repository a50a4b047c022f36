package elastic

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/actorpipe/actorpipe/messages"
)

// actions are the beginnings of the action lines of a topic, as far as they are
// the same for all its documents.
type actions struct {
	kind   IDKind
	create []byte // IDOffset: up to the partition
	index  []byte // IDEntity: up to the version
	remove []byte
}

func newActions(routes map[string]Route) map[string]actions {
	all := make(map[string]actions, len(routes))
	for topic, r := range routes {
		index := string(appendQuoted(nil, r.Index))
		id := appendQuoted(nil, topic)
		all[topic] = actions{
			kind:   r.ID,
			create: append([]byte(`{"create":{"_index":`+index+`,"_id":`), append(id[:len(id)-1], '-')...),
			index:  []byte(`{"index":{"_index":` + index + `,"version_type":"external","version":`),
			remove: []byte(`{"delete":{"_index":` + index + `,"version_type":"external","version":`),
		}
	}
	return all
}

// build makes the body and returns the number of its documents. An error is a
// mistake of the program: a topic without a route, a document that does not suit
// its route.
func (b *Bulker) build(docs []*messages.DocumentBatch) (int, error) {
	n, size := 0, 0
	for _, d := range docs {
		size += d.Bytes
	}
	b.body = slices.Grow(b.body[:0], size)
	for _, d := range docs {
		a, ok := b.client.actions[d.Claim.Topic]
		if !ok {
			return 0, fmt.Errorf("bulk request: topic %q has no route to an index", d.Claim.Topic)
		}
		if err := b.appendBatch(a, d); err != nil {
			return 0, fmt.Errorf("bulk request: batch of %s: %w", d.Claim, err)
		}
		n += len(d.Docs)
	}
	return n, nil
}

func (b *Bulker) appendBatch(a actions, d *messages.DocumentBatch) error {
	b.prefix = append(b.prefix[:0], a.create...)
	b.prefix = strconv.AppendInt(b.prefix, int64(d.Claim.Partition), 10)
	b.prefix = append(b.prefix, '-')
	for i := range d.Docs {
		doc := &d.Docs[i]
		switch {
		case a.kind == IDEntity && doc.ID == nil:
			return fmt.Errorf("the document of offset %d has no id", doc.Record.Offset)
		case a.kind == IDEntity:
			b.body = appendEntity(b.body, a, doc)
		case doc.Source == nil:
			return fmt.Errorf("the document of offset %d has no source, and its topic no entities that could be deleted", doc.Record.Offset)
		default:
			b.appendPlace(doc.Record)
		}
		if doc.Source != nil {
			b.body = append(append(b.body, doc.Source...), '\n')
		}
	}
	return nil
}

// appendPlace appends the action line of a document whose id is its record's place.
func (b *Bulker) appendPlace(r *messages.Record) {
	b.body = append(b.body, b.prefix...)
	b.body = b.offsets.append(b.body, r.Offset)
	b.body = append(b.body, '-')
	b.body = b.timestamps.append(b.body, r.Timestamp)
	b.body = append(b.body, "\"}}\n"...)
}

// appendEntity appends the action line of a document that has an id of its own.
func appendEntity(dst []byte, a actions, doc *messages.Document) []byte {
	if doc.Source == nil {
		dst = append(dst, a.remove...)
	} else {
		dst = append(dst, a.index...)
	}
	dst = strconv.AppendInt(dst, doc.Record.Offset, 10)
	dst = append(dst, `,"_id":`...)
	dst = appendQuoted(dst, doc.ID)
	return append(dst, "}}\n"...)
}

// appendQuoted appends text as a JSON string. Bytes that are no UTF-8 stay as
// they are, so that two ids never become one: Elasticsearch refuses them.
func appendQuoted[T []byte | string](dst []byte, text T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
