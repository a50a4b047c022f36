package dlq

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/actorpipe/actorpipe/messages"
)

const plainLine = `{"topic":"a","partition":1,"offset":2}`

func TestScanFindsEntriesAndWhatIsNone(t *testing.T) {
	type found struct {
		Topic, Raw, Err string
		Size            int64
	}
	long := `{"topic":"` + strings.Repeat("x", 3*mendChunk)
	for name, tt := range map[string]struct {
		text string
		want []found
	}{
		"nothing":      {"", nil},
		"entries":      {plainLine + "\n" + plainLine + "\n", []found{{"a", plainLine, "", 39}, {"a", plainLine, "", 39}}},
		"torn":         {plainLine + "\n" + plainLine, []found{{"a", plainLine, "", 39}, {"", plainLine, ErrTorn.Error(), 38}}},
		"empty line":   {"\n", []found{{"", "", "unexpected end of JSON input", 1}}},
		"no topic":     {"{}\n", []found{{"", "{}", errNoOne.Error(), 3}}},
		"no JSON":      {"x\n" + plainLine + "\n", []found{{"", "x", "invalid character 'x' looking for beginning of value", 2}, {"a", plainLine, "", 39}}},
		"too long":     {long + "\n" + plainLine + "\n", []found{{"", "", errLong.Error(), int64(len(long)) + 1}, {"a", plainLine, "", 39}}},
		"long to torn": {long, []found{{"", "", ErrTorn.Error(), int64(len(long))}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []found
			err := scan(strings.NewReader(tt.text), 2*mendChunk, func(l Line, size int64) error {
				f := found{l.Entry.Topic, string(l.Raw), "", size}
				if l.Err != nil {
					f.Err = l.Err.Error()
				}
				got = append(got, f)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestScanEndsWithWhoReads(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	err := Scan(strings.NewReader(plainLine+"\n"+plainLine+"\n"), func(Line, int64) error {
		n++
		return stop
	})
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("got %v after %d lines", err, n)
	}
}

// TestStoredEntriesAreReadBack stores any records, by a file that rotates now and
// then, and reads them back byte for byte.
func TestStoredEntriesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "dlq-") //nolint:usetesting // a rapid.T has no directory
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "dlq.ndjson")
		f, err := OpenFile(FileSettings{Path: path, MaxBytes: rapid.Int64Range(1, 5000).Draw(t, "max")})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var want []Entry
		for _, d := range rapid.SliceOfN(anyLetters(), 1, 5).Draw(t, "stored") {
			if err := f.Store(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			for i := range d.Letters {
				want = append(want, NewEntry(d.Claim, &d.Letters[i]))
			}
		}
		var got []Entry
		files, err := Files(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			err = Scan(bytes.NewReader(text), func(l Line, _ int64) error {
				got = append(got, l.Entry)
				return l.Err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// anyBytes are null, empty, text, or no UTF-8 at all.
func anyBytes() *rapid.Generator[[]byte] {
	return rapid.OneOf(
		rapid.Just[[]byte](nil),
		rapid.SliceOfN(rapid.Byte(), 0, 50),
		rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }),
	)
}

func anyLetters() *rapid.Generator[*messages.DeadLetters] {
	header := rapid.Custom(func(t *rapid.T) messages.Header {
		return messages.Header{Key: anyBytes().Draw(t, "header"), Value: anyBytes().Draw(t, "of it")}
	})
	letter := rapid.Custom(func(t *rapid.T) messages.DeadLetter {
		headers := rapid.SliceOfN(header, 0, 3).Draw(t, "headers")
		if len(headers) == 0 {
			headers = nil // a record has none or some
		}
		return messages.DeadLetter{
			Record: messages.Record{
				Offset: rapid.Int64Min(0).Draw(t, "offset"), Timestamp: rapid.Int64Min(-1).Draw(t, "timestamp"),
				Key: anyBytes().Draw(t, "key"), Value: anyBytes().Draw(t, "value"), Headers: headers,
			},
			Stage:  rapid.SampledFrom([]messages.Stage{messages.StageConsumer, messages.StageEnricher, messages.StageWriter}).Draw(t, "stage"),
			Reason: rapid.String().Draw(t, "reason"), Status: rapid.IntRange(0, 599).Draw(t, "status"),
			Attempts: rapid.IntRange(0, 9).Draw(t, "attempts"), Stack: rapid.String().Draw(t, "stack"),
			FailedAt: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC(),
		}
	})
	return rapid.Custom(func(t *rapid.T) *messages.DeadLetters {
		return &messages.DeadLetters{
			Claim:   &messages.Claim{Topic: rapid.StringMatching(`[a-z._-]{1,20}`).Draw(t, "topic"), Partition: rapid.Int32Min(0).Draw(t, "partition")},
			Letters: rapid.SliceOfN(letter, 1, 4).Draw(t, "letters"),
		}
	})
}
