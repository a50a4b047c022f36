package actors

import (
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
type indexTally struct{ documents, blocked, later int }

// shut says whether a block refused all of them.
func (t *indexTally) shut() bool { return t.blocked == t.documents }

// answered says whether one of them got a final answer.
func (t *indexTally) answered() bool { return t.blocked+t.later < t.documents }

// answers are the items of a bulk, and what they leave to be done.
type answers struct {
	indices map[string]*indexTally
	reason  string          // of the first that was refused for now
	later   bulk            // copies, to be sent again
	blocked map[string]bulk // copies, by index whose documents were all refused by a block
}

// answered reads the answer to each document of b; no items mean that all were
// stored. What was refused for now goes back to the pool: as a whole where that
// is all of it, one by one otherwise, behind the gate of its index where that is
// blocked.
func (w *writing) answered(b bulk, items []messages.Item) {
	if w.Limit.unsaid() {
		w.Log.Warn("bulk requests were too large: max_bytes is lowered for this run", "max_bytes", w.Limit.Bytes())
	}
	if items == nil {
		w.stored(b)
		w.succeeded()
		w.relieved()
		return
	}
	a := w.tally(b, items)
	if a.refused() && !a.anyShut() {
		w.hold(b, a.reason)
		return
	}
	w.settleItems(b, items, a)
	w.holdBlocked(a)
	switch {
	case len(a.later) == 0 && a.refused(): // all of it behind gates of indices
	case a.refused():
		w.hold(a.later, a.reason)
	default:
		w.succeeded()
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
	if a.reason == "" {
		a.reason = item.Reason
	}
}

// refused says whether every document was refused for now.
func (a *answers) refused() bool {
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
// what comes again: what outlives its bulk must not pin its fetch buffer.
func (w *writing) settleItems(b bulk, items []messages.Item, a *answers) {
	for _, d := range b {
		index := w.Index(d.Claim.Topic)
		var ranges []messages.Range
		again := &messages.DocumentBatch{Claim: d.Claim, Attempts: d.Attempts, Alone: d.Alone}
		for i := range d.Docs {
			item := &items[i]
			switch o, final := finalOutcomes[item.Verdict]; {
			case final:
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
	for index, b := range a.blocked {
		w.Condition(conditionIndex+index, a.reason)
		for _, d := range b {
			d.Attempts++
		}
		w.unit.HoldKey(index, w.unrevoked(b)...)
	}
}

// delay brings single documents again, each batch of them after its back-off.
func (w *writing) delay(a *answers) {
	if len(a.later) == 0 {
		w.relieved()
		return
	}
	if w.Throttled.CompareAndSwap(false, true) {
		w.Condition(conditionThrottled, a.reason)
	}
	for _, d := range a.later {
		d.Attempts++
		for _, m := range w.unrevoked(bulk{d}) {
			w.unit.Delay(m, time.Now().Add(w.Backoff.Wait(d.Attempts)))
		}
	}
}

// relieved says that single documents are no longer refused for now, once none of
// them waits for its delay.
func (w *writing) relieved() {
	if w.Throttled.Load() && w.Pool.Stats().Delayed == 0 && w.Throttled.CompareAndSwap(true, false) {
		w.Condition(conditionThrottled, "")
	}
}
