package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

// bar is the progress of a redrive: the bytes of the entries that are done, where a
// chunk under way counts by its records that are settled.
type bar struct {
	drawn *progressbar.ProgressBar // nil: no terminal
	diag  io.Writer

	mu      sync.Mutex // guards all below
	done    int64      // bytes of chunks that are done
	chunk   int64      // bytes of the one under way, or that is being read
	records int64      // that are sent of it, 0 while it is being read
	before  int64      // records of the chunks that are done
}

func newBar(all []entries, diag io.Writer) *bar {
	b := &bar{diag: diag}
	if isTerminal(diag) {
		var size int64
		for _, e := range all {
			size += e.size
		}
		b.drawn = progressbar.NewOptions64(size, progressbar.OptionSetWriter(diag), progressbar.OptionSetDescription("redriving"),
			progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(200*time.Millisecond))
	}
	return b
}

// read notes that so many bytes more are in the chunk that is being read.
func (b *bar) read(size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.chunk += size
}

// sending notes that the chunk is on its way, as so many records.
func (b *bar) sending(records int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records = int64(records)
}

// sent notes that all of the chunk is settled.
func (b *bar) sent() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done, b.before = b.done+b.chunk, b.before+b.records
	b.chunk, b.records = 0, 0
}

// at is the bytes that are done when so many records are settled in all.
func (b *bar) at(settled int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.records == 0 {
		return b.done
	}
	return b.done + b.chunk*min(settled-b.before, b.records)/b.records
}

// follow draws until it is stopped, which waits for it.
func (b *bar) follow(drain context.Context, books *actors.Books) (stop func()) {
	if b.drawn == nil {
		return func() {}
	}
	ended := make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() { // owned by stop
		poll := time.NewTicker(settlePoll)
		defer poll.Stop()
		for {
			select {
			case <-poll.C:
				sum := settledBooks(books)
				_ = b.drawn.Set64(b.at(sum.Settled())) // a bar that cannot be drawn is no reason to stop
			case <-drain.Done():
				return
			case <-ended:
				_ = b.drawn.Finish()
				return
			}
		}
	})
	return func() {
		close(ended)
		drawing.Wait()
		fmt.Fprintln(b.diag)
	}
}

// booksLine is the books as people read them.
func booksLine(b messages.Books) string {
	n := humanize.Comma
	return fmt.Sprintf("Books: consumed %s = indexed %s + duplicate %s + superseded %s + deleted %s + ignored %s + dead-lettered %s + returned %s + in flight %s",
		n(b.Consumed), n(b.Indexed), n(b.Duplicate), n(b.Superseded), n(b.Deleted), n(b.Ignored), n(b.DeadLettered), n(b.Returned), n(b.InFlight))
}
