package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is the answer to a bulk request, item by item, of which only what the
// request's filter_path names is written.
type answer struct {
	fields fields
	errors bool
	items  []byte // each followed by a comma
	start  int    // of the item that is open
}

// fields are the parts of an answer that are wanted.
type fields struct {
	took, errors, items                   bool
	index, id, status, version, errorBody bool
}

// newAnswer takes filter_path, as "errors,items.*.status"; empty means all.
func newAnswer(filter string) answer {
	if filter == "" {
		return answer{fields: fields{true, true, true, true, true, true, true, true}}
	}
	var f fields
	for path := range strings.SplitSeq(filter, ",") {
		f.want(path)
	}
	f.items = f.items || f.index || f.id || f.status || f.version || f.errorBody
	return answer{fields: f}
}

func (f *fields) want(path string) {
	switch path {
	case "took":
		f.took = true
	case "errors":
		f.errors = true
	case "items", "items.*":
		f.items, f.index, f.id, f.status, f.version, f.errorBody = true, true, true, true, true, true
	case "items.*._index":
		f.index = true
	case "items.*._id":
		f.id = true
	case "items.*._version":
		f.version = true
	case "items.*.status":
		f.status = true
	case "items.*.error", "items.*.error.type", "items.*.error.reason":
		f.errorBody = true
	}
}

// done adds an item that was stored.
func (a *answer) done(it *item, status int, version int64) {
	a.open(it)
	if a.fields.version {
		a.items = append(a.items, `"_version":`...)
		a.items = append(strconv.AppendInt(a.items, version, 10), ',')
	}
	a.close(status)
}

// refused adds an item that was not.
func (a *answer) refused(it *item, r Refusal) {
	a.errors = true
	a.open(it)
	if a.fields.errorBody {
		a.items = append(append(a.items, `"error":`...), errorBody(r, it.index)...)
		a.items = append(a.items, ',')
	}
	a.close(r.Status)
}

func (a *answer) open(it *item) {
	a.start = len(a.items)
	a.items = append(append(append(a.items, `{"`...), it.op...), `":{`...)
	if a.fields.index {
		a.items = append(append(append(a.items, `"_index":`...), quoted(it.index)...), ',')
	}
	if a.fields.id {
		a.items = append(append(append(a.items, `"_id":`...), quoted(it.id)...), ',')
	}
}

// close ends an item. One of which nothing was wanted is left out, as
// Elasticsearch does: the positions of the others shift.
func (a *answer) close(status int) {
	if a.fields.status {
		a.items = append(a.items, `"status":`...)
		a.items = append(strconv.AppendInt(a.items, int64(status), 10), ',')
	}
	if a.items[len(a.items)-1] != ',' {
		a.items = a.items[:a.start]
		return
	}
	a.items = append(a.items[:len(a.items)-1], "}},"...)
}

func (a *answer) render(took time.Duration) []byte {
	out := []byte("{")
	if a.fields.errors {
		out = append(strconv.AppendBool(append(out, `"errors":`...), a.errors), ',')
	}
	if a.fields.took {
		out = append(strconv.AppendInt(append(out, `"took":`...), took.Milliseconds(), 10), ',')
	}
	if a.fields.items && len(a.items) > 0 {
		out = append(append(append(out, `"items":[`...), a.items[:len(a.items)-1]...), "],"...)
	}
	if out[len(out)-1] == ',' {
		out = out[:len(out)-1]
	}
	return append(out, '}')
}

// errorBody is the error of an item; index may be empty.
func errorBody(r Refusal, index string) []byte {
	b, err := json.Marshal(struct {
		Type   string `json:"type"`
		Reason string `json:"reason"`
		Index  string `json:"index,omitempty"`
	}{r.Type, r.Reason, index})
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	return b
}

// writeError refuses a request as a whole.
func writeError(w http.ResponseWriter, status int, r Refusal) {
	body := append([]byte(`{"error":`), errorBody(r, "")...)
	writeJSON(w, status, append(strconv.AppendInt(append(body, `,"status":`...), int64(status), 10), '}'))
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}
