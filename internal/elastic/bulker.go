package elastic

import (
	"context"
	"net/http"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/klauspost/compress/gzip"

	"github.com/actorpipe/actorpipe/messages"
)

// keptBytes is the largest buffer that a Bulker keeps for its next request: one
// huge document does not hold its memory for ever.
const keptBytes = 16 << 20

// Bulker sends bulk requests, one at a time: it owns the memory of their bodies.
// It is for one goroutine.
type Bulker struct {
	client              *Client
	body                []byte
	prefix              []byte   // of the action lines of the batch under way
	offsets, timestamps decimals // in them
	zipped              appender
	zip                 *gzip.Writer
	answer              []byte
}

// Send writes the documents as one request, in their order, and blocks until the
// answer is read and understood: at most the request's time-out. It keeps nothing
// of docs. Without a document nothing is sent, and the answer is the zero value.
//
// An error is fatal, or says that ctx is done; the answer is then of no use.
func (b *Bulker) Send(ctx context.Context, docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
	n, err := b.build(docs)
	if n == 0 || err != nil {
		return messages.BulkAnswer{}, err
	}
	x, err := b.post(ctx)
	if err != nil {
		return messages.BulkAnswer{}, err
	}
	return b.client.bulkAnswer(x, docs, n)
}

// post sends the body that was built.
func (b *Bulker) post(ctx context.Context) (*exchange, error) {
	header := http.Header{"Content-Type": {"application/x-ndjson"}}
	buffer := &b.body
	if b.client.settings.Gzip {
		b.compress()
		buffer = &b.zipped.bytes
		header.Set("Content-Encoding", "gzip")
	}
	x := &exchange{answer: b.answer}
	request := esapi.BulkRequest{Header: header, FilterPath: []string{"errors", "items.*.status", "items.*.error"}}
	x.lent, request.Body = lend(*buffer)
	err := b.client.do(ctx, request, x)
	if !x.kept || cap(*buffer) > keptBytes {
		*buffer = nil
	}
	b.answer = x.answer
	if cap(b.answer) > keptBytes {
		b.answer = nil
	}
	return x, err
}

// compress makes zipped of body.
func (b *Bulker) compress() {
	if b.zip == nil {
		b.zip, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // fails for a level that is none
	}
	b.zipped.bytes = b.zipped.bytes[:0]
	b.zip.Reset(&b.zipped)
	_, _ = b.zip.Write(b.body) // an appender takes everything
	_ = b.zip.Close()
	if cap(b.body) > keptBytes {
		b.body = nil
	}
}

// appender is a writer into memory that is used again.
type appender struct{ bytes []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.bytes = append(a.bytes, p...)
	return len(p), nil
}
