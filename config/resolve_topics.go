package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

func (r *resolver) topics(raw *rawKafka) []Topic {
	if len(raw.Topics) == 0 && !r.found.meant["topic"] {
		r.found.at(raw.Range, "kafka has no topic", `add topic "NAME" { } to kafka`)
	}
	topics := make([]Topic, 0, len(raw.Topics))
	entities := map[string]string{} // topic by index
	for _, t := range raw.Topics {
		topic := r.topic(t)
		topics = append(topics, topic)
		if topic.ID.Kind == IDOffset {
			continue
		}
		if other, taken := entities[topic.Index]; taken && other != topic.Name {
			r.found.at(t.ID.Expr.Range(), fmt.Sprintf("topic %q has its entities in index %q too: offsets tell which is newer, and those of two topics say nothing about each other", other, topic.Index),
				"give each topic of entities an index of its own")
		}
		entities[topic.Index] = topic.Name
	}
	return topics
}

func (r *resolver) topic(raw *rawTopic) Topic {
	topic := Topic{Name: raw.Name, Index: raw.Name}
	r.topicName(raw)
	r.text(raw.Index, &topic.Index, checkIndex)
	r.text(raw.Address, &topic.Address, checkPath)
	r.target(raw, &topic)
	topic.ID = r.id(raw.ID)
	return topic
}

// topicName checks the name, which is also the mailbox's, and the index's where
// none is set.
func (r *resolver) topicName(raw *rawTopic) {
	checks := []func(string) fault{checkKafkaName, checkTopic}
	if !r.passes("topic", raw.NameRange, raw.Name, checks) || raw.Index != nil {
		return
	}
	if f := checkIndex(raw.Name); f != (fault{}) {
		r.found.at(raw.NameRange, "the index, which takes the name of the topic, "+f.message, `add index = "..." to the topic`)
	}
}

// checkTopic refuses the names of mailboxes that are no topic's.
func checkTopic(name string) fault {
	if name == enrichedMailbox || name == dlqMailbox {
		return fault{fmt.Sprintf("cannot be called %q: that is the name of a mailbox", name), "read the records from a topic of another name"}
	}
	return fault{}
}

// target reads where the geo object goes. It must leave the address as it is.
func (r *resolver) target(raw *rawTopic, topic *Topic) {
	if raw.Address == nil {
		if raw.Target != nil && !r.found.meant["address"] {
			r.found.at(raw.Target.NameRange, "target is set without address", "add the address field, or take the target away")
		}
		r.text(raw.Target, new(string), checkPath)
		return
	}
	topic.Target = defaultTarget
	if !r.text(raw.Target, &topic.Target, checkPath) || topic.Address == "" {
		return
	}
	if within(topic.Address, topic.Target) || within(topic.Target, topic.Address) {
		key := raw.Target
		if key == nil {
			key = raw.Address
		}
		r.found.at(key.Expr.Range(), fmt.Sprintf("target %q and address %q are one field, or one in the other", topic.Target, topic.Address),
			"name a target beside the address")
	}
}

// within says whether path is that of the object, or of a field in it.
func within(path, object string) bool { return strings.HasPrefix(path+".", object+".") }

// id reads "offset", "key" or "field:PATH".
func (r *resolver) id(key *hcl.Attribute) ID {
	var id ID
	r.text(key, new(string), func(text string) fault {
		var f fault
		id, f = parseID(text)
		return f
	})
	return id
}

func parseID(text string) (ID, fault) {
	name, path, hasPath := strings.Cut(text, ":")
	isField := name == IDField.String()
	f := notAmong(name, idKinds())
	switch {
	case f.suggestion != "" && hasPath:
		return ID{}, fault{notAnID(text), didYouMean("field:" + path)}
	case f.message != "":
		return ID{}, fault{notAnID(text), f.suggestion}
	case isField && !hasPath:
		return ID{}, fault{"names no field", `write it like "field:Id"`}
	case isField:
		return ID{IDField, path}, checkPath(path)
	case hasPath:
		return ID{}, fault{fmt.Sprintf("%q takes no path", name), fmt.Sprintf(`write %q, or "field:%s"`, name, path)}
	}
	return ID{Kind: kindOf(name)}, fault{}
}

func notAnID(text string) string {
	return fmt.Sprintf(`is none of "offset", "key", "field:PATH": %q`, text)
}

func kindOf(name string) IDKind {
	for _, c := range idKinds() {
		if c.name == name {
			return c.value
		}
	}
	return IDOffset
}

// geoip reads where addresses are looked up, which topics with an address need.
func (r *resolver) geoip(raw *rawGeoIP, g *GeoIP, kafka *rawKafka) {
	if kafka != nil {
		for _, topic := range kafka.Topics {
			if topic.Address == nil {
				continue
			}
			r.needDatabase(raw, topic)
			break
		}
	}
	r.text(raw.Database, &g.Database, checkFilled, checkFile)
	r.count(raw.Workers, mostWorkers, &g.Workers)
	r.texts(raw.Locales, &g.Locales, checkFilled)
	r.duration(raw.Reload, &g.Reload)
}

func (r *resolver) needDatabase(raw *rawGeoIP, topic *rawTopic) {
	if raw.Database == nil && !r.found.meant["database"] && !r.found.meant["geoip"] {
		r.found.at(raw.Range, fmt.Sprintf("geoip has no database, but topic %q has an address", topic.Name),
			`add geoip { database = "/var/lib/GeoIP/GeoLite2-City.mmdb" }`)
	}
}
