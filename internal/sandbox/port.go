package sandbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
)

// The ports that FreeAddress draws from: below those that systems give to
// outgoing connections, which would take them at any time.
const (
	firstPort = 10_000
	lastPort  = 24_999
)

// FreeAddress is a host and port on loopback where nobody listens, for a server
// that is to be started later, or again. Nothing keeps it free, but nothing takes
// it by chance.
func FreeAddress() (string, error) {
	for {
		port := firstPort + rand.IntN(lastPort-firstPort+1) //nolint:gosec // a port, no secret
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
