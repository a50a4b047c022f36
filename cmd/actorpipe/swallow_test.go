package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/actorpipe/actorpipe/config"
)

// TestFatalErrorWithASilentBroker ends a run whose broker swallows every packet:
// it must be over in under a second and leave nothing behind.
func TestFatalErrorWithASilentBroker(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	broker := newSwallower(t)
	defer broker.close()
	a, err := assemble(silentConfig(t, broker.address()), slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	injected := errors.New("injected")
	var failed time.Time
	a.pipeline.Go("watcher", func(context.Context) error {
		<-broker.fed
		failed = time.Now()
		return injected
	})
	err = a.run(t.Context(), t.Context())
	if took := time.Since(failed); took > time.Second {
		t.Errorf("run() took %v after the error, want less than 1 s", took)
	}
	if !errors.Is(err, injected) || err.Error() != "watcher: injected" {
		t.Errorf("run() = %v, want watcher: injected", err)
	}
}

// silentConfig is the configuration of a pipeline that reads users from address.
func silentConfig(t *testing.T, address string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.hcl")
	text := fmt.Sprintf(`kafka {
  brokers = [%q]
  group   = "g"
  topic "users" {}
}
elasticsearch {
  addresses = ["http://%s"]
}
dlq "file" {
  path = %q
}
monitor {
  listen = "127.0.0.1:0"
}
`, address, address, filepath.Join(t.TempDir(), "dlq.ndjson"))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	conf, err := config.Load([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	return conf
}

// swallower takes connections and whatever comes on them, and answers nothing.
type swallower struct {
	listener net.Listener
	fed      chan struct{} // closed with the first packet
	first    sync.Once
	open     sync.WaitGroup
}

func newSwallower(t *testing.T) *swallower {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &swallower{listener: listener, fed: make(chan struct{})}
	s.open.Go(s.accept)
	return s
}

func (s *swallower) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.open.Go(func() {
			defer conn.Close()
			_, _ = conn.Read(make([]byte, 1))
			s.first.Do(func() { close(s.fed) })
			_, _ = io.Copy(io.Discard, conn) // until the other side hangs up
		})
	}
}

func (s *swallower) address() string { return s.listener.Addr().String() }

func (s *swallower) close() {
	_ = s.listener.Close()
	s.open.Wait()
}
