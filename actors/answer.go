package actors

import (
	"maps"
	"slices"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

// outcomes of the verdicts that are final and no refusal.
var finalOutcomes = map[messages.ItemVerdict]messages.Outcome{
	messages.ItemIndexed:    messages.Indexed,
	messages.ItemDeleted:    messages.Deleted,
	messages.ItemDuplicate:  messages.Duplicate,
	messages.ItemSuperseded: messages.Superseded,
}

// indexTally counts the answers to the documents of one index in a bulk.
type indexTally struct {
	documents, blocked, later int
	reason                    string // of the first that was refused for now
}

// shut says whether a block refused all of them.
func (t *indexTally) shut() bool { return t.blocked == t.documents }

// answered says whether one of them got a final answer.
func (t *indexTally) answered() bool { return t.blocked+t.later < t.documents }

// answers are the items of a bulk, and what they leave to be done.
type answers struct {
	indices map[string]*indexTally
	later   bulk            // copies, to be sent again
	blocked map[string]bulk // copies, by index whose documents were all refused by a block
}

// answered reads the answer to each document of b; no items mean that all were
// stored. What was refused for now goes back to the pool: as a whole where that
// is all of it, one by one otherwise, behind the gate of its index where that is
// blocked.
func (w *writing) answered(b bulk, items []messages.Item) {
	if items == nil {
		w.stored(b)
		w.unit.Succeeded()
		return
	}
	a := w.tally(b, items)
	if a.allLater() && !a.anyShut() {
		w.hold(b, a.reason())
		return
	}
	w.settleItems(b, items, a)
	w.holdBlocked(a)
	switch {
	case len(a.later) == 0 && a.allLater(): // all of it behind gates of indices
	case a.allLater():
		w.hold(a.later, a.reason())
	default:
		w.unit.Succeeded()
		w.delay(a)
	}
}

// tally counts the answers by index.
func (w *writing) tally(b bulk, items []messages.Item) *answers {
	a := &answers{indices: map[string]*indexTally{}, blocked: map[string]bulk{}}
	next := 0
	for _, d := range b {
		t := a.indices[w.Index(d.Claim.Topic)]
		if t == nil {
			t = &indexTally{}
			a.indices[w.Index(d.Claim.Topic)] = t
		}
		for range d.Docs {
			a.count(t, &items[next])
			next++
		}
	}
	return a
}

func (a *answers) count(t *indexTally, item *messages.Item) {
	t.documents++
	switch item.Verdict {
	case messages.ItemBlocked:
		t.blocked++
	case messages.ItemLater:
		t.later++
	default:
		return
	}
	if t.reason == "" {
		t.reason = item.Reason
	}
}

// reason is why documents were refused for now, other than by the block of an
// index, which has a condition of its own.
func (a *answers) reason() string {
	for _, index := range slices.Sorted(maps.Keys(a.indices)) {
		if t := a.indices[index]; t.reason != "" && !t.shut() {
			return t.reason
		}
	}
	return ""
}

// allLater says whether every document was refused for now.
func (a *answers) allLater() bool {
	for _, t := range a.indices {
		if t.answered() {
			return false
		}
	}
	return true
}

func (a *answers) anyShut() bool {
	for _, t := range a.indices {
		if t.shut() {
			return true
		}
	}
	return false
}

// settleItems settles what is final, notes what is refused for good, and copies
// what comes again: once the unit is released its memory is used again.
func (w *writing) settleItems(b bulk, items []messages.Item, a *answers) {
	for _, d := range b {
		index := w.Index(d.Claim.Topic)
		var ranges []messages.Range
		again := &messages.DocumentBatch{Claim: d.Claim, Attempts: d.Attempts, Delays: d.Delays, Suspect: d.Suspect}
		for i := range d.Docs {
			item := &items[i]
			switch o, final := finalOutcomes[item.Verdict]; {
			case final:
				if o == messages.Superseded {
					w.Foreign.look(d.Claim, &d.Docs[i], item.Version)
				}
				ranges = messages.AppendOffset(ranges, d.Docs[i].Record.Offset, o)
			case item.Verdict == messages.ItemRefused:
				w.refuse(d, i, *item, "")
			default:
				addCopy(again, &d.Docs[i])
			}
		}
		items = items[len(d.Docs):]
		settle(w.context, d.Claim, ranges)
		switch t := a.indices[index]; {
		case len(again.Docs) == 0:
		case t.shut():
			a.blocked[index] = append(a.blocked[index], again)
		default:
			a.later = append(a.later, again)
		}
		if a.indices[index].answered() {
			w.succeededIndex(index)
		}
	}
	w.flush()
}

// addCopy adds a document that shares no memory with d.
func addCopy(to *messages.DocumentBatch, d *messages.Document) {
	r := d.Record.Clone()
	c := messages.Document{Record: &r, ID: append([]byte(nil), d.ID...)}
	if d.ID == nil {
		c.ID = nil
	}
	if d.Source != nil {
		c.Source = append(make([]byte, 0, len(d.Source)), d.Source...)
	}
	to.Docs = append(to.Docs, c)
	to.Bytes += documentBytes(&c)
}

// holdBlocked puts documents behind the gates of their indices.
func (w *writing) holdBlocked(a *answers) {
	for _, index := range slices.Sorted(maps.Keys(a.blocked)) {
		b := a.blocked[index]
		w.complainOfIndex(index, a.indices[index].reason)
		for _, d := range b {
			d.Attempts++
		}
		w.unit.HoldKey(index, w.unrevoked(b)...)
	}
}

// delay brings single documents again after their back-off. What was refused
// together comes together: many small requests are no help to a sink that is
// busy.
func (w *writing) delay(a *answers) {
	if len(a.later) == 0 {
		return
	}
	w.complainOfThrottling(a.reason())
	due := map[int]time.Time{} // by the number of delays
	for _, d := range a.later {
		d.Attempts++
		d.Delays++
		if due[d.Delays].IsZero() {
			due[d.Delays] = time.Now().Add(w.Backoff.Wait(d.Delays))
		}
		for _, m := range w.unrevoked(bulk{d}) {
			w.unit.Delay(m, due[d.Delays])
		}
	}
}
