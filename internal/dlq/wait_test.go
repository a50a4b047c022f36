package dlq

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// fullDisk takes half of what it is given until space is made.
type fullDisk struct {
	*os.File
	full int // writes that fail
	why  error
}

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.full == 0 {
		return d.File.Write(b)
	}
	d.full--
	n, _ := d.File.Write(b[:len(b)/2])
	return n, &fs.PathError{Op: "write", Path: d.Name(), Err: d.why}
}

// openFull opens a file on a full disk; reasons are what Condition has heard.
func openFull(t *testing.T, writes int, why error) (f *File, path string, reasons *[]string) {
	t.Helper()
	path, reasons = filepath.Join(t.TempDir(), "dlq.ndjson"), &[]string{}
	f = open(t, path)
	f.Condition = func(reason string) { *reasons = append(*reasons, reason) }
	f.disk = &fullDisk{f.disk.(*os.File), writes, why}
	return f, path, reasons
}

func TestStoreWaitsForSpace(t *testing.T) {
	for _, why := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		synctest.Test(t, func(t *testing.T) {
			f, path, reasons := openFull(t, 20, why)
			start := time.Now()
			if err := f.Store(t.Context(), letters(1, 2)); err != nil {
				t.Fatal(err)
			}
			checkOffsets(t, path, 1, 2)
			if took := time.Since(start); took < time.Minute || took > 4*time.Minute {
				t.Errorf("20 waits took %v, want some of seconds, at most 10 each", took)
			}
			if n := len(*reasons); n != 21 || (*reasons)[n-1] != "" || !strings.Contains((*reasons)[0], why.Error()) {
				t.Errorf("heard %q, want 20 times the reason, then the end of it", *reasons)
			}
			if err := f.Store(t.Context(), letters(3)); err != nil || len(*reasons) != 21 {
				t.Errorf("heard %q (%v), want nothing of what is well", (*reasons)[21:], err)
			}
		})
	}
}

func TestStoreWaitsNoLongerThanTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, path, _ := openFull(t, 1<<30, syscall.ENOSPC)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := f.Store(ctx, letters(1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		checkOffsets(t, path)
	})
}

func TestStoreWaitsForNothingElse(t *testing.T) {
	for _, why := range []error{syscall.EIO, syscall.EROFS, syscall.ESTALE, fs.ErrClosed} {
		f, path, reasons := openFull(t, 1, why)
		if err := f.Store(t.Context(), letters(1)); !errors.Is(err, why) || len(*reasons) != 0 {
			t.Errorf("got %v and heard %q, want %v at once", err, *reasons, why)
		}
		checkOffsets(t, path)
	}
}

// TestRotationWaitsForWhoReads has a redrive hold the file that a rotation is about
// to begin.
func TestRotationWaitsForWhoReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	f := openSmall(t, path)
	storeEach(t, f, 1, 2)
	if err := rename(path, time.Now()); err != nil { // as the first half of a rotation
		t.Fatal(err)
	}
	write(t, path, "")
	source, err := OpenSource(path)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	f.Condition = func(reason string) {
		if reasons = append(reasons, reason); len(reasons) == 1 {
			_ = source.Close()
		}
	}
	storeEach(t, f, 3)
	if len(reasons) != 2 || !strings.Contains(reasons[0], ErrLocked.Error()) || reasons[1] != "" {
		t.Errorf("heard %q", reasons)
	}
	checkFiles(t, path, []int64{1, 2}, []int64{3})
}

func TestOpenSourceRefusesAFileInUse(t *testing.T) {
	dir := t.TempDir()
	path, away := filepath.Join(dir, "dlq.ndjson"), filepath.Join(dir, "away")
	f := openSmall(t, path)
	storeEach(t, f, 1, 2, 3)
	if err := os.Rename(path, away); err != nil {
		t.Fatal(err)
	}
	for _, used := range []string{path, away} {
		if err := os.Link(away, path); used == path && err != nil {
			t.Fatal(err)
		}
		if _, err := OpenSource(used); !errors.Is(err, ErrLocked) {
			t.Errorf("%s: got %v", used, err)
		}
	}
	files, err := Files(path)
	if err != nil || len(files) != 2 {
		t.Fatalf("files %q, %v", files, err)
	}
	rotated, err := OpenSource(files[0])
	if err != nil {
		t.Fatalf("a rotated file is not in use: %v", err)
	}
	if err := errors.Join(rotated.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	source, err := OpenSource(path)
	if err != nil {
		t.Fatal(err)
	}
	checkLocked(t, path)
	if err := source.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	if _, err := OpenSource(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("reading has made a file")
	}
}
