package dlq

import (
	"fmt"
	"os"

	"github.com/gofrs/flock"
)

// Source is a file of entries that nobody writes to while it is open.
type Source struct {
	*os.File
	lock *flock.Flock
}

// OpenSource opens a file to read it, and keeps it from being opened by [OpenFile].
// ErrLocked is wrapped by the error where a process writes to it.
func OpenSource(path string) (*Source, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	held, err := lock.TryRLock()
	switch {
	case err != nil:
		_ = file.Close() // was only read
		return nil, fmt.Errorf("lock %s: %w", path, err)
	case !held:
		_ = file.Close() // was only read
		return nil, fmt.Errorf("read %s: %w", path, ErrLocked)
	}
	return &Source{file, lock}, nil
}

// Close closes the file and gives the lock back.
func (s *Source) Close() error {
	_ = s.lock.Unlock() // its end is that of its handle
	return s.File.Close()
}
