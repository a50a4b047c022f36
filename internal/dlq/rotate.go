package dlq

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// stamp is what a rotation puts behind the name of a file and a dot: the time in
// UTC, so that names are in the order of their times.
const stamp = "20060102T150405.000000Z"

// rotate renames the file, which info is of, and goes on with a new one. It can be
// cut off anywhere, by a crash or an error, and come again: either the file has
// its name still, or the name is free, or that of the new one. A file that
// somebody else has moved away is left where it is.
func (f *File) rotate(info fs.FileInfo) error {
	there, err := f.isAt(info)
	if err != nil {
		return err
	}
	if there {
		if err := rename(f.place, time.Now()); err != nil {
			return err
		}
	}
	next, lock, err := openLocked(f.place)
	if err != nil {
		return err
	}
	_, _ = f.disk.Close(), f.lock.Close() // all that is in it was synced
	f.disk, f.lock = next, lock
	return nil
}

// rename gives the file a stamped name that no other file has. Nobody else does so
// at this place, so there is no race for the name.
func rename(place string, now time.Time) error {
	for ; ; now = now.Add(time.Microsecond) {
		to := place + "." + now.UTC().Format(stamp)
		_, err := os.Lstat(to)
		if err == nil {
			continue
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.Rename(place, to)
	}
}

// Files are the files of the DLQ at path: those that were rotated, oldest first,
// and then the one in use. None need be there.
func Files(path string) ([]string, error) {
	place, err := resolve(path)
	if err != nil {
		return nil, fmt.Errorf("look for DLQ %s: %w", path, err)
	}
	entries, err := os.ReadDir(filepath.Dir(place))
	if err != nil {
		return nil, fmt.Errorf("look for DLQ %s: %w", path, err)
	}
	var files []string
	current := false
	for _, e := range entries {
		when, stamped := strings.CutPrefix(e.Name(), filepath.Base(place)+".")
		switch {
		case stamped && isStamp(when):
			files = append(files, filepath.Join(filepath.Dir(place), e.Name()))
		case e.Name() == filepath.Base(place):
			current = true
		}
	}
	slices.Sort(files)
	if current {
		files = append(files, place)
	}
	return files, nil
}

func isStamp(text string) bool {
	_, err := time.Parse(stamp, text)
	return err == nil
}
