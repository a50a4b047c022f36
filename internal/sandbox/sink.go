package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const headerTimeout = 10 * time.Second

// SinkSettings say where a sink listens and how it starts.
type SinkSettings struct {
	Listen string // host and port; "" is a free port on loopback
	Faults Faults // how it misbehaves from the start on
	// Around is given what serves its requests, and returns what does in its
	// place. nil: nothing is put around it.
	Around func(http.Handler) http.Handler
}

// Sink is an HTTP endpoint that takes bulk requests as Elasticsearch does, and
// keeps the documents in memory. It knows no mappings and no search: a document
// is a line of JSON that it does not look into.
type Sink struct {
	server   *http.Server
	listener net.Listener
	stop     context.CancelFunc
	done     chan struct{} // closed when the server has ended
	faults   atomic.Pointer[Faults]
	requests atomic.Int64
	items    atomic.Int64
	ids      atomic.Int64 // made for documents that had none
	store    store
}

// StartSink listens and serves until Close.
func StartSink(s SinkSettings) (*Sink, error) {
	if s.Listen == "" {
		s.Listen = "127.0.0.1:0"
	}
	base, stop := context.WithCancel(context.Background())
	listener, err := (&net.ListenConfig{}).Listen(base, "tcp", s.Listen)
	if err != nil {
		stop()
		return nil, fmt.Errorf("start embedded bulk endpoint: %w", err)
	}
	sink := &Sink{listener: listener, stop: stop, done: make(chan struct{})}
	sink.SetFaults(s.Faults)
	handler := sink.handler()
	if s.Around != nil {
		handler = s.Around(handler)
	}
	sink.server = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	go sink.serve() // owned by Close
	return sink, nil
}

func (s *Sink) serve() {
	defer close(s.done)
	_ = s.server.Serve(s.listener) // ends only by Close
}

// URL is the address to configure as that of Elasticsearch.
func (s *Sink) URL() string { return "http://" + s.listener.Addr().String() }

// Close cuts all connections, also those of requests that are being delayed.
// The documents stay.
func (s *Sink) Close() error {
	s.stop()
	err := s.server.Close()
	<-s.done
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close embedded bulk endpoint: %w", err)
	}
	return nil
}

// SetFaults changes how the sink misbehaves, from the next request on; the
// zero Faults heal it.
func (s *Sink) SetFaults(f Faults) { s.faults.Store(&f) }

// Requests is how many bulk requests came in, refused ones included.
func (s *Sink) Requests() int64 { return s.requests.Load() }

// Items is how many items bulk requests had that were answered item by item.
func (s *Sink) Items() int64 { return s.items.Load() }

// Count is the number of documents of the index.
func (s *Sink) Count(index string) int { return s.store.count(index) }

// Document is the source of a document.
func (s *Sink) Document(index, id string) (source string, found bool) {
	e, ok := s.store.get(index, id)
	return e.source, ok && !e.deleted()
}

// Each calls do for the documents of the index in no order, until it returns
// false. The index waits meanwhile: do must not ask the sink.
func (s *Sink) Each(index string, do func(id, source string) bool) { s.store.each(index, do) }

// Indices are the names of the indices that something was sent to, in order.
func (s *Sink) Indices() []string { return s.store.names() }

// Reset forgets all documents and templates.
func (s *Sink) Reset() { s.store.reset() }
