package kafka

import (
	"errors"
	"slices"

	"github.com/IBM/sarama"
)

// place is a partition of a topic.
type place struct {
	topic     string
	partition int32
}

// repair moves what the group has committed for the session's claims into the log,
// where it is outside. Partitions whose leader is unknown are left as they are.
func (m *member) repair(s sarama.ConsumerGroupSession) error {
	committed, err := m.committed(s.Claims())
	if err != nil {
		return err
	}
	oldest, err := m.ends(committed, sarama.OffsetOldest)
	if err != nil {
		return err
	}
	newest, err := m.ends(committed, sarama.OffsetNewest)
	if err != nil {
		return err
	}
	for at, next := range committed {
		first, ok := oldest[at]
		end, also := newest[at]
		if ok && also {
			m.move(s, at, next, first, end)
		}
	}
	return nil
}

// move moves the committed offset next into the log, which holds [first, end). The
// gap between the two is what was lost.
func (m *member) move(s sarama.ConsumerGroupSession, at place, next, first, end int64) {
	gap := max(first-next, next-end)
	if gap <= 0 {
		return
	}
	log := m.hooks.Log.With("topic", at.topic, "partition", at.partition, "committed", next, "first", first, "end", end, "lost", gap)
	m.hooks.Lost(at.topic, gap)
	if next < first {
		log.Warn("retention has removed records before they were read; reading from the first there is")
		s.MarkOffset(at.topic, at.partition, first, "")
		return
	}
	log.Warn("the committed offset is beyond the end of the log (cut off, or the topic was made again); reading from the first there is")
	s.ResetOffset(at.topic, at.partition, first, "")
}

// committed asks for what the group has committed for claims. What it has not
// committed, or cannot tell, is left out.
func (m *member) committed(claims map[string][]int32) (map[place]int64, error) {
	offsets := make(map[place]int64)
	if len(claims) == 0 {
		return offsets, nil
	}
	coordinator, err := m.client.Coordinator(m.settings.Group)
	if err != nil {
		return nil, err
	}
	answer, err := coordinator.FetchOffset(sarama.NewOffsetFetchRequest(protocol, m.settings.Group, claims))
	if err != nil {
		_ = coordinator.Close() // sarama opens it again
		return nil, err
	}
	if !errors.Is(answer.Err, sarama.ErrNoError) {
		return nil, answer.Err
	}
	for topic, partitions := range claims {
		for _, p := range partitions {
			if b := answer.GetBlock(topic, p); b != nil && errors.Is(b.Err, sarama.ErrNoError) && b.Offset >= 0 {
				offsets[place{topic, p}] = b.Offset
			}
		}
	}
	return offsets, nil
}

// ends asks the leaders of places for one end of their logs: sarama.OffsetOldest
// or sarama.OffsetNewest.
func (m *member) ends(places map[place]int64, which int64) (map[place]int64, error) {
	byLeader := make(map[*sarama.Broker][]place)
	for at := range places {
		if leader, err := m.client.Leader(at.topic, at.partition); err == nil {
			byLeader[leader] = append(byLeader[leader], at)
		}
	}
	offsets := make(map[place]int64, len(places))
	for leader, of := range byLeader {
		request := sarama.NewOffsetRequest(protocol)
		for _, at := range of {
			request.AddBlock(at.topic, at.partition, which, 1)
		}
		answer, err := leader.GetAvailableOffsets(request)
		if err != nil {
			_ = leader.Close() // sarama opens it again
			return nil, err
		}
		for at := range slices.Values(of) {
			if b := answer.GetBlock(at.topic, at.partition); b != nil && errors.Is(b.Err, sarama.ErrNoError) {
				offsets[at] = b.Offset
			}
		}
	}
	return offsets, nil
}
