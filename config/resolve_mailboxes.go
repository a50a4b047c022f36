package config

import "fmt"

// mailboxes returns all mailboxes, with the capacities that the blocks set.
func (r *resolver) mailboxes(blocks []*rawMailbox, kafka *rawKafka) Mailboxes {
	all := mailboxesOf(kafka)
	for _, raw := range blocks {
		box := all.named(raw.Name)
		if box == nil {
			r.noMailbox(raw, all)
			box = &Mailbox{Capacity: defaultCapacity}
		}
		r.count(raw.Capacity, &box.Capacity)
	}
	return all
}

// mailboxesOf returns the mailboxes that the topics ask for, as they are by
// default.
func mailboxesOf(kafka *rawKafka) Mailboxes {
	var all Mailboxes
	if kafka != nil {
		for _, topic := range kafka.Topics {
			if checkTopic(topic.Name) == (fault{}) {
				all = append(all, Mailbox{topic.Name, defaultCapacity})
			}
		}
	}
	return append(all, Mailbox{enrichedMailbox, defaultCapacity}, Mailbox{dlqMailbox, defaultDLQCapacity})
}

func (m Mailboxes) named(name string) *Mailbox {
	for i := range m {
		if m[i].Name == name {
			return &m[i]
		}
	}
	return nil
}

// noMailbox adds the problem of a block that is no mailbox's.
func (r *resolver) noMailbox(raw *rawMailbox, all Mailboxes) {
	if r.found.meant["kafka"] || r.found.meant["topic"] {
		return // it may be that of a topic in the misspelt block
	}
	var names []string
	for _, box := range all {
		names = append(names, box.Name)
	}
	suggestion := "mailboxes are: " + quoted(names)
	if near := nearest(raw.Name, names); near != "" {
		suggestion = didYouMean(near)
	}
	r.found.at(raw.NameRange, fmt.Sprintf("there is no mailbox %q", raw.Name), suggestion)
}

// The kinds of dlq blocks.
const (
	dlqFile  = "file"
	dlqKafka = "kafka"
)

// dlq reads where refused records go. Of the kinds only the file is there yet.
func (r *resolver) dlq(blocks []*rawDLQ, d *DLQ) {
	for i, raw := range blocks {
		r.text(raw.Path, &d.Path, checkFilled, checkPlace)
		r.text(raw.Topic, new(string), checkKafkaName)
		if i > 0 {
			r.found.at(raw.KindRange, fmt.Sprintf("there is a dlq %q already", blocks[0].Kind), "keep one of them")
			continue
		}
		r.dlqKind(raw)
	}
}

func (r *resolver) dlqKind(raw *rawDLQ) {
	switch raw.Kind {
	case dlqFile:
		if raw.Topic != nil {
			r.found.at(raw.Topic.NameRange, `topic is no key of dlq "file"`, "take it away")
		}
	case dlqKafka:
		r.found.at(raw.KindRange, "a topic cannot take the refused records yet, in this version", `use dlq "file" { path = "actorpipe-dlq.ndjson" }`)
	default:
		f := notAmong(raw.Kind, []choice[string]{{dlqFile, dlqFile}, {dlqKafka, dlqKafka}})
		r.found.at(raw.KindRange, "dlq "+f.message, f.suggestion)
	}
}
