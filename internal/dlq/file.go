package dlq

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

// FileSettings say where a file of entries is, and how large it gets.
type FileSettings struct {
	Path     string
	MaxBytes int64 // the file is rotated rather than grow beyond; one entry may be larger
	// Condition hears why a Store waits, and the empty reason once it waits no
	// more; nil: nobody does.
	Condition func(reason string)
}

// File is a file of entries. It has one caller at a time.
type File struct {
	FileSettings
	place   string // Path without symbolic links
	disk    disk
	lock    io.Closer // of the file that is written to
	guard   io.Closer // of the place
	broken  error     // why nothing can be stored any more
	waiting bool      // Condition has heard of it
}

// disk is what a File asks of an *os.File that was opened to append.
type disk interface {
	io.Writer
	io.Closer
	Stat() (fs.FileInfo, error)
	Truncate(size int64) error
	Sync() error
}

// How long Store waits for space: the upper half of these, doubling.
const (
	firstWait = 250 * time.Millisecond
	lastWait  = 10 * time.Second
)

// OpenFile opens the file, creates it for its owner alone where there is none,
// and locks it until Close or the end of the process. A last line that a crash
// has cut off is removed: its record comes again, for its offset never moved.
// Errors say what to fix.
func OpenFile(s FileSettings) (*File, error) {
	f := &File{FileSettings: s}
	if err := f.open(); err != nil {
		return nil, fmt.Errorf("open DLQ %s: %w", s.Path, err)
	}
	return f, nil
}

func (f *File) open() (err error) {
	if f.place, err = resolve(f.Path); err != nil {
		return err
	}
	if f.guard, err = lockPlace(f.place); err != nil {
		return err
	}
	if f.disk, f.lock, err = openLocked(f.place); err != nil {
		return errors.Join(err, f.guard.Close())
	}
	return nil
}

// openLocked opens the file at the place, which the caller has locked, for
// entries to be added.
func openLocked(place string) (disk, io.Closer, error) {
	file, err := os.OpenFile(place, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("%w; %s", err, advice)
	}
	lock, err := lockFile(place)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	if err := errors.Join(mend(file), syncDirectory(filepath.Dir(place))); err != nil {
		return nil, nil, errors.Join(err, file.Close(), lock.Close())
	}
	return file, lock, nil
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
// are on the disk. While there is no space it waits, until ctx is done. After an
// error none of the entries is in the file; these errors do not pass, so callers
// take them as fatal.
func (f *File) Store(ctx context.Context, letters *messages.DeadLetters) error {
	lines, err := encodeAll(letters)
	for wait := firstWait; err == nil; wait = min(2*wait, lastWait) {
		if err = errors.Join(ctx.Err(), f.broken); err != nil {
			break
		}
		err = f.append(lines)
		if err == nil {
			f.report("")
			return nil
		}
		if f.broken == nil && passes(err) {
			f.report(fmt.Sprintf("cannot write to %s: %v", f.Path, err))
			err = sleep(ctx, wait)
		}
	}
	return fmt.Errorf("store %d records of %s in DLQ %s: %w", len(letters.Letters), letters.Claim, f.Path, err)
}

// encodeAll is the letters as lines.
func encodeAll(letters *messages.DeadLetters) ([]byte, error) {
	var lines bytes.Buffer
	for i := range letters.Letters {
		entry := NewEntry(letters.Claim, &letters.Letters[i])
		if err := entry.write(&lines); err != nil {
			return nil, fmt.Errorf("encode offset %d: %w", entry.Offset, err)
		}
	}
	return lines.Bytes(), nil
}

// passes says whether an error goes away without this process: somebody makes
// space, closes files, or ends a redrive of the file.
func passes(err error) bool {
	for _, passing := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EMFILE, syscall.ENFILE, ErrLocked} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

// report tells Condition of a reason, and of its end.
func (f *File) report(reason string) {
	if f.Condition != nil && (reason != "" || f.waiting) {
		f.waiting = reason != ""
		f.Condition(reason)
	}
}

// sleep waits for the upper half of wait, at random; an error is that of ctx.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait/2 + rand.N(wait/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// append adds the lines whole, or nothing of them. If the file loses its name
// meanwhile they go into the next one too: it may have been deleted.
func (f *File) append(lines []byte) error {
	for {
		if err := f.appendHere(lines); err != nil {
			return err
		}
		if there, err := f.inPlace(); there || err != nil {
			return err
		}
	}
}

func (f *File) appendHere(lines []byte) error {
	size, err := f.room(int64(len(lines)))
	if err != nil {
		return err
	}
	if _, err = f.disk.Write(lines); err == nil {
		err = f.disk.Sync()
	}
	if err == nil {
		return nil
	}
	if cut := f.disk.Truncate(size); cut != nil {
		f.broken = fmt.Errorf("half an entry is at the end of the file: %w", cut)
	}
	return errors.Join(err, f.broken)
}

// inPlace says whether the file still has its name: somebody may have moved it
// away, or deleted it.
func (f *File) inPlace() (bool, error) {
	info, err := f.disk.Stat()
	if err != nil {
		return false, err
	}
	return f.isAt(info)
}

func (f *File) isAt(info fs.FileInfo) (bool, error) {
	there, err := os.Stat(f.place)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(there, info), err
}

// room is the size of the file to which that many bytes can be added. It goes on
// with a new one where they would make it too large, or where it has lost its name.
func (f *File) room(bytes int64) (size int64, err error) {
	for {
		info, err := f.disk.Stat()
		if err != nil {
			return 0, err
		}
		there, err := f.isAt(info)
		if err != nil {
			return 0, err
		}
		size = info.Size()
		if there && (size == 0 || size+bytes <= f.MaxBytes) {
			return size, nil
		}
		if err := f.rotate(info); err != nil {
			return 0, fmt.Errorf("rotate: %w", err)
		}
	}
}

// Close gives the lock back. What was stored stays.
func (f *File) Close() error {
	if err := errors.Join(f.disk.Close(), f.lock.Close(), f.guard.Close()); err != nil {
		return fmt.Errorf("close DLQ %s: %w", f.Path, err)
	}
	return nil
}
