package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

const (
	reportTimeout   = 2 * time.Second // for the monitor to answer
	requestTimeout  = 10 * time.Second
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = time.Second // for answers under way
	maxHeaderBytes  = 16 << 10
)

// Settings say where a server listens and what it shows.
type Settings struct {
	// Listen is a host and a port; port 0 takes a free one.
	Listen string
	// Report asks the monitor. It returns when ctx is done; it is called by
	// several goroutines, once for each request that shows something.
	Report func(ctx context.Context) (*messages.Report, error)
	// Version is shown on the page and in actorpipe_build_info.
	Version string
}

// Server is the HTTP server. It is bound when it is made, and answers while
// Serve runs.
type Server struct {
	settings Settings
	listener net.Listener
	log      *slog.Logger
}

// New binds the address, so that an address in use is an error of the start.
// Serve or Close gives it back.
func New(s Settings, log *slog.Logger) (*Server, error) {
	if s.Listen == "" {
		return nil, errors.New("listen on monitor.listen: no address")
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", s.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("monitor.listen %s is in use: stop the other process or set another address, \"\" for none: %w", s.Listen, err)
	case err != nil:
		return nil, fmt.Errorf("monitor.listen %s cannot be listened on: set an address of this machine and a port from 1024, \"\" for none: %w", s.Listen, err)
	}
	return &Server{settings: s, listener: listener, log: log}, nil
}

// Addr is the address it is bound to, host and port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close gives the address back where Serve is never called.
func (s *Server) Close() error { return s.listener.Close() }

// Serve answers until ctx is done, and returns nil then, after at most a second
// for the answers under way. It leaves no goroutine of its own. An error means
// that the listener broke. It is called once.
func (s *Server) Serve(ctx context.Context) error {
	base, cut := context.WithCancel(ctx)
	defer cut()
	server := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: requestTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(s.listener) }() // owned by Serve
	select {
	case err := <-done:
		return fmt.Errorf("serve on monitor.listen %s: %w", s.Addr(), err)
	case <-ctx.Done():
	}
	s.shutdown(ctx, server)
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on monitor.listen %s: %w", s.Addr(), err)
	}
	return nil
}

func (s *Server) shutdown(ctx context.Context, server *http.Server) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		s.log.Debug("web server did not end in time: connections are cut", "error", err)
		_ = server.Close() // the connections; the listener is closed already
	}
}
