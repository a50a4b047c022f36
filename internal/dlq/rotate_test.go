package dlq

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// smallFile is larger than two of the entries that letters makes, and smaller than
// three.
const smallFile = 500

func openSmall(t *testing.T, path string) *File {
	t.Helper()
	f, err := OpenFile(FileSettings{Path: path, MaxBytes: smallFile})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // closed by some tests themselves
	return f
}

func storeEach(t *testing.T, f *File, offsets ...int64) {
	t.Helper()
	for _, offset := range offsets {
		if err := f.Store(t.Context(), letters(offset)); err != nil {
			t.Fatal(err)
		}
	}
}

// checkFiles wants these offsets, file by file.
func checkFiles(t *testing.T, path string, want ...[]int64) {
	t.Helper()
	files, err := Files(path)
	if err != nil || len(files) != len(want) {
		t.Fatalf("the files are %q (%v), want %d", files, err, len(want))
	}
	for i, file := range files {
		checkOffsets(t, file, want[i]...)
	}
}

func TestFileRotatesBySize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	f := openSmall(t, path)
	before := time.Now().UTC().Truncate(time.Microsecond)
	storeEach(t, f, 1, 2, 3, 4, 5)
	checkFiles(t, path, []int64{1, 2}, []int64{3, 4}, []int64{5})
	files, err := Files(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files[:2] {
		at, err := time.Parse(stamp, strings.TrimPrefix(file, path+"."))
		if err != nil || at.Before(before) || at.After(time.Now()) {
			t.Errorf("%s does not have the time in its name: %v", file, err)
		}
		if info, err := os.Stat(file); err != nil || info.Size() > smallFile || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
}

func TestFileTakesWhatIsLargerThanAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	f := openSmall(t, path)
	if err := f.Store(t.Context(), letters(1, 2, 3, 4)); err != nil {
		t.Fatal(err)
	}
	storeEach(t, f, 5)
	checkFiles(t, path, []int64{1, 2, 3, 4}, []int64{5})
}

func TestRotationKeepsOthersOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	f := openSmall(t, path)
	stop := make(chan struct{})
	var others sync.WaitGroup
	for range 2 {
		others.Go(func() { // owned by the test
			for tries := 0; ; tries++ {
				select {
				case <-stop:
					return
				default:
				}
				if other, err := OpenFile(testSettings(path)); !errors.Is(err, ErrLocked) {
					t.Errorf("try %d got in: %v", tries, err)
					_ = other.Close() // it is not ours to write to
					return
				}
			}
		})
	}
	for offset := range int64(200) {
		storeEach(t, f, offset)
	}
	close(stop)
	others.Wait()
}

func TestOpenFileGoesOnAfterACrashInARotation(t *testing.T) {
	for name, begun := range map[string]string{"renamed": "", "begun": "", "half an entry": `{"topic":"tw`} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dlq.ndjson")
			f := openSmall(t, path)
			storeEach(t, f, 1, 2)
			if err := errors.Join(f.Close(), rename(path, time.Now())); err != nil {
				t.Fatal(err)
			}
			if name != "renamed" {
				write(t, path, begun)
			}
			storeEach(t, openSmall(t, path), 3)
			checkFiles(t, path, []int64{1, 2}, []int64{3})
		})
	}
}

// TestRotationLosesNothingByAKill kills a process that stores and rotates, again and
// again: what it said to be stored is there.
func TestRotationLosesNothingByAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	var said []string
	for kill := range 12 {
		said = append(said, fillAndKill(t, path, 1000*kill, 10+kill)...)
		open(t, path).Close() // mends
		there := map[string]bool{}
		for _, offset := range storedOffsets(t, path) {
			there[offset] = true
		}
		for _, offset := range said {
			if !there[offset] {
				t.Fatalf("offset %s was stored, and is lost after kill %d", offset, kill+1)
			}
		}
	}
	if files, err := Files(path); err != nil || len(files) < 50 {
		t.Errorf("%d files (%v): nothing was rotated", len(files), err)
	}
}

// fillAndKill has a process store entries from the offset on, kills it when it has
// stored n or some more, and returns what it said to be stored.
func fillAndKill(t *testing.T, path string, from, n int) (said []string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.CommandContext(t.Context(), program)
	other.Env = append(os.Environ(), fillVariable+"="+path, fillFrom+"="+strconv.Itoa(from))
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if said = append(said, lines.Text()); len(said) == n {
			_ = other.Process.Kill()
		}
	}
	_ = other.Wait() // killed
	if len(said) < n || said[0] != strconv.Itoa(from) {
		t.Fatalf("the other process says %q", said)
	}
	return said
}

// storedOffsets are those in all files of the DLQ.
func storedOffsets(t *testing.T, path string) (offsets []string) {
	t.Helper()
	files, err := Files(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		err := Scan(strings.NewReader(read(t, file)), func(l Line, _ int64) error {
			offsets = append(offsets, strconv.FormatInt(l.Entry.Offset, 10))
			return l.Err
		})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return offsets
}

// TestFileGoesOnWhereItsNameIs has the file moved away, and the next one deleted,
// while it is in use: what is stored afterwards is in a file of its name.
func TestFileGoesOnWhereItsNameIs(t *testing.T) {
	dir := t.TempDir()
	path, away := filepath.Join(dir, "dlq.ndjson"), filepath.Join(dir, "away")
	f := openSmall(t, path)
	storeEach(t, f, 1)
	if err := os.Rename(path, away); err != nil {
		t.Fatal(err)
	}
	storeEach(t, f, 2)
	checkOffsets(t, away, 1)
	checkFiles(t, path, []int64{2})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	storeEach(t, f, 3)
	checkFiles(t, path, []int64{3})
}

// TestRotationMeetsALargeFileInItsPlace has the file moved away and another put
// there that is full too: what is told of the size, to which a write that fails is
// cut back, is that of the file which is written to in the end.
func TestRotationMeetsALargeFileInItsPlace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "dlq.ndjson")
	f := openSmall(t, path)
	storeEach(t, f, 1, 2)
	if err := os.Rename(path, filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	write(t, path, strings.Repeat("x", smallFile-1)+"\n")
	size, err := f.room(smallFile / 2)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := f.disk.Stat(); err != nil || info.Size() != size {
		t.Errorf("room says %d bytes, the file has %d (%v)", size, info.Size(), err)
	}
}

func TestRotationFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "dlq.ndjson"), filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	f := openSmall(t, link)
	checkLocked(t, path)
	storeEach(t, f, 1, 2, 3)
	checkFiles(t, path, []int64{1, 2}, []int64{3})
	checkFiles(t, link, []int64{1, 2}, []int64{3})
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link leads to %s (%v)", to, err)
	}
}

func TestRenameNeverOverwrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dlq.ndjson")
	now := time.Date(2026, 3, 1, 12, 30, 0, 0, time.FixedZone("", 3600))
	for _, content := range []string{"a", "b", "c"} {
		write(t, path, content)
		if err := rename(path, now); err != nil {
			t.Fatal(err)
		}
	}
	for suffix, want := range map[string]string{"000000": "a", "000001": "b", "000002": "c"} {
		if got := read(t, path+".20260301T113000."+suffix+"Z"); got != want {
			t.Errorf("%s has %q, want %q", suffix, got, want)
		}
	}
}

func TestFilesAreThoseOfTheDLQ(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "dlq.ndjson")
	if files, err := Files(path); err != nil || len(files) != 0 {
		t.Errorf("got %q, %v, want none", files, err)
	}
	want := []string{path + ".20250301T113000.000000Z", path + ".20260301T113000.000000Z", path}
	for _, file := range append(want, path+".lock", path+".redrive-20260301T113000Z", path+".old", filepath.Join(dir, "other.ndjson.20260301T113000.000000Z")) {
		write(t, file, "")
	}
	files, err := Files(path)
	if err != nil || !slices.Equal(files, want) {
		t.Errorf("got %q, %v, want %q", files, err, want)
	}
	if _, err := Files(filepath.Join(dir, "nowhere", "dlq.ndjson")); err == nil {
		t.Error("no error for a directory that is not there")
	}
}

func TestCloseLeavesNoLock(t *testing.T) {
	dir := t.TempDir()
	f := openSmall(t, filepath.Join(dir, "dlq.ndjson"))
	storeEach(t, f, 1)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestPlaceHasOneOwner has many take the lock and give it back, which removes its
// file each time.
func TestPlaceHasOneOwner(t *testing.T) {
	place := filepath.Join(t.TempDir(), "dlq.ndjson")
	var owners, held atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { // owned by the test
			for range 1000 {
				g, err := lockPlace(place)
				if errors.Is(err, ErrLocked) {
					continue
				}
				if err != nil || owners.Add(1) != 1 {
					t.Errorf("the place has two owners (%v)", err)
					return
				}
				held.Add(1)
				for range 20 {
					runtime.Gosched() // others come meanwhile
				}
				owners.Add(-1)
				_ = g.Close()
			}
		})
	}
	all.Wait()
	if held.Load() < 10 {
		t.Errorf("the lock was held %d times only", held.Load())
	}
}
