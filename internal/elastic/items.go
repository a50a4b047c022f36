package elastic

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/actorpipe/actorpipe/messages"
)

// Error types of Elasticsearch that say more than their status.
const (
	blockType    = "cluster_block_exception"
	closedType   = "index_closed_exception" // status 400, though it names the index, not the document
	securityType = "security_exception"
	noIndexType  = "index_not_found_exception"
	badNameType  = "invalid_index_name_exception"
)

// noText is added to the reason for a document whose bytes Elasticsearch may have
// misread: what it says then, as "unexpected end of file", misleads.
const noText = " (the record is no valid UTF-8)"

// verdicts reads the items of one answer.
type verdicts struct {
	client     *Client
	host       string
	unreadable bool // an item made no sense
}

// all returns the verdicts in the order of the documents, nil where all are
// stored. answers has as many as docs has documents. An error is fatal.
func (v *verdicts) all(answers []gjson.Result, docs []*messages.DocumentBatch) ([]messages.Item, error) {
	items := make([]messages.Item, 0, len(answers))
	stored := true
	for _, d := range docs {
		for i := range d.Docs {
			item, err := v.item(answers[len(items)], d.Claim.Topic, &d.Docs[i])
			if err != nil {
				return nil, err
			}
			stored = stored && (item.Verdict == messages.ItemIndexed || item.Verdict == messages.ItemDeleted)
			items = append(items, item)
		}
	}
	if stored {
		return nil, nil
	}
	return items, nil
}

// item is the verdict on one document. answer is an object with one field, which
// is named for the action: {"create":{"status":409,"error":{...}}}.
func (v *verdicts) item(answer gjson.Result, topic string, doc *messages.Document) (messages.Item, error) {
	var result gjson.Result
	answer.ForEach(func(_, value gjson.Result) bool {
		result = value
		return false
	})
	item := messages.Item{Status: int(result.Get("status").Int())}
	if item.Status == http.StatusOK || item.Status == http.StatusCreated {
		item.Verdict = done(doc)
		return item, nil
	}
	cause := result.Get("error")
	kind := cause.Get("type").Str
	if v.fatal(item.Status, kind, cause) {
		return item, v.client.fatalItem(v.host, v.client.settings.Routes[topic], item.Status, cause)
	}
	item.Verdict = v.verdict(item.Status, kind, cause, doc)
	if item.Verdict == messages.ItemDuplicate && v.client.actions[topic].kind == IDEntity {
		if stored, ok := storedVersion(cause); ok && stored > doc.Record.Offset {
			item.Verdict, item.Version = messages.ItemSuperseded, stored
		}
	}
	switch item.Verdict {
	case messages.ItemLater, messages.ItemBlocked, messages.ItemRefused:
		item.Reason = v.client.secrets.clean(itemReason(item.Status, cause))
		if item.Verdict == messages.ItemRefused && !utf8.Valid(doc.Source) {
			item.Reason += noText
		}
	case messages.ItemIndexed, messages.ItemDeleted, messages.ItemDuplicate, messages.ItemSuperseded:
	}
	return item, nil
}

// verdict is the table in doc.go, without what is stored and what is fatal.
func (v *verdicts) verdict(status int, kind string, cause gjson.Result, doc *messages.Document) messages.ItemVerdict {
	switch {
	case status == http.StatusNotFound && doc.Source == nil && !cause.Exists():
		return messages.ItemDeleted
	case status == http.StatusConflict:
		return messages.ItemDuplicate
	case kind == blockType, kind == closedType:
		return messages.ItemBlocked
	case passes(status):
		return messages.ItemLater
	case status < 400:
		v.unreadable = true
	}
	return messages.ItemRefused
}

func done(doc *messages.Document) messages.ItemVerdict {
	if doc.Source == nil {
		return messages.ItemDeleted
	}
	return messages.ItemIndexed
}

// fatal says whether an item's error would be the same for every record.
func (v *verdicts) fatal(status int, kind string, cause gjson.Result) bool {
	switch status {
	case http.StatusUnauthorized:
		return true
	case http.StatusForbidden:
		return kind == securityType || kind == ""
	case http.StatusNotFound:
		return kind == noIndexType
	case http.StatusBadRequest:
		return misrouted(cause) != ""
	}
	return false
}

// misrouted returns what to change where the index cannot take what is sent to
// it, "" where it is the document that cannot be taken.
func misrouted(cause gjson.Result) string {
	reason := cause.Get("reason").Str
	switch {
	case cause.Get("type").Str == badNameType:
		return "choose a name that Elasticsearch takes"
	case strings.HasPrefix(reason, "only write ops with an op_type of create are allowed in data streams"):
		return `a data stream takes no entities, set id = "offset" or write to an index`
	case strings.HasPrefix(reason, "no write index is defined for alias"):
		return "give the alias a write index"
	}
	return ""
}

// storedVersion is the version that a conflict names. The reason ends "...,
// current version [7] is higher or equal to the one provided [5]"; before that
// stands the id, which may hold anything.
func storedVersion(cause gjson.Result) (version int64, ok bool) {
	const before = "current version ["
	reason := cause.Get("reason").Str
	at := strings.LastIndex(reason, before)
	if at < 0 {
		return 0, false
	}
	digits, _, _ := strings.Cut(reason[at+len(before):], "]")
	version, err := strconv.ParseInt(digits, 10, 64)
	return version, err == nil
}

// itemReason is what Elasticsearch said of a document, for a person.
func itemReason(status int, cause gjson.Result) string {
	if text := causes(cause); text != "" {
		return text
	}
	return fmt.Sprintf("elasticsearch answered %d without a reason", status)
}
