package dlq

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenFileMendsTheLastLine(t *testing.T) {
	const whole = `{"topic":"a"}` + "\n"
	long := `{"topic":"` + strings.Repeat("x", 3*mendChunk)
	for name, tt := range map[string]struct{ before, after string }{
		"empty":                {"", ""},
		"whole":                {whole + whole, whole + whole},
		"torn":                 {whole + `{"topic":"b","par`, whole},
		"torn at once":         {whole + `{`, whole},
		"nothing but torn":     {`{"topic":"b`, ""},
		"torn and long":        {whole + long, whole},
		"zeros":                {whole + strings.Repeat("\x00", 100), whole},
		"whole, chunk by luck": {strings.Repeat(whole, mendChunk/len(whole)+1), strings.Repeat(whole, mendChunk/len(whole)+1)},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dlq.ndjson")
			write(t, path, tt.before)
			open(t, path)
			if got := read(t, path); got != tt.after {
				t.Errorf("%d bytes are left, want %d", len(got), len(tt.after))
			}
		})
	}
}

func TestLinesBeginAsMendExpects(t *testing.T) {
	line, err := Entry{}.MarshalJSON()
	if err != nil || !strings.HasPrefix(string(line), entryStart) {
		t.Errorf("%s (%v) does not begin with %s", line, err, entryStart)
	}
}
