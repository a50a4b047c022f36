package dlq

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/actorpipe/actorpipe/messages"
)

// Errors of lines that are no entries.
var (
	ErrTorn  = errors.New("a crash has cut the line off, or it is just being written: its record comes again")
	errLong  = errors.New("the line is too long for an entry")
	errNoOne = errors.New("it has no topic, so it is no entry")
)

// LargestLine is the bytes of a line beyond which it is not taken for an entry.
const LargestLine = 256 << 20

// Line is what was read where an entry was expected.
type Line struct {
	Entry Entry
	Raw   []byte // the JSON, as it was found; empty where it was too long
	Err   error  // why it is no entry; then Entry is empty
}

// Parse reads one entry, without the end of its line.
func Parse(raw []byte) Line {
	l := Line{Raw: raw}
	if l.Err = json.Unmarshal(raw, &l.Entry); l.Err == nil && l.Entry.Topic == "" {
		l.Err = errNoOne
	}
	if l.Err != nil {
		l.Entry = Entry{}
	}
	return l
}

// Scan calls do for each line of a file of entries, until it returns an error, which
// Scan returns. It holds one line at a time; a Line stays valid. size is the bytes of
// the line in the file. The last line has ErrTorn if its end is not there.
func Scan(r io.Reader, do func(l Line, size int64) error) error {
	return scan(r, LargestLine, do)
}

func scan(r io.Reader, largest int, do func(l Line, size int64) error) error {
	in := bufio.NewReaderSize(r, mendChunk)
	for {
		raw, size, err := readLine(in, largest)
		ended := errors.Is(err, io.EOF)
		switch {
		case err != nil && !ended:
			return fmt.Errorf("read a line: %w", err)
		case ended && size == 0:
			return nil
		}
		if err := do(lineOf(raw, size > int64(largest), ended), size); err != nil || ended {
			return err
		}
	}
}

// lineOf is what was read, with the end of its line.
func lineOf(raw []byte, tooLong, torn bool) Line {
	switch {
	case torn:
		return Line{Raw: raw, Err: ErrTorn}
	case tooLong:
		return Line{Err: errLong}
	default:
		return Parse(bytes.TrimSuffix(raw, []byte("\n")))
	}
}

// readLine reads a line with its end, of which it keeps nothing if it is too large.
func readLine(in *bufio.Reader, largest int) (raw []byte, size int64, err error) {
	for {
		part, err := in.ReadSlice('\n')
		size += int64(len(part))
		if size > int64(largest) {
			raw = nil
		} else {
			raw = append(raw, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return raw, size, err
		}
	}
}

// Record is the record that the entry is about. It shares the entry's memory.
func (e *Entry) Record() messages.Record {
	return messages.Record{Offset: e.Offset, Timestamp: e.Timestamp, Key: e.Key, Value: e.Value, Headers: e.Headers}
}
