package main

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/internal/elastic"
	"github.com/actorpipe/actorpipe/messages"
)

// minBulkBytes is what a writer sends without waiting for more, as in supervision.
const minBulkBytes = 256 << 10

// outcomes of the verdicts that are final and no refusal.
var outcomes = map[messages.ItemVerdict]messages.Outcome{
	messages.ItemIndexed:    messages.Indexed,
	messages.ItemDeleted:    messages.Deleted,
	messages.ItemDuplicate:  messages.Duplicate,
	messages.ItemSuperseded: messages.Superseded,
}

// writers put the template, and then write.
func (p *channels) writers(run context.Context) error {
	wait := actors.Backoff{Initial: p.conf.Elasticsearch.Backoff.Initial, Max: p.conf.Elasticsearch.Backoff.Max}
	for tries := 1; ; tries++ {
		answer, err := p.client.PutTemplate(run)
		switch {
		case run.Err() != nil:
			return nil //nolint:nilerr // the run is over and says why
		case err != nil:
			return err
		}
		if answer.Verdict != elastic.TemplateLater {
			break
		}
		pause(run, wait.Wait(tries))
	}
	var group errgroup.Group
	for range p.conf.Elasticsearch.Workers {
		group.Go(func() error { return p.write(run, &bulkWriter{channels: p, bulker: p.client.NewBulker(), wait: wait}) })
	}
	return group.Wait()
}

// pause waits, or until the run is over.
func pause(run context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-run.Done():
	}
}

// write writes until the run is over.
func (p *channels) write(run context.Context, w *bulkWriter) error {
	for {
		taken := p.gather(run)
		if len(taken) == 0 {
			return nil
		}
		todo := make(bulk, len(taken))
		for i, b := range taken {
			todo[i] = part{b.claim, &b.DocumentBatch}
		}
		if err := w.send(run, todo); err != nil || run.Err() != nil {
			return err
		}
		for _, b := range taken {
			p.recycle(b)
		}
	}
}

// gather takes what is there, at least minBulkBytes or what came within the bulk's
// age; nothing when the run is over.
func (p *channels) gather(run context.Context) (taken []*batch) {
	var age <-chan time.Time
	size, most := 0, int(p.conf.Elasticsearch.Bulk.MaxBytes)-batchBytes-geoBytes*batchRecords
	for size < most {
		var b *batch
		if size >= minBulkBytes {
			select {
			case b = <-p.enriched.batches:
				p.enriched.taken(b)
			case b = <-p.users.batches:
				p.users.taken(b)
			default:
				return taken
			}
		} else {
			select {
			case b = <-p.enriched.batches:
				p.enriched.taken(b)
			case b = <-p.users.batches:
				p.users.taken(b)
			case <-age:
				return taken
			case <-run.Done():
				return nil
			}
		}
		if age == nil {
			age = time.After(p.conf.Elasticsearch.Bulk.MaxAge)
		}
		taken = append(taken, b)
		size += b.Bytes
	}
	return taken
}

// part is documents of one claim.
type part struct {
	claim *claim
	docs  *messages.DocumentBatch
}

// bulk is what goes into one request.
type bulk []part

func (b bulk) documents() (n int) {
	for _, d := range b {
		n += len(d.docs.Docs)
	}
	return n
}

// split cuts it after n documents.
func (b bulk) split(n int) (head, tail bulk) {
	for _, d := range b {
		k := min(n, len(d.docs.Docs))
		if k > 0 {
			head = append(head, part{d.claim, d.docs.Slice(0, k)})
		}
		if k < len(d.docs.Docs) {
			tail = append(tail, part{d.claim, d.docs.Slice(k, len(d.docs.Docs))})
		}
		n -= k
	}
	return head, tail
}

// bulkWriter writes one request at a time.
type bulkWriter struct {
	*channels
	bulker *elastic.Bulker
	wait   actors.Backoff
	docs   []*messages.DocumentBatch // of the request under way
}

// send sends b until every document of it is settled, or the run is over.
func (w *bulkWriter) send(run context.Context, b bulk) error {
	for tries := 1; len(b) > 0; tries++ {
		if tries > 1 {
			pause(run, w.wait.Wait(tries-1))
		}
		w.docs = w.docs[:0]
		for _, d := range b {
			w.docs = append(w.docs, d.docs)
		}
		answer, err := w.bulker.Send(run, w.docs)
		switch {
		case run.Err() != nil:
			return nil //nolint:nilerr // the run is over and says why
		case err != nil:
			return err
		}
		switch answer.Verdict {
		case messages.BulkAnswered:
			if b, err = w.settle(run, b, answer.Items); err != nil {
				return err
			}
		case messages.BulkTooLarge, messages.BulkMalformed:
			return w.halve(run, b, answer)
		case messages.BulkLater:
		}
	}
	return nil
}

// halve sends b in halves; a document that is refused alone goes to the DLQ.
func (w *bulkWriter) halve(run context.Context, b bulk, answer messages.BulkAnswer) error {
	if n := b.documents(); n > 1 {
		head, tail := b.split(n / 2)
		if err := w.send(run, head); err != nil {
			return err
		}
		return w.send(run, tail)
	}
	return w.refuse(run, b[0].claim, []messages.DeadLetter{letter(&b[0].docs.Docs[0], messages.Item{Status: answer.Status, Reason: answer.Reason})})
}

// settle settles what has a final answer and returns what is to be sent again. No
// items mean that all were stored.
func (w *bulkWriter) settle(run context.Context, b bulk, items []messages.Item) (again bulk, err error) {
	for _, d := range b {
		var ranges []messages.Range
		var refused []messages.DeadLetter
		var later []messages.Document
		for i := range d.docs.Docs {
			doc, item := &d.docs.Docs[i], messages.Item{Verdict: messages.ItemIndexed}
			if items != nil {
				item = items[i]
			}
			if o, final := outcomes[item.Verdict]; final {
				ranges = messages.AppendOffset(ranges, doc.Record.Offset, o)
			} else if item.Verdict == messages.ItemRefused {
				refused = append(refused, letter(doc, item))
			} else {
				later = append(later, *doc)
			}
		}
		if items != nil {
			items = items[len(d.docs.Docs):]
		}
		d.claim.settle(ranges)
		if err := w.refuse(run, d.claim, refused); err != nil {
			return nil, err
		}
		if len(later) > 0 {
			again = append(again, part{d.claim, &messages.DocumentBatch{Claim: d.docs.Claim, Docs: later}})
		}
	}
	return again, nil
}

func letter(d *messages.Document, item messages.Item) messages.DeadLetter {
	return messages.DeadLetter{Record: d.Record.Clone(), Stage: messages.StageWriter, Reason: item.Reason, Status: item.Status, Attempts: 1, FailedAt: time.Now()}
}
