package sandbox

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// The statuses of items.
const (
	statusOK       = http.StatusOK
	statusCreated  = http.StatusCreated
	statusNotFound = http.StatusNotFound
	statusConflict = http.StatusConflict
	statusRefused  = http.StatusBadRequest
)

// serveBulk answers a bulk request; index is that of its path, or empty.
func (s *Sink) serveBulk(w http.ResponseWriter, r *http.Request, index string) {
	start := time.Now()
	faults := s.faults.Load()
	if faults.MaxBodyBytes > 0 && r.ContentLength > faults.MaxBodyBytes {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	body, err := readBody(r)
	if err != nil {
		writeError(w, http.StatusBadRequest, Refusal{Type: "illegal_argument_exception", Reason: err.Error()})
		return
	}
	wait(r, faults.delay(body))
	b := &bulk{sink: s, faults: faults, index: index, answer: newAnswer(r.URL.Query().Get("filter_path"))}
	if err := b.apply(body); err != nil {
		writeError(w, http.StatusBadRequest, Refusal{Type: "illegal_argument_exception", Reason: err.Error()})
		return
	}
	if faults.Lost != nil && faults.Lost() {
		panic(http.ErrAbortHandler)
	}
	faults.send(w, b.answer.render(time.Since(start)))
}

// readBody is the body, unpacked. Documents are parts of the string: it is the
// only copy that is made of them.
func readBody(r *http.Request) (string, error) {
	var in io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		zip, err := gzip.NewReader(r.Body)
		if err != nil {
			return "", fmt.Errorf("read gzip body: %w", err)
		}
		in = zip
	}
	var body strings.Builder
	body.Grow(int(max(r.ContentLength, 0)))
	if _, err := io.Copy(&body, in); err != nil {
		return "", fmt.Errorf("read body: %w", err)
	}
	return body.String(), nil
}

// wait waits for the delay. The connection is cut if nobody wants the answer
// before it is over.
func wait(r *http.Request, delay time.Duration) {
	if delay <= 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// bulk is one bulk request under way.
type bulk struct {
	sink   *Sink
	faults *Faults
	index  string // of the path
	answer answer

	last   string // name of the index below
	target *index
}

// item is a document of a bulk, or a delete.
type item struct {
	action
	source string
}

// apply stores the documents. An error refuses the whole body, of which nothing
// is stored then: Elasticsearch reads all of it first.
func (b *bulk) apply(body string) error {
	items, err := parseBulk(body, b.index)
	if err != nil {
		return err
	}
	for i := range items {
		b.one(&items[i])
	}
	b.sink.items.Add(int64(len(items)))
	return nil
}

// parseBulk cuts a body into its items.
func parseBulk(body, defaultIndex string) ([]item, error) {
	if !strings.HasSuffix(body, "\n") {
		return nil, errors.New("The bulk request must be terminated by a newline [\\n]") //nolint:staticcheck // the words are those of Elasticsearch
	}
	items := make([]item, 0, 1+strings.Count(body, "\n")/2)
	for body != "" {
		var line, source string
		line, body, _ = strings.Cut(body, "\n")
		if line == "" {
			continue
		}
		a, err := parseAction(line, defaultIndex)
		if err != nil {
			return nil, err
		}
		if a.op != opDelete {
			source, body, _ = strings.Cut(body, "\n")
		}
		items = append(items, item{action: a, source: source})
	}
	return items, nil
}

func (b *bulk) one(it *item) {
	if b.last != it.index || b.target == nil {
		b.last, b.target = it.index, b.sink.store.index(it.index)
	}
	if refusal := b.refusal(it); refusal.Status != 0 {
		b.answer.refused(it, refusal)
		return
	}
	if it.id == "" {
		it.id = b.sink.newID()
	}
	status, current := b.target.apply(&it.action, it.source)
	if status == statusConflict {
		b.answer.refused(it, conflict(&it.action, current))
		return
	}
	b.answer.done(it, status, current)
}

// refusal is what a fault says, or what a glance at the document does.
func (b *bulk) refusal(it *item) Refusal {
	if b.faults.Item != nil {
		if r := b.faults.Item(it.index, it.id, it.source); r.Status >= statusRefused {
			return r
		}
	}
	if it.op != opDelete && (!strings.HasPrefix(it.source, "{") || !strings.HasSuffix(it.source, "}")) {
		return Refusal{Status: statusRefused, Type: "document_parsing_exception", Reason: "not an object"}
	}
	return Refusal{}
}

// conflict is in the words of Elasticsearch: clients read the version in it.
func conflict(a *action, current int64) Refusal {
	reason := fmt.Sprintf("[%s]: version conflict, document already exists (current version [%d])", a.id, current)
	if a.external {
		reason = fmt.Sprintf("[%s]: version conflict, current version [%d] is higher or equal to the one provided [%d]", a.id, current, a.version)
	}
	return Refusal{Status: statusConflict, Type: "version_conflict_engine_exception", Reason: reason}
}

// newID is an id for a document that has none.
func (s *Sink) newID() string { return fmt.Sprintf("auto-%d", s.ids.Add(1)) }
