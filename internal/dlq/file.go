package dlq

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/actorpipe/actorpipe/messages"
)

// ErrLocked is wrapped by the error of [OpenFile] where another process, or
// this one, has the file open.
var ErrLocked = errors.New("another actorpipe process uses it")

// File is a file of entries. It has one caller at a time.
type File struct {
	path   string
	disk   disk
	lock   io.Closer
	broken error // why nothing can be stored any more
}

// disk is what a File asks of an *os.File that was opened to append.
type disk interface {
	io.Writer
	io.Closer
	Stat() (fs.FileInfo, error)
	Truncate(size int64) error
	Sync() error
}

// OpenFile opens the file, creates it for its owner alone where there is none,
// and locks it until Close or the end of the process. A last line that a crash
// has cut off is removed: its record comes again, for its offset never moved.
// Errors say what to fix.
func OpenFile(path string) (*File, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("open DLQ %s: %w", path, err)
	}
	return f, nil
}

func openFile(path string) (*File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w; make the directory writable or name another path in the dlq block", err)
	}
	lock, err := lockFile(path)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f := &File{path: path, disk: file, lock: lock}
	if err := errors.Join(mend(file), syncDirectory(filepath.Dir(path))); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func lockFile(path string) (io.Closer, error) {
	lock := flock.New(path)
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if !held {
		return nil, fmt.Errorf("%w; give each process a path of its own in its dlq block", ErrLocked)
	}
	return lock, nil
}

// syncDirectory makes the name of a new file as durable as what will be in it.
func syncDirectory(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // EINVAL: this file system has no such thing
		return errors.Join(fmt.Errorf("sync directory: %w", err), d.Close())
	}
	return d.Close()
}

// Store appends an entry for each letter, in one write, and returns when they
// are on the disk. After an error none of them is in the file; most of these
// errors do not pass (no space, no disk), so callers take them as fatal.
func (f *File) Store(ctx context.Context, letters *messages.DeadLetters) error {
	if err := f.store(ctx, letters); err != nil {
		return fmt.Errorf("store %d records of %s in DLQ %s: %w", len(letters.Letters), letters.Claim, f.path, err)
	}
	return nil
}

func (f *File) store(ctx context.Context, letters *messages.DeadLetters) error {
	if err := errors.Join(ctx.Err(), f.broken); err != nil {
		return err
	}
	var lines bytes.Buffer
	for i := range letters.Letters {
		entry := NewEntry(letters.Claim, &letters.Letters[i])
		if err := entry.write(&lines); err != nil {
			return fmt.Errorf("encode offset %d: %w", entry.Offset, err)
		}
	}
	return f.append(lines.Bytes())
}

// append adds the lines whole, or nothing of them.
func (f *File) append(lines []byte) error {
	before, err := f.disk.Stat()
	if err != nil {
		return err
	}
	if _, err = f.disk.Write(lines); err == nil {
		err = f.disk.Sync()
	}
	if err == nil {
		return nil
	}
	if cut := f.disk.Truncate(before.Size()); cut != nil {
		f.broken = fmt.Errorf("half an entry is at the end of the file: %w", cut)
	}
	return errors.Join(err, f.broken)
}

// Close gives the lock back. What was stored stays.
func (f *File) Close() error {
	if err := errors.Join(f.disk.Close(), f.lock.Close()); err != nil {
		return fmt.Errorf("close DLQ %s: %w", f.path, err)
	}
	return nil
}
