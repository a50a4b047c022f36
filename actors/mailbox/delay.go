package mailbox

import (
	"container/heap"
	"math"
	"time"
)

// never is a time that does not come.
const never = time.Duration(math.MaxInt64)

// delays are messages that wait for a time of their own.
type delays struct {
	waiting delayHeap
	weight  int
	number  int // of the next; messages for one time come in their order
}

func (d *delays) add(e entry, due time.Duration) {
	heap.Push(&d.waiting, delayed{entry: e, due: due, number: d.number})
	d.number++
	d.weight += e.weight
}

// next is when the first is due.
func (d *delays) next() time.Duration {
	if len(d.waiting) == 0 {
		return never
	}
	return d.waiting[0].due
}

// head is the first that is due.
func (d *delays) head(now time.Duration) *entry {
	if d.next() > now {
		return nil
	}
	return &d.waiting[0].entry
}

func (d *delays) pop() entry {
	x, _ := heap.Pop(&d.waiting).(delayed)
	d.weight -= x.weight
	return x.entry
}

// extract takes out what matches and returns the messages.
func (d *delays) extract(match func(any) bool) (out []any) {
	kept := d.waiting[:0]
	for _, x := range d.waiting {
		if match(inner(x.msg)) {
			out = append(out, inner(x.msg))
			d.weight -= x.weight
		} else {
			kept = append(kept, x)
		}
	}
	clear(d.waiting[len(kept):])
	d.waiting = kept
	heap.Init(&d.waiting)
	return out
}

type delayed struct {
	entry
	due    time.Duration // since the start of the queue
	number int
}

type delayHeap []delayed

func (h delayHeap) Len() int      { return len(h) }
func (h delayHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h delayHeap) Less(i, j int) bool {
	return h[i].due < h[j].due || h[i].due == h[j].due && h[i].number < h[j].number
}

func (h *delayHeap) Push(x any) {
	d, _ := x.(delayed)
	*h = append(*h, d)
}

func (h *delayHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	old[len(old)-1] = delayed{}
	*h = old[:len(old)-1]
	return x
}
