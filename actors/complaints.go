package actors

import (
	"maps"
	"slices"
	"sync"
)

// Complaints say what waits, and why. Units are released in any order, a crash
// voids what was decided about one, and a sweep takes away what waits: so what is
// said of a gate, or of delays, is how they are after a release or a sweep, and not
// what a writer decided. All writers of a pool share one, and the claims.
type Complaints struct {
	condition func(name, reason string)

	mu   sync.Mutex             // guards said, and is held over what is said: the last word is of the last look
	said map[string]func() bool // whether it is still so, by condition
}

// NewComplaints returns one that has said nothing. condition hears that something
// is wrong, or with no reason that it no longer is.
func NewComplaints(condition func(name, reason string)) *Complaints {
	return &Complaints{condition: condition, said: map[string]func() bool{}}
}

// look says why something waits, if it does.
func (c *Complaints) look(condition, reason string, waits func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if waits() {
		c.said[condition] = waits
		c.condition(condition, reason)
	}
}

// lookAgain takes back what is no longer so.
func (c *Complaints) lookAgain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, condition := range slices.Sorted(maps.Keys(c.said)) {
		if !c.said[condition]() {
			delete(c.said, condition)
			c.condition(condition, "")
		}
	}
}

// complain says why the unit has something wait, if it still does when the unit is
// released.
func (w *writing) complain(condition, reason string, waits func() bool) {
	w.unit.OnRelease(func() { w.Complaints.look(condition, reason, waits) })
}

// complainOfSink is complain for the gate of all.
func (w *writing) complainOfSink(reason string) {
	pool := w.Pool
	w.complain(conditionElasticsearch, reason, func() bool { return pool.Stats().GateClosed })
}

// complainOfIndex is complain for the gate of an index.
func (w *writing) complainOfIndex(index, reason string) {
	pool := w.Pool
	w.complain(conditionIndex+index, reason, func() bool { return pool.KeyGateClosed(index) })
}

// complainOfThrottling is complain for single documents.
func (w *writing) complainOfThrottling(reason string) {
	pool := w.Pool
	w.complain(conditionThrottled, reason, func() bool { return pool.Stats().Delayed > 0 })
}
