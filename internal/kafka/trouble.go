package kafka

import (
	"errors"
	"time"

	"github.com/IBM/sarama"
)

// probeInterval is how often a troubled partition is asked for.
const probeInterval = time.Second

// probe asks the brokers about troubled partitions until they answer, since
// sarama's errors tell the beginning of a trouble but nothing tells its end.
func (m *member) probe(left <-chan struct{}) {
	for {
		select {
		case <-left:
			return
		case <-m.health.wake:
		}
		for places := m.health.places(); len(places) > 0; places = m.health.places() {
			timer := time.NewTimer(probeInterval)
			select {
			case <-left:
				timer.Stop()
				return
			case <-timer.C:
			}
			m.ask(places)
		}
	}
}

// ask heals those places whose leader answers, if the coordinator does.
func (m *member) ask(places map[place]int64) {
	claims := make(map[string][]int32)
	for at := range places {
		claims[at.topic] = append(claims[at.topic], at.partition)
	}
	if _, err := m.committed(claims); err != nil {
		return
	}
	if ends, err := m.ends(places, sarama.OffsetNewest); err == nil {
		m.health.healed(ends)
	}
}

// readErrors reads what sarama reports beside a session, until the group is
// closed.
func (m *member) readErrors() {
	for err := range m.group.Errors() {
		m.sessionError(err)
	}
}

// sessionError judges an error that sarama goes on after.
func (m *member) sessionError(err error) {
	at := place{partition: -1}
	if e := (*sarama.ConsumerError)(nil); errors.As(err, &e) {
		at = place{e.Topic, e.Partition}
	}
	switch {
	case m.run.Err() != nil: // the connections are cut
	case rebalancing(err), errors.Is(err, sarama.ErrOffsetOutOfRange):
		m.hooks.Log.Info("kafka session", "reason", err)
	case m.judgeFatal(err): // the run is over
	case at.topic == "":
		m.health.down(m.settings.reason(err)) // the session ends; the next one heals it
	default:
		m.health.trouble(at, m.settings.reason(err))
	}
}
