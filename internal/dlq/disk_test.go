package dlq

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// faultyDisk counts, and fails where it is told to. It writes half of what it
// is given when Write fails.
type faultyDisk struct {
	*os.File

	writes, syncs                int
	failWrite, failSync, failCut bool
}

var errDisk = errors.New("no space left")

func (d *faultyDisk) Write(b []byte) (int, error) {
	d.writes++
	if d.failWrite {
		n, _ := d.File.Write(b[:len(b)/2])
		return n, errDisk
	}
	return d.File.Write(b)
}

func (d *faultyDisk) Sync() error {
	d.syncs++
	if d.failSync {
		return errDisk
	}
	return d.File.Sync()
}

func (d *faultyDisk) Truncate(size int64) error {
	if d.failCut {
		return errDisk
	}
	return d.File.Truncate(size)
}

func TestStoreWritesOnceAndSyncs(t *testing.T) {
	f, d, _ := openFaulty(t)
	if err := f.Store(t.Context(), letters(1, 2, 3)); err != nil {
		t.Fatal(err)
	}
	if d.writes != 1 || d.syncs != 1 {
		t.Errorf("%d writes and %d syncs, want 1 and 1", d.writes, d.syncs)
	}
}

func TestStoreLeavesNoHalfLine(t *testing.T) {
	for name, fail := range map[string]func(*faultyDisk){
		"short write": func(d *faultyDisk) { d.failWrite = true },
		"no sync":     func(d *faultyDisk) { d.failSync = true },
	} {
		t.Run(name, func(t *testing.T) {
			f, d, path := openFaulty(t)
			if err := f.Store(t.Context(), letters(1)); err != nil {
				t.Fatal(err)
			}
			fail(d)
			if err := f.Store(t.Context(), letters(2, 3)); !errors.Is(err, errDisk) {
				t.Errorf("got %v", err)
			}
			checkOffsets(t, path, 1)
			d.failWrite, d.failSync = false, false
			if err := f.Store(t.Context(), letters(2, 3)); err != nil {
				t.Fatal(err)
			}
			checkOffsets(t, path, 1, 2, 3)
		})
	}
}

func TestStoreStopsAfterAHalfLineThatStays(t *testing.T) {
	f, d, path := openFaulty(t)
	d.failWrite, d.failCut = true, true
	if err := f.Store(t.Context(), letters(1)); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	d.failWrite, d.failCut = false, false
	if err := f.Store(t.Context(), letters(2)); !errors.Is(err, errDisk) {
		t.Errorf("got %v: an entry was added to half a line", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	checkOffsets(t, path)
}

func TestStoreSaysWhatWasBeingDone(t *testing.T) {
	f, d, path := openFaulty(t)
	d.failWrite = true
	want := "store 2 records of tweets-2#1 in DLQ " + path + ": no space left"
	if err := f.Store(t.Context(), letters(4, 5)); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// openFaulty opens a file on a faulty disk.
func openFaulty(t *testing.T) (*File, *faultyDisk, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	f := open(t, path)
	d := &faultyDisk{File: f.disk.(*os.File)}
	f.disk = d
	return f, d, path
}

func TestClosedFileStoresNothing(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "dlq.ndjson"))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Store(t.Context(), letters(1)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func FuzzMend(f *testing.F) {
	f.Add([]byte("{\"topic\":\"a\"}\n{\"top"))
	f.Add(bytes.Repeat([]byte{0}, 70_000))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "dlq.ndjson")
		write(t, path, string(content))
		file, err := OpenFile(testSettings(path))
		if err != nil {
			if got := read(t, path); got != string(content) {
				t.Fatalf("refused and changed: %q", got)
			}
			return
		}
		defer file.Close()
		want := content[:bytes.LastIndexByte(content, '\n')+1]
		if got := read(t, path); got != string(want) {
			t.Fatalf("%q is left of %q", got, content)
		}
	})
}
