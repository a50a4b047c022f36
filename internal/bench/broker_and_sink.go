package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// rateShare is how much of all documents the rate is taken of.
const rateShare = 0.95

// brokerReady is what the broker's process says once it is filled.
type brokerReady struct {
	Brokers []string
}

// brokerCommand is the process of the embedded broker: filled, and there until its
// standard input ends.
func brokerCommand() *cobra.Command {
	return &cobra.Command{Use: "broker FILLING", Hidden: true, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var f filling
		if err := json.Unmarshal([]byte(args[0]), &f); err != nil {
			return err
		}
		broker, err := sandbox.StartBroker(sandbox.BrokerSettings{Topics: partitionsOf(f.Topics)})
		if err != nil {
			return err
		}
		defer broker.Close()
		f.Brokers = broker.Addrs()
		if err := f.fill(c.Context()); err != nil {
			return err
		}
		if err := json.NewEncoder(c.OutOrStdout()).Encode(brokerReady{f.Brokers}); err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, c.InOrStdin())
		return err
	}}
}

// What the sink's process says: where it is, how fast it was written to once all
// documents are there, and, asked by a line, what they are.
type (
	sinkReady struct{ URL string }
	sinkRate  struct {
		First            time.Time // when the first documents came
		RecordsPerSecond float64
	}
	sinkHolds struct {
		Documents int
		Requests  int64
		Sum       string // of the hashes of all documents
		Sample    string // the document with the first id of all
	}
)

// sinkCommand is the process of the embedded sink, until its standard input ends.
func sinkCommand() *cobra.Command {
	var records int
	c := &cobra.Command{Use: "sink", Hidden: true, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return serveSink(c.Context(), records, c.InOrStdin(), json.NewEncoder(c.OutOrStdout()))
	}}
	c.Flags().IntVar(&records, "records", 0, "")
	return c
}

func serveSink(ctx context.Context, records int, in io.Reader, out *json.Encoder) error {
	sink, err := sandbox.StartSink(sandbox.SinkSettings{}) //nolint:contextcheck // it ends by Close
	if err != nil {
		return err
	}
	defer func() { _ = sink.Close() }()
	w := watchSink(sink, records, sandbox.Faults{})
	if err := out.Encode(sinkReady{sink.URL()}); err != nil {
		return err
	}
	return converse(ctx, in, out, conversation{
		written: w.written,
		rate:    func() any { return sinkRate{w.first, w.rate} },
		holds:   func() any { return holds(sink) },
	})
}

// conversation is what a sink's process says.
type conversation struct {
	written <-chan struct{} // closed once all documents are there
	rate    func() any      // to be said then, once
	holds   func() any      // to be said whenever a line asks for it
}

// converse says it, until in ends or ctx is done.
func converse(ctx context.Context, in io.Reader, out *json.Encoder, c conversation) (err error) {
	asked := make(chan struct{})
	go func() { // ends with the standard input, and that with the process
		defer close(asked)
		for lines := bufio.NewScanner(in); lines.Scan(); {
			asked <- struct{}{}
		}
	}()
	for {
		select {
		case <-c.written:
			c.written = nil
			err = out.Encode(c.rate())
		case _, open := <-asked:
			if !open {
				return nil
			}
			err = out.Encode(c.holds())
		case <-ctx.Done():
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// sinkWatch takes the time of the documents that a sink is sent.
type sinkWatch struct {
	records int
	written chan struct{} // closed when all are there; then first and rate stay as they are

	mu    sync.Mutex // guards all below
	first time.Time
	rate  float64 // records a second
	over  bool
}

// watchSink has the sink misbehave as faults say, and takes the time.
func watchSink(sink *sandbox.Sink, records int, faults sandbox.Faults) *sinkWatch {
	w := &sinkWatch{records: records, written: make(chan struct{})}
	intercept := faults.Intercept
	faults.Intercept = func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/_bulk") {
			w.begin()
		}
		return intercept != nil && intercept(rw, r)
	}
	faults.Rewrite = func(answer []byte) []byte {
		w.note(int(sink.Items()))
		return answer
	}
	sink.SetFaults(faults)
	return w
}

func (w *sinkWatch) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first.IsZero() {
		w.first = time.Now()
	}
}

func (w *sinkWatch) note(stored int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rate == 0 && float64(stored) >= rateShare*float64(w.records) {
		w.rate = float64(stored) / time.Since(w.first).Seconds()
	}
	if stored >= w.records && !w.over {
		w.over = true
		close(w.written)
	}
}

// holds is what the sink holds.
func holds(sink *sandbox.Sink) (h sinkHolds) {
	var sum digest
	for _, index := range sink.Indices() {
		sink.Each(index, func(id, source string) bool {
			sum.add(index, id, source)
			return true
		})
	}
	return sinkHolds{Documents: sum.documents, Requests: sink.Requests(), Sum: sum.String(), Sample: sum.sample}
}

// ask asks a sink's process what it holds.
func ask(p *server, into any) error {
	if _, err := fmt.Fprintln(p.in); err != nil {
		return fmt.Errorf("ask the sink: %w", err)
	}
	return p.read(into)
}

// environment of broker and sink: they share the cores with what is measured, and
// memory is no concern.
func serverEnvironment() []string { return append(os.Environ(), "GOGC=400") }
