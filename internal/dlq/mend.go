package dlq

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
)

// mendChunk is how many bytes mend reads at once.
const mendChunk = 64 << 10

// mend cuts the file after its last whole line. It refuses to cut what does not
// look like one of our entries, or like zeros a crash of the machine left: the
// path may name somebody else's file.
func mend(file *os.File) error {
	end, start, err := lastLine(file)
	if err != nil {
		return fmt.Errorf("read the last line: %w", err)
	}
	if start == end {
		return nil
	}
	head := make([]byte, min(end-start, int64(len(entryStart))))
	if _, err := file.ReadAt(head, start); err != nil {
		return fmt.Errorf("read the last line: %w", err)
	}
	zeros := len(bytes.Trim(head, "\x00")) == 0
	if !zeros && !strings.HasPrefix(entryStart, string(head)) {
		return fmt.Errorf("it ends in the middle of a line that is no DLQ entry (%q): name another path in the dlq block", head)
	}
	if err := file.Truncate(start); err != nil {
		return fmt.Errorf("remove the torn last line: %w", err)
	}
	return file.Sync()
}

// lastLine is the size of the file, and where what follows its last line end
// begins.
func lastLine(file *os.File) (end, start int64, err error) {
	info, err := file.Stat()
	if err != nil {
		return 0, 0, err
	}
	chunk := make([]byte, mendChunk)
	for start = info.Size(); start > 0; {
		part := chunk[:min(start, mendChunk)]
		if _, err := file.ReadAt(part, start-int64(len(part))); err != nil && err != io.EOF {
			return 0, 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return info.Size(), start - int64(len(part)) + int64(i) + 1, nil
		}
		start -= int64(len(part))
	}
	return info.Size(), 0, nil
}
