package elastic

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/tidwall/gjson"

	"github.com/actorpipe/actorpipe/messages"
)

// bulkAnswer says what an answer to n documents means. An error is fatal.
func (c *Client) bulkAnswer(x *exchange, docs []*messages.DocumentBatch, n int) (messages.BulkAnswer, error) {
	whole := messages.BulkAnswer{Status: x.status}
	switch {
	case x.foreign, x.err != nil && tlsRefused(x.err):
		return whole, c.fatal("bulk request", x)
	case x.err != nil:
		whole.Verdict, whole.Reason = messages.BulkLater, c.reason(x)
	case x.stored():
		return c.itemAnswers(x, docs, n)
	case notNow(x):
		whole.Verdict, whole.Reason = messages.BulkLater, c.reason(x)
	case x.status == http.StatusRequestEntityTooLarge:
		whole.Verdict, whole.Reason = messages.BulkTooLarge, c.reason(x)
	case x.status == http.StatusBadRequest:
		whole.Verdict, whole.Reason = messages.BulkMalformed, c.reason(x)
	default:
		return whole, c.fatal("bulk request", x)
	}
	return whole, nil
}

// notNow says whether the request may succeed when it is sent again. A block
// that forbids writing to the whole cluster is lifted some day, as that of an
// index is.
func notNow(x *exchange) bool {
	switch {
	case passes(x.status):
		return true
	case x.status == http.StatusForbidden:
		return gjson.ValidBytes(x.answer) && gjson.GetBytes(x.answer, "error.type").Str == blockType
	}
	return false
}

// passes says whether a status is of trouble that passes.
func passes(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500
}

// itemAnswers says what the answer means item by item.
func (c *Client) itemAnswers(x *exchange, docs []*messages.DocumentBatch, n int) (messages.BulkAnswer, error) {
	whole := messages.BulkAnswer{Status: x.status}
	if allStored(x.answer, n) {
		return whole, nil
	}
	later := func(format string, args ...any) (messages.BulkAnswer, error) {
		whole.Verdict = messages.BulkLater
		whole.Reason = c.secrets.clean(x.hostName() + ": " + fmt.Sprintf(format, args...))
		return whole, nil
	}
	if !gjson.ValidBytes(x.answer) {
		return later("the answer is cut off or no JSON")
	}
	answers := gjson.GetBytes(x.answer, "items").Array()
	if len(answers) != n {
		return later("%d documents were sent, the answer has %d", n, len(answers))
	}
	v := verdicts{client: c, host: x.hostName()}
	items, err := v.all(answers, docs)
	if err != nil {
		return whole, err
	}
	if v.unreadable {
		return later("an item of the answer has no status")
	}
	whole.Items = items
	return whole, nil
}

// allStored says whether the answer is, byte by byte, what Elasticsearch says of
// n documents that are all stored or deleted. It costs no memory; where it says
// no the answer is read properly, which is slower, not different.
func allStored(answer []byte, n int) bool {
	rest, ok := bytes.CutPrefix(bytes.TrimSpace(answer), []byte(`{"errors":false,"items":[`))
	for i := 0; ok && i < n; i++ {
		if i > 0 {
			rest, ok = bytes.CutPrefix(rest, []byte{','})
		}
		if ok {
			rest, ok = cutStored(rest)
		}
	}
	return ok && string(rest) == "]}"
}

// cutStored cuts off one item.
func cutStored(b []byte) ([]byte, bool) {
	const created, indexed = len(`{"create":{"status":201}}`), len(`{"index":{"status":200}}`)
	if len(b) >= created {
		switch string(b[:created]) {
		case `{"create":{"status":201}}`, `{"delete":{"status":200}}`, `{"delete":{"status":404}}`:
			return b[created:], true
		}
	}
	if len(b) >= indexed {
		switch string(b[:indexed]) {
		case `{"index":{"status":200}}`, `{"index":{"status":201}}`:
			return b[indexed:], true
		}
	}
	return b, false
}
