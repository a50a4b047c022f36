package actors

import "sync"

// complaints say what waits, and why. Units are released in any order, and a crash
// voids what was decided about one: so what is said of a gate, or of delays, is how
// they are after a release, and not what a writer decided. All writers of a pool
// share one.
type complaints struct {
	mu   sync.Mutex // guards said, and is held over what is said: the last word is of the last look
	said map[string]string
}

func newComplaints() *complaints { return &complaints{said: map[string]string{}} }

// complain looks, when the unit is released, whether something waits. reason is why
// the unit has it wait, empty where it does not.
func (w *writing) complain(condition, reason string, waits func() bool) {
	w.unit.OnRelease(func() {
		c := w.complaints
		c.mu.Lock()
		defer c.mu.Unlock()
		if reason == "" && c.said[condition] == "" {
			return
		}
		switch waits := waits(); {
		case waits && reason != "":
			c.said[condition] = reason
			w.Condition(condition, reason)
		case !waits && c.said[condition] != "":
			delete(c.said, condition)
			w.Condition(condition, "")
		}
	})
}

// complainOfSink is complain for the gate of all.
func (w *writing) complainOfSink(reason string) {
	w.complain(conditionElasticsearch, reason, func() bool { return w.Pool.Stats().GateClosed })
}

// complainOfIndex is complain for the gate of an index.
func (w *writing) complainOfIndex(index, reason string) {
	w.complain(conditionIndex+index, reason, func() bool { return w.Pool.KeyGateClosed(index) })
}

// complainOfThrottling is complain for single documents.
func (w *writing) complainOfThrottling(reason string) {
	w.complain(conditionThrottled, reason, func() bool { return w.Pool.Stats().Delayed > 0 })
}
