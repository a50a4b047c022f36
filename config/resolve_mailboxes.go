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
		r.count(raw.Capacity, mostCapacity, &box.Capacity)
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
