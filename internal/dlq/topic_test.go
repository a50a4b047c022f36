package dlq

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/actorpipe/actorpipe/messages"
)

// sending is a Sender made of a function.
type sending func(records []messages.Record) ([]int, error)

func (f sending) Send(_ context.Context, records []messages.Record) ([]int, error) { return f(records) }

func TestTopicSendsEntriesUnderTheKeyOfTheRecord(t *testing.T) {
	d := letters(4, 6)
	d.Letters[1].Record.Key = []byte("k")
	var sent []messages.Record
	topic := NewTopic("refused", sending(func(records []messages.Record) ([]int, error) {
		sent = records
		return nil, nil
	}), nil)
	if err := topic.Store(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	var want []messages.Record
	for i := range d.Letters {
		value, err := NewEntry(d.Claim, &d.Letters[i]).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, messages.Record{Key: d.Letters[i].Record.Key, Value: value})
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
}

func TestTopicPutsWhatIsTooLargeIntoTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	topic := NewTopic("refused", sending(func([]messages.Record) ([]int, error) { return []int{2, 0}, nil }), open(t, path))
	if err := topic.Store(t.Context(), letters(4, 6, 7)); err != nil {
		t.Fatal(err)
	}
	checkOffsets(t, path, 4, 7)
}

func TestTopicFailsWithItsParts(t *testing.T) {
	denied := errors.New("denied")
	topic := NewTopic("refused", sending(func([]messages.Record) ([]int, error) { return nil, denied }), nil)
	want := "store 2 records of tweets-2#1 in DLQ topic refused: denied"
	if err := topic.Store(t.Context(), letters(4, 6)); !errors.Is(err, denied) || fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	file := open(t, filepath.Join(t.TempDir(), "dlq.ndjson"))
	_ = file.Close()
	topic = NewTopic("refused", sending(func([]messages.Record) ([]int, error) { return []int{0}, nil }), file)
	if err := topic.Store(t.Context(), letters(4, 6)); err == nil {
		t.Error("no error, though the file is closed")
	}
}
