package sandbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"
)

// The ports that FreeAddress draws from: below those that systems give to
// outgoing connections, which would take them at any time.
const (
	firstPort = 10_000
	ports     = 15_000
)

// lastPort is the one that was handed out last. It is package state, because the
// ports are the machine's: no two tests of a process may be given the same.
var lastPort atomic.Uint32

// FreeAddress is a host and port on loopback where nobody listens, for a server
// that is to be started later, or again. Nothing keeps it free, but a process is
// given each only once, and nothing else takes it by chance.
func FreeAddress() (string, error) {
	lastPort.CompareAndSwap(0, 1+rand.Uint32N(ports)) //nolint:gosec // another place in each process, no secret
	for {
		port := firstPort + int(lastPort.Add(1)%ports)
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		l, err := net.Listen("tcp", address) //nolint:noctx // it returns at once
		switch {
		case err == nil:
			return address, l.Close()
		case !errors.Is(err, syscall.EADDRINUSE):
			return "", fmt.Errorf("look for a free port: %w", err)
		}
	}
}
