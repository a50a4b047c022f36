package dlq

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// ErrLocked is wrapped by the error of [OpenFile] where another process, or this
// one, has the file open, and by that of [OpenSource] where a process writes to it.
var ErrLocked = errors.New("another actorpipe process uses it")

// advice is for who cannot make a file.
const advice = "make the directory writable or name another path in the dlq block"

// mostLinks is how many symbolic links may lead to a file.
const mostLinks = 40

// resolve follows symbolic links, so that a rotation renames the file and not a
// link to it. What is there must be a regular file, or nothing.
func resolve(path string) (string, error) {
	for range mostLinks {
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return path, nil
		case err != nil:
			return "", fmt.Errorf("%w; %s", err, advice)
		case info.Mode()&fs.ModeSymlink == 0 && !info.Mode().IsRegular():
			return "", fmt.Errorf("it is no regular file (%s): name another path in the dlq block", info.Mode())
		case info.Mode()&fs.ModeSymlink == 0:
			return path, nil
		}
		to, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return "", fmt.Errorf("more than %d symbolic links lead to it", mostLinks)
}

// guard is the lock of a place. It is a file of its own, because the file that is
// written to loses its name in a rotation: between two of them the place would be
// free. Beside it that file is locked itself, so that one which was moved away is
// still known to be in use.
type guard struct{ *flock.Flock }

func lockPlace(place string) (guard, error) {
	lock, err := lockFile(place + ".lock")
	return guard{lock}, err
}

// Close removes the file too. Who opened it before that and locks it afterwards
// finds that it has lost its name: see lockFile.
func (g guard) Close() error {
	_ = os.Remove(g.Path()) // it does no harm where it stays
	return g.Unlock()
}

// lockFile locks the file of that name, which is made if need be.
func lockFile(path string) (*flock.Flock, error) {
	for {
		lock := flock.New(path)
		held, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock: %w; %s", err, advice)
		}
		if !held {
			return nil, fmt.Errorf("%w; give each process a path of its own in its dlq block", ErrLocked)
		}
		if named(path, lock) {
			return lock, nil
		}
		if err := lock.Unlock(); err != nil {
			return nil, fmt.Errorf("lock: %w", err)
		}
	}
}

// named says whether a file still has that name.
func named(path string, file interface{ Stat() (fs.FileInfo, error) }) bool {
	there, err := os.Stat(path)
	if err != nil {
		return false
	}
	info, err := file.Stat()
	return err == nil && os.SameFile(there, info)
}
