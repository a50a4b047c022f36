package kafka

import (
	"sync"

	"github.com/IBM/sarama"
)

// together is a client that asks for the ends of many partitions at once. sarama
// asks for both ends of each partition as its claim begins, which are ten thousand
// requests where there are 5,000 of them. Here one request is under way at a time,
// and what is asked for meanwhile goes into the next.
type together struct {
	sarama.Client
	ends func(places map[place]int64, which int64) (map[place]int64, error)

	asking sync.Mutex // held over requests

	mu     sync.Mutex // guards queued
	queued []*question
}

// question is what one caller wants to know.
type question struct {
	at    place
	which int64

	// Set by who holds together.asking.
	asked, known bool
	offset       int64
}

// GetOffset blocks until the leader has answered. What cannot be had together, a
// partition without a leader or one that has just moved, is asked for alone, as
// sarama does.
func (t *together) GetOffset(topic string, partition int32, which int64) (int64, error) {
	if which == sarama.OffsetOldest || which == sarama.OffsetNewest {
		q := &question{at: place{topic, partition}, which: which}
		t.queue(q)
		t.asking.Lock()
		if !q.asked { // else an earlier caller has taken it along
			t.ask()
		}
		t.asking.Unlock()
		if q.known {
			return q.offset, nil
		}
	}
	return t.Client.GetOffset(topic, partition, which)
}

func (t *together) queue(q *question) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queued = append(t.queued, q)
}

// ask asks all that is queued.
func (t *together) ask() {
	t.mu.Lock()
	queued := t.queued
	t.queued = nil
	t.mu.Unlock()
	for _, which := range []int64{sarama.OffsetNewest, sarama.OffsetOldest} {
		places := make(map[place]int64)
		for _, q := range queued {
			if q.which == which {
				places[q.at] = 0
			}
		}
		offsets, err := t.ends(places, which)
		for _, q := range queued {
			if q.which != which {
				continue
			}
			q.asked = true
			if err == nil {
				q.offset, q.known = offsets[q.at]
			}
		}
	}
}
