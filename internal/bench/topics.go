package main

import (
	"fmt"
	"slices"
)

// The topics of a bench that names no others, which are the indices too, and the
// partitions of both.
const (
	topicTweets       = "tweets"
	topicUsers        = "users"
	defaultTopics     = 2
	defaultPartitions = 12
	topicsShare       = 6 // topics, and partitions, for each that has users
)

// topic is one that records come from.
type topic struct {
	Name       string
	Partitions int32
	Users      bool // else tweets
}

// layout is that many topics with so many partitions together, at least one each.
// Of six topics, and of six partitions, one has users; a topic that is alone has
// them among its tweets.
func layout(topics, partitions int) []topic {
	if topics == 1 {
		return share(topicTweets, false, 1, partitions)
	}
	users := max(1, topics/topicsShare)
	partitions = max(partitions, topics)
	of := max(users, partitions/topicsShare)
	return append(share(topicTweets, false, topics-users, partitions-of), share(topicUsers, true, users, of)...)
}

// share is that many topics of one kind that share the partitions evenly.
func share(name string, users bool, topics, partitions int) (all []topic) {
	for i := range topics {
		t := topic{Name: name, Users: users, Partitions: int32((partitions*(i+1))/topics - partitions*i/topics)} //nolint:gosec // a flag's number, checked
		if topics > 1 {
			t.Name = fmt.Sprintf("%s-%d", name, i+1)
		}
		all = append(all, t)
	}
	return all
}

// partitionsOf is how many partitions topics have, by name.
func partitionsOf(topics []topic) map[string]int32 {
	n := make(map[string]int32, len(topics))
	for _, t := range topics {
		n[t.Name] = t.Partitions
	}
	return n
}

// names are those of topics, and of their indices.
func names(topics []topic) (all []string) {
	for _, t := range topics {
		all = append(all, t.Name)
	}
	return all
}

// slot is a partition of a topic.
type slot struct {
	topic     string
	partition int32
}

// slots are the partitions that take records of one kind, those of all topics
// in turn. Tweets' take users where there is no topic for these.
func slots(topics []topic, users bool) (all []slot) {
	users = users && slices.ContainsFunc(topics, func(t topic) bool { return t.Users })
	for partition := int32(0); ; partition++ {
		n := len(all)
		for _, t := range topics {
			if t.Users == users && partition < t.Partitions {
				all = append(all, slot{t.Name, partition})
			}
		}
		if len(all) == n {
			return all
		}
	}
}
