package actors

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// Bulker sends bulk requests, one at a time.
type Bulker interface {
	// Send sends the documents as one request and says what the answer means.
	// An error is fatal, or that of the context.
	Send(ctx context.Context, docs []*messages.DocumentBatch) (messages.BulkAnswer, error)
}

// WriterSettings are what all writers share.
type WriterSettings struct {
	Run        context.Context // ends a request that is under way
	Pool       *mailbox.Queue  // that the writers take from
	DLQ        *mailbox.Lane   // for what is refused; a full one parks the writer
	Limit      *BulkLimit
	Backoff    Backoff
	Index      func(topic string) string // that a topic is written to; the key of its gate
	Complaints *Complaints               // say what waits, and why
	Foreign    *Foreign                  // hears of what is superseded
	Log        *slog.Logger
}

// writer writes the units that its pool hands it, one request at a time.
type writer struct {
	WriterSettings
	bulker Bulker
}

// WriterProps returns the props of a worker of the writers' pool, which settles
// every document of each DocumentBatch at least once. bulkers makes the Bulker
// of one writer. A fatal error panics: the supervisor decides.
func WriterProps(s WriterSettings, bulkers func() Bulker, opts ...actor.PropsOption) *actor.Props {
	return props(func() actor.Actor { return &writer{s, bulkers()} }, opts)
}

// Receive dispatches.
func (a *writer) Receive(c actor.Context) {
	switch m := c.Message().(type) {
	case *mailbox.Unit:
		var b bulk
		for _, x := range m.Messages() {
			if cmd, ok := x.(messages.WriterCommand); ok {
				b = a.collect(c, b, cmd)
			}
		}
		if m.Redelivered() {
			b = b.suspects()
		}
		a.write(&writing{writer: a, context: c, unit: m}, b)
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		unhandled(c)
	}
}

// collect adds a message of a unit to the bulk, unless its claim has been revoked.
func (a *writer) collect(c actor.Context, b bulk, m messages.WriterCommand) bulk {
	switch m := m.(type) {
	case *messages.DocumentBatch:
		if m.Claim.Revoked() {
			settle(c, m.Claim, outcomeOf(m, messages.Returned))
			return b
		}
		b = append(b, m)
	}
	return b
}

// write sends b as as many requests as its size asks for. The first that is
// refused as a whole for now goes back to the pool, with all behind it.
func (a *writer) write(w *writing, b bulk) {
	w.todo = b.requests(a.Limit.Bytes())
	for len(w.todo) > 0 {
		next := w.todo[0]
		w.todo = w.todo[1:]
		answer, sent := w.send(next)
		if !sent {
			continue
		}
		switch answer.Verdict {
		case messages.BulkAnswered:
			w.answered(next, answer.Items)
		case messages.BulkLater:
			w.hold(next, answer.Reason)
		case messages.BulkTooLarge:
			w.tooLarge(next, answer)
		case messages.BulkMalformed:
			w.halve(next, messages.Item{Status: answer.Status, Reason: answer.Reason}, "")
		}
	}
	if w.lowered && a.Limit.unsaid() {
		a.Log.Warn("bulk requests were too large: max_bytes is lowered for this run", "max_bytes", a.Limit.Bytes())
	}
	w.unit.OnRelease(a.Complaints.lookAgain)
	if !w.kept {
		w.unit.OnRelease(b.recycle)
	}
}

// recycle gives the memory of its batches back.
func (b bulk) recycle() {
	for _, d := range b {
		if d.Recycle != nil {
			d.Recycle()
		}
	}
}

// send sends one request. sent is false where there is nothing to read: the
// writer crashed on suspects, whose halves are sent next, or the run is over.
func (w *writing) send(b bulk) (answer messages.BulkAnswer, sent bool) {
	var err error
	request := func() { answer, err = w.bulker.Send(w.Run, b) }
	if b.suspect() {
		if crash := alone(func() { w.unit.Wait(request) }); crash != nil {
			w.halve(b.suspects(), messages.Item{Reason: crash.Error()}, crash.Stack)
			return answer, false
		}
	} else {
		w.unit.Wait(request)
	}
	switch {
	case err != nil && w.Run.Err() != nil: // what is in flight is read again after a restart
		w.todo, w.kept = nil, true
		return answer, false
	case err != nil:
		fatal(fmt.Errorf("index %d documents: %w", b.documents(), err))
	}
	return answer, true
}
