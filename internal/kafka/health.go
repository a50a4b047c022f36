package kafka

import (
	"strings"
	"sync"
)

// health knows what is wrong, and tells the hooks when it changes.
type health struct {
	hooks *Hooks
	wake  chan struct{} // there are troubled partitions

	mu       sync.Mutex // guards all below, and keeps the calls of the hook in order
	reasons  map[string]string
	troubled map[place]struct{}
}

func newHealth(h *Hooks) *health {
	return &health{hooks: h, wake: make(chan struct{}, 1), reasons: make(map[string]string), troubled: make(map[place]struct{})}
}

// report says how a condition is; empty is well. The hook hears every change, and
// whoever listens logs it.
func (h *health) report(name, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.change(name, reason)
}

func (h *health) change(name, reason string) {
	if h.reasons[name] == reason {
		return
	}
	h.reasons[name] = reason
	h.hooks.Condition(name, strings.TrimPrefix(reason, "kafka: ")) // sarama's prefix says it again
}

// down says that no session can be had; what was wrong with single partitions
// counts no more.
func (h *health) down(reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.troubled)
	h.change(ConditionKafka, reason)
}

// trouble says that a partition is not served while the session lives.
func (h *health) trouble(at place, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.troubled[at] = struct{}{}
	h.change(ConditionKafka, reason)
	select {
	case h.wake <- struct{}{}:
	default: // it is awake
	}
}

// heal says that all is well with the brokers.
func (h *health) heal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.troubled)
	h.change(ConditionKafka, "")
}

// healed says that these partitions are served again.
func (h *health) healed(places map[place]int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for at := range places {
		delete(h.troubled, at)
	}
	if len(h.troubled) == 0 {
		h.change(ConditionKafka, "")
	}
}

func (h *health) places() map[place]int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	places := make(map[place]int64, len(h.troubled))
	for at := range h.troubled {
		places[at] = 0
	}
	return places
}
