package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// The conditions that writers report.
const (
	conditionElasticsearch = "elasticsearch"
	conditionThrottled     = "elasticsearch throttles"
	conditionIndex         = "index " // and its name
)

// writing is a unit while a writer works on it.
type writing struct {
	*writer
	context actor.Context
	unit    *mailbox.Unit
	todo    []bulk                  // requests not sent yet
	lowered bool                    // a request was too large
	kept    bool                    // some of the unit's memory outlives it
	letters []*messages.DeadLetters // refused and not sent to the DLQ yet, one a claim
}

// hold sends b, which has been sent, and behind it what is still to be sent back
// to the head of the pool, and closes its gate.
func (w *writing) hold(b bulk, reason string) {
	w.complainOfSink(reason)
	sent := b.sent()
	for _, more := range w.todo {
		sent = append(sent, more...)
	}
	w.unit.Hold(w.unrevoked(sent)...)
	w.todo, w.kept = nil, true
}

// unrevoked is the messages of b whose claims are still held; the others are
// given back to their claims.
func (w *writing) unrevoked(b bulk) (held []any) {
	for _, d := range b {
		if d.Claim.Revoked() {
			settle(w.context, d.Claim, outcomeOf(d, messages.Returned))
			continue
		}
		held = append(held, d)
	}
	return held
}

// tooLarge lowers the limit, and cuts b and what is still to be sent to it. A
// document that is too large alone goes to the DLQ.
func (w *writing) tooLarge(b bulk, answer messages.BulkAnswer) {
	w.lowered = true
	w.Limit.lower(b.bytes())
	if b.documents() == 1 {
		w.halve(b, messages.Item{Status: answer.Status, Reason: answer.Reason}, "")
		return
	}
	again := b.sent()
	for _, more := range w.todo {
		again = append(again, more...)
	}
	w.todo = again.requests(w.Limit.Bytes())
}

// halve puts the halves of b, which was refused as a whole or crashed the writer,
// in front of what is to be sent. A document that is alone goes to the DLQ, with
// the reason and the stack.
func (w *writing) halve(b bulk, why messages.Item, stack string) {
	n := b.documents()
	if n == 1 {
		w.refuse(b[0], 0, why, stack)
		w.flush()
		return
	}
	head, tail := b.sent().split(n / 2)
	w.todo = append([]bulk{head, tail}, w.todo...)
}

// stored settles all documents of b.
func (w *writing) stored(b bulk) {
	for _, d := range b {
		settle(w.context, d.Claim, storedRanges(d.Docs))
		w.succeededIndex(w.Index(d.Claim.Topic))
	}
}

// storedRanges are the outcomes of documents that are stored: at least one, offsets
// ascending. It looks at the first record and the last, and at the others only where
// one is missing or deleted: they have long left the processor's cache.
func storedRanges(docs []messages.Document) (ranges []messages.Range) {
	from, to := docs[0].Record.Offset, docs[len(docs)-1].Record.Offset+1
	if to-from == int64(len(docs)) && !anyDeleted(docs) {
		return []messages.Range{{From: from, To: to, Outcome: messages.Indexed}}
	}
	for i := range docs {
		o := messages.Indexed
		if docs[i].Source == nil {
			o = messages.Deleted
		}
		ranges = messages.AppendOffset(ranges, docs[i].Record.Offset, o)
	}
	return ranges
}

func anyDeleted(docs []messages.Document) bool {
	for i := range docs {
		if docs[i].Source == nil {
			return true
		}
	}
	return false
}

// succeededIndex opens the gate of an index, if this unit probes it.
func (w *writing) succeededIndex(index string) {
	if w.unit.ProbeKey(index) {
		w.unit.SucceededKey(index)
	}
}

// refuse notes document i of d for the DLQ; flush sends it there.
func (w *writing) refuse(d *messages.DocumentBatch, i int, item messages.Item, stack string) {
	n := len(w.letters)
	if n == 0 || w.letters[n-1].Claim != d.Claim {
		w.letters = append(w.letters, &messages.DeadLetters{Claim: d.Claim})
		n++
	}
	w.letters[n-1].Letters = append(w.letters[n-1].Letters, messages.DeadLetter{
		Record: d.Docs[i].Record.Clone(), Stage: messages.StageWriter, Reason: item.Reason,
		Status: item.Status, Attempts: d.Attempts + 1, FailedAt: time.Now(), Stack: stack,
	})
}

func (w *writing) flush() {
	for _, l := range w.letters {
		post(w.unit, w.DLQ, l)
	}
	w.letters = nil
}
