package supervision

import (
	"context"
	"sync"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

// written is a sink that remembers which tweets it was sent.
type written struct {
	mu    sync.Mutex              // guards all below
	times map[int32]map[int64]int // by partition and offset
	grown chan struct{}           // closed and replaced whenever something is written
}

func newWritten() *written {
	return &written{times: map[int32]map[int64]int{}, grown: make(chan struct{})}
}

// slowly writes after 50 ms.
func (w *written) slowly(ctx context.Context, docs []*messages.DocumentBatch) (messages.BulkAnswer, error) {
	select {
	case <-time.After(50 * time.Millisecond):
		return w.write(docs), nil
	case <-ctx.Done():
		return messages.BulkAnswer{}, ctx.Err()
	}
}

// write remembers tweets; everything counts as indexed.
func (w *written) write(docs []*messages.DocumentBatch) messages.BulkAnswer {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range docs {
		if d.Claim.Topic != "tweets" {
			continue
		}
		if w.times[d.Claim.Partition] == nil {
			w.times[d.Claim.Partition] = map[int64]int{}
		}
		for i := range d.Docs {
			w.times[d.Claim.Partition][d.Docs[i].Record.Offset]++
		}
	}
	close(w.grown)
	w.grown = make(chan struct{})
	return messages.BulkAnswer{}
}

// of is how many tweets of a partition were written.
func (w *written) of(partition int32) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.times[partition])
}

// await returns when that many tweets of a partition were written.
func (w *written) await(partition int32, n int) {
	for {
		w.mu.Lock()
		grown, have := w.grown, len(w.times[partition])
		w.mu.Unlock()
		if have >= n {
			return
		}
		<-grown
	}
}

// highest is the highest offset of a partition that was written, -1 if none.
func (w *written) highest(partition int32) (offset int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	offset = -1
	for o := range w.times[partition] {
		offset = max(offset, o)
	}
	return offset
}

// twice is how many tweets were written more than once.
func (w *written) twice() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, offsets := range w.times {
		for _, times := range offsets {
			if times > 1 {
				n++
			}
		}
	}
	return n
}
