package kafka

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// netPatience is how long a dial or a write may take.
const netPatience = 5 * time.Second

// errCut is what a dial gets after the end.
var errCut = errors.New("the run is over")

// dialer gives sarama connections that can all be cut at once.
type dialer struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	ctx  context.Context // of all dials: sarama's have none. Done once cut
	end  context.CancelFunc

	mu    sync.Mutex // guards conns
	conns map[*connection]struct{}
}

// connection tells its dialer when it is closed.
type connection struct {
	net.Conn
	dialer *dialer
}

func newDialer(ctx context.Context, dial func(context.Context, string, string) (net.Conn, error)) *dialer {
	d := &dialer{dial: dial, conns: make(map[*connection]struct{})}
	d.ctx, d.end = context.WithCancel(ctx)
	return d
}

// Dial implements proxy.Dialer, which is what sarama takes.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	if d.ctx.Err() != nil {
		return nil, errCut
	}
	conn, err := d.dial(d.ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &connection{conn, d}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.Err() != nil {
		_ = conn.Close()
		return nil, errCut
	}
	d.conns[c] = struct{}{}
	return c, nil
}

// cut closes every connection, ends the dials under way and refuses new ones. It
// may be called more than once.
func (d *dialer) cut() {
	d.end()
	d.mu.Lock()
	conns := d.conns
	d.conns = make(map[*connection]struct{})
	d.mu.Unlock()
	for c := range conns {
		_ = c.Conn.Close()
	}
}

// Close closes the connection and forgets it.
func (c *connection) Close() error {
	c.dialer.mu.Lock()
	delete(c.dialer.conns, c)
	c.dialer.mu.Unlock()
	return c.Conn.Close()
}

// pause waits for d, or until the connections are cut. It serves as sarama's
// back-off, and returns 0, so that sarama does not wait again, uninterruptibly.
func (d *dialer) pause(wait time.Duration) time.Duration {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-d.ctx.Done():
	}
	return 0
}
