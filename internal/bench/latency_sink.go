package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// forwardConnections is how many connections to Elasticsearch are kept: more than
// there are writers.
const forwardConnections = 16

// clockCommand is the process of a sink that takes times, until its standard input
// ends: the sandbox's, or one that passes everything on to Elasticsearch.
func clockCommand() *cobra.Command {
	var records int
	var forward string
	c := &cobra.Command{Use: "clock", Hidden: true, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		clock := newClock(records)
		at, stop, err := clock.serve(forward)
		if err != nil {
			return err
		}
		defer stop()
		out := json.NewEncoder(c.OutOrStdout())
		if err := out.Encode(sinkReady{at}); err != nil {
			return err
		}
		return clock.converse(c.Context(), c.InOrStdin(), out)
	}}
	c.Flags().IntVar(&records, "records", 0, "")
	c.Flags().StringVar(&forward, "forward", "", "")
	return c
}

// converse says what was seen once all records are there, and whenever it is asked.
func (c *clock) converse(ctx context.Context, in io.Reader, out *json.Encoder) error {
	seen := func() any { return c.seen() }
	return converse(ctx, in, out, conversation{written: c.all, rate: seen, holds: seen})
}

// serve starts the sink, and says where it is. stop ends it.
func (c *clock) serve(forward string) (at string, stop func(), err error) {
	if forward != "" {
		return c.serveForward(forward)
	}
	sink, err := sandbox.StartSink(sandbox.SinkSettings{Around: c.around})
	if err != nil {
		return "", nil, err
	}
	return sink.URL(), func() { _ = sink.Close() }, nil
}

func (c *clock) serveForward(forward string) (at string, stop func(), err error) {
	to, err := url.Parse(forward)
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		return "", nil, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: forwardConnections}
	server := &http.Server{Handler: c.around(passOn(to, transport)), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() { // owned by stop
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(err) // the process says what was wrong
		}
	}()
	return "http://" + listener.Addr().String(), func() {
		_ = server.Close()
		<-done
		transport.CloseIdleConnections()
	}, nil
}

// passOn passes requests on to another server, and its answers back.
func passOn(to *url.URL, transport http.RoundTripper) http.Handler {
	return &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
}
