package dlq

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

func TestFileStoresOneEntryALine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	f := open(t, path)
	for _, offsets := range [][]int64{{1, 2, 5}, {6}} {
		if err := f.Store(t.Context(), letters(offsets...)); err != nil {
			t.Fatal(err)
		}
	}
	checkOffsets(t, path, 1, 2, 5, 6)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("mode %s, want 0600", info.Mode())
	}
}

func TestFileGoesOnWhereItEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	for offset := range int64(3) {
		f := open(t, path)
		if err := f.Store(t.Context(), letters(offset)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	checkOffsets(t, path, 0, 1, 2)
}

func TestFileStoresNothingForARunThatIsOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := open(t, path).Store(ctx, letters(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	checkOffsets(t, path)
}

func TestFileSurvivesBeingCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	f := open(t, path)
	if err := f.Store(t.Context(), letters(1, 2)); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Store(t.Context(), letters(3)); err != nil {
		t.Fatal(err)
	}
	checkOffsets(t, path, 3)
}

func TestOpenFileRefusesALockedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	f := open(t, path)
	checkLocked(t, path)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestOpenFileRefusesTheFileOfAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.CommandContext(t.Context(), program)
	other.Env = append(os.Environ(), holdVariable+"="+path)
	if _, err = other.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	line, readErr := bufio.NewReader(out).ReadString('\n')
	if line != "held\n" {
		t.Errorf("the other process says %q (%v)", line, readErr)
	}
	checkLocked(t, path)
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // killed
	open(t, path)
}

func TestOpenFileSaysWhatToFix(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "notes.txt")
	write(t, foreign, "hello\nworld")
	for name, tt := range map[string]struct{ path, want string }{
		"no such directory": {filepath.Join(dir, "none", "dlq.ndjson"), "name another path"},
		"a directory":       {dir, "name another path"},
		"below a file":      {filepath.Join(foreign, "dlq.ndjson"), "name another path"},
		"another's file":    {foreign, `no DLQ entry ("world")`},
		"no file":           {os.DevNull, "no regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := OpenFile(testSettings(tt.path))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.path) {
				t.Errorf("got %v, want the path and %q", err, tt.want)
			}
		})
	}
	if got := read(t, foreign); got != "hello\nworld" {
		t.Errorf("the other's file is now %q", got)
	}
}

// testSettings are those of a file that is not rotated.
func testSettings(path string) FileSettings { return FileSettings{Path: path, MaxBytes: 1 << 30} }

func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := OpenFile(testSettings(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // closed by some tests themselves
	return f
}

func letters(offsets ...int64) *messages.DeadLetters {
	d := &messages.DeadLetters{Claim: &messages.Claim{Topic: "tweets", Partition: 2, Number: 1}}
	for _, offset := range offsets {
		r := messages.Record{Offset: offset, Timestamp: 1, Value: fmt.Appendf(nil, `{"n":%d}`, offset)}
		d.Letters = append(d.Letters, messages.DeadLetter{Record: r, Stage: messages.StageWriter, Reason: "r", FailedAt: failedAt})
	}
	return d
}

func checkLocked(t *testing.T, path string) {
	t.Helper()
	if _, err := OpenFile(testSettings(path)); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want ErrLocked with the path", err)
	}
}

func checkOffsets(t *testing.T, path string, want ...int64) {
	t.Helper()
	var got []int64
	for line := range bytes.Lines([]byte(read(t, path))) {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		got = append(got, e.Offset)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("offsets %v, want %v", got, want)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
