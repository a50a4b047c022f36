package dlq

import (
	"bytes"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/actorpipe/actorpipe/messages"
)

// Entry is a record that was refused for good, and why. Its JSON form is an
// interface: key and value of the record, and of its headers, are strings, or
// base 64 under a name that ends in _base64 where they are not valid UTF-8, or
// null.
type Entry struct {
	Topic     string
	Partition int32
	Offset    int64
	Key       []byte // nil: null
	Headers   []messages.Header
	Timestamp int64 // of the record, epoch milliseconds, -1 if it has none
	Stage     messages.Stage
	Reason    string
	Status    int // HTTP, 0 where there is none
	Attempts  int // requests that carried the record
	FailedAt  time.Time
	Stack     string // of the crash, empty where there was none
	Value     []byte // nil: null
}

// NewEntry is the entry for a letter of the claim. It shares the letter's
// memory.
func NewEntry(c *messages.Claim, l *messages.DeadLetter) Entry {
	return Entry{
		Topic:     c.Topic,
		Partition: c.Partition,
		Offset:    l.Record.Offset,
		Key:       l.Record.Key,
		Headers:   l.Record.Headers,
		Timestamp: l.Record.Timestamp,
		Stage:     l.Stage,
		Reason:    l.Reason,
		Status:    l.Status,
		Attempts:  l.Attempts,
		FailedAt:  l.FailedAt,
		Stack:     l.Stack,
		Value:     l.Record.Value,
	}
}

// entryStart is how each line of the file begins: topic is the first field.
const entryStart = `{"topic":"`

// wireEntry is an entry as JSON has it. Text fields hold a string or null.
type wireEntry struct {
	Topic       string          `json:"topic"`
	Partition   int32           `json:"partition"`
	Offset      int64           `json:"offset"`
	Key         json.RawMessage `json:"key,omitempty"`
	KeyBase64   []byte          `json:"key_base64,omitempty"`
	Headers     []wireHeader    `json:"headers"`
	Timestamp   int64           `json:"timestamp"`
	Stage       messages.Stage  `json:"stage"`
	Reason      string          `json:"reason"`
	Status      int             `json:"status"`
	Attempts    int             `json:"attempts"`
	FailedAt    time.Time       `json:"failed_at"`
	Stack       string          `json:"stack,omitempty"`
	Value       json.RawMessage `json:"value,omitempty"`
	ValueBase64 []byte          `json:"value_base64,omitempty"`
}

type wireHeader struct {
	Key         json.RawMessage `json:"key,omitempty"`
	KeyBase64   []byte          `json:"key_base64,omitempty"`
	Value       json.RawMessage `json:"value,omitempty"`
	ValueBase64 []byte          `json:"value_base64,omitempty"`
}

// MarshalJSON is the entry as one line, without its end.
func (e Entry) MarshalJSON() ([]byte, error) {
	var line bytes.Buffer
	if err := e.write(&line); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line.Bytes(), []byte("\n")), nil
}

// UnmarshalJSON reads an entry back, byte for byte as it was but for invalid
// UTF-8 in the reason. Names it does not know are ignored.
func (e *Entry) UnmarshalJSON(line []byte) error {
	var w wireEntry
	if err := json.Unmarshal(line, &w); err != nil {
		return err
	}
	var fail error
	join := func(text json.RawMessage, base64 []byte) []byte {
		b, err := joinBytes(text, base64)
		if err != nil {
			fail = err
		}
		return b
	}
	*e = Entry{
		Topic: w.Topic, Partition: w.Partition, Offset: w.Offset, Timestamp: w.Timestamp,
		Stage: w.Stage, Reason: w.Reason, Status: w.Status, Attempts: w.Attempts, FailedAt: w.FailedAt, Stack: w.Stack,
		Key: join(w.Key, w.KeyBase64), Value: join(w.Value, w.ValueBase64),
	}
	for _, h := range w.Headers {
		e.Headers = append(e.Headers, messages.Header{Key: join(h.Key, h.KeyBase64), Value: join(h.Value, h.ValueBase64)})
	}
	return fail
}

// write appends the entry to out as one line.
func (e *Entry) write(out *bytes.Buffer) error {
	w := wireEntry{
		Topic: e.Topic, Partition: e.Partition, Offset: e.Offset, Timestamp: e.Timestamp,
		Stage: e.Stage, Reason: e.Reason, Status: e.Status, Attempts: e.Attempts, FailedAt: e.FailedAt.UTC(), Stack: e.Stack,
		Headers: make([]wireHeader, len(e.Headers)),
	}
	w.Key, w.KeyBase64 = splitBytes(e.Key)
	w.Value, w.ValueBase64 = splitBytes(e.Value)
	for i, h := range e.Headers {
		w.Headers[i].Key, w.Headers[i].KeyBase64 = splitBytes(h.Key)
		w.Headers[i].Value, w.Headers[i].ValueBase64 = splitBytes(h.Value)
	}
	return encode(out, &w)
}

// splitBytes is b as a JSON string or null, or else as what only base 64 can
// carry; the other result is nil.
func splitBytes(b []byte) (text json.RawMessage, base64 []byte) {
	if b == nil {
		return json.RawMessage("null"), nil
	}
	if !utf8.Valid(b) {
		return nil, b
	}
	var out bytes.Buffer
	if err := encode(&out, string(b)); err != nil {
		return nil, b // a string always encodes
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// joinBytes is the inverse of splitBytes.
func joinBytes(text json.RawMessage, base64 []byte) ([]byte, error) {
	if base64 != nil || text == nil {
		return base64, nil
	}
	var s *string
	if err := json.Unmarshal(text, &s); err != nil || s == nil {
		return nil, err
	}
	return []byte(*s), nil
}

// encode appends v to out as one line of JSON, where < > & stay readable.
func encode(out *bytes.Buffer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
