package config

import (
	"fmt"
	"slices"
)

// dlq reads where refused records go. What a second block says is looked at, but
// not taken.
func (r *resolver) dlq(blocks []*rawDLQ, d *DLQ, kafka *rawKafka) {
	for i, raw := range blocks {
		read := *d
		r.text(raw.Path, &read.Path, checkFilled, checkPlace)
		r.size(raw.MaxBytes, &read.MaxBytes)
		r.text(raw.Topic, &read.Topic, checkKafkaName, notRead(kafka))
		if i > 0 {
			r.found.at(raw.KindRange, fmt.Sprintf("there is a dlq %q already", blocks[0].Kind), "keep one of them")
			continue
		}
		r.dlqKind(raw, &read.Kind)
		*d = read
	}
}

func (r *resolver) dlqKind(raw *rawDLQ, into *DLQKind) {
	i := slices.IndexFunc(dlqKinds(), func(c choice[DLQKind]) bool { return c.name == raw.Kind })
	if i < 0 {
		f := notAmong(raw.Kind, dlqKinds())
		r.found.at(raw.KindRange, "dlq "+f.message, f.suggestion)
		return
	}
	*into = dlqKinds()[i].value
	switch {
	case *into == DLQKafka:
		r.need(raw.Topic, head{`dlq "kafka"`, raw.Range}, "topic", `topic = "actorpipe-dlq"`)
	case raw.Topic != nil:
		r.found.at(raw.Topic.NameRange, `topic is no key of dlq "file"`, `take it away, or write dlq "kafka"`)
	}
}

// notRead refuses a topic that is read: what is refused would come back, for ever.
func notRead(kafka *rawKafka) func(string) fault {
	return func(name string) fault {
		if kafka != nil && slices.ContainsFunc(kafka.Topics, func(t *rawTopic) bool { return t.Name == name }) {
			return fault{fmt.Sprintf("is one of those that are read: %q", name), "name another: what is refused would come back, for ever"}
		}
		return fault{}
	}
}
