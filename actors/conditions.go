package actors

import (
	"log/slog"
	"slices"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

// conditions are what is not as it should be, by name.
type conditions map[string]condition

type condition struct {
	reason  string
	since   time.Time
	waiting bool // it holds since the start: nothing went wrong yet
}

func newConditions(waiting map[string]string, now time.Time) conditions {
	cs := conditions{}
	for name, reason := range waiting {
		cs[name] = condition{reason, now, true}
	}
	return cs
}

// set notes a change and logs it: one line when something goes wrong, one when
// it has healed, none for a repeat or another reason in between.
func (cs conditions) set(m *messages.Condition, now time.Time, log *slog.Logger) {
	old, was := cs[m.Name]
	switch {
	case m.Reason == "" && old.waiting:
		delete(cs, m.Name)
		log.Info(m.Name + ": ready")
	case m.Reason == "" && was:
		delete(cs, m.Name)
		log.Info(m.Name+": well again", "after", now.Sub(old.since).Round(time.Millisecond).String())
	case m.Reason != "" && was && (!old.waiting || old.reason == m.Reason):
		cs[m.Name] = condition{m.Reason, old.since, old.waiting}
	case m.Reason != "":
		cs[m.Name] = condition{reason: m.Reason, since: now}
		log.Warn(m.Name+": "+m.Reason, "then", "waits and tries again")
	}
}

// reasons are all of them as sentences, in order.
func (cs conditions) reasons() []string {
	out := make([]string, 0, len(cs))
	for name, c := range cs {
		out = append(out, name+": "+c.reason)
	}
	slices.Sort(out)
	return out
}
