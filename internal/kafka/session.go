package kafka

import (
	"fmt"
	"runtime/debug"

	"github.com/IBM/sarama"
)

// handler is what sarama calls.
type handler struct{ m *member }

// Setup is called when a session begins, before its claims.
func (h *handler) Setup(s sarama.ConsumerGroupSession) error {
	m := h.m
	if err := m.repair(s); err != nil {
		return fmt.Errorf("look at the committed offsets: %w", err)
	}
	m.inSession.Store(true)
	m.settled.Store(true)
	m.unknown.clear()
	m.health.heal()
	m.health.report(ConditionAssignment, "")
	return nil
}

// Cleanup is called when a session ends, after its claims.
func (h *handler) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim is called for each claim. It returns when the claim has ended and
// not before: sarama would end the session, and all other claims with it.
func (h *handler) ConsumeClaim(s sarama.ConsumerGroupSession, c sarama.ConsumerGroupClaim) error {
	p := newPartition(h.m.group, h.m.fetch, s, c)
	defer p.end()
	p.Resume() // an earlier claim's pause lives on in sarama
	h.m.markers.follow(p)
	defer h.m.markers.unfollow(p)
	h.m.claim(p)
	p.Pause()
	for range p.Messages() { // to its closing
	}
	return nil
}

// claim calls the hook; a panic in it ends the run.
func (m *member) claim(p *Partition) {
	defer func() {
		if v := recover(); v != nil {
			m.fail(fmt.Errorf("claim %s-%d: panic: %v\n%s", p.Topic(), p.Partition(), v, debug.Stack()))
		}
	}()
	m.hooks.Claim(m.run, p)
}
