package elastic

import (
	"context"
	"errors"
	"io"
	"sync"
)

var errReturned = errors.New("the body has been given back")

// lease lends a buffer to the HTTP client, which reads it on goroutines of its
// own, also after it has returned an answer, and more than once where it starts
// anew on another connection.
type lease struct {
	data     []byte
	returned chan struct{} // has a token when the last reader was closed

	mu   sync.Mutex // guards open and over, and the readers' fields
	open int        // readers that are not closed
	over bool       // no reader may be opened
}

// lend returns the lease and its first reader.
func lend(data []byte) (*lease, *leaseReader) {
	l := &lease{data: data, returned: make(chan struct{}, 1), open: 1}
	return l, &leaseReader{lease: l}
}

// reopen returns one more reader, from the start.
func (l *lease) reopen() (io.ReadCloser, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return nil, errReturned
	}
	l.open++
	return &leaseReader{lease: l}, nil
}

// await waits until all readers are closed, and says whether the buffer is the
// lender's again. It gives up when ctx is done. Where the body was not sent
// nobody will close it.
func (l *lease) await(ctx context.Context, sent bool) bool {
	for !l.end(!sent) {
		select {
		case <-l.returned:
		case <-ctx.Done():
			return l.end(false)
		}
	}
	return true
}

// end ends the lease if nobody reads, or by force, and says whether it is over.
func (l *lease) end(force bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = l.over || force || l.open == 0
	return l.over
}

// leaseReader is one reading of the buffer. Close waits for a Read under way,
// so that nobody reads the buffer behind it.
type leaseReader struct {
	lease  *lease
	off    int
	closed bool
}

func (r *leaseReader) Read(p []byte) (int, error) {
	r.lease.mu.Lock()
	defer r.lease.mu.Unlock()
	if r.closed || r.lease.over {
		return 0, errReturned
	}
	if r.off == len(r.lease.data) {
		return 0, io.EOF
	}
	n := copy(p, r.lease.data[r.off:])
	r.off += n
	return n, nil
}

func (r *leaseReader) Close() error {
	r.lease.mu.Lock()
	defer r.lease.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	if r.lease.open--; r.lease.open == 0 {
		select {
		case r.lease.returned <- struct{}{}:
		default:
		}
	}
	return nil
}
