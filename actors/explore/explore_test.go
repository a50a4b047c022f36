package explore_test

import (
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestNothingIsLost runs random worlds in random schedules: each record is in the
// sink or in the DLQ in the end, once in effect, and no mark ever passed one that
// was not. Of each entity the sink has the newest record that it was sent.
func TestNothingIsLost(t *testing.T) {
	testkit.Explore(t, few(1000), live)
}

// TestSeedsReplay runs thousands of seeds forwards and backwards, and wants the same
// steps at the same times.
func TestSeedsReplay(t *testing.T) {
	var mu sync.Mutex
	traces := map[uint64]uint64{}
	once := func(x *testkit.Exploration) {
		live(x)
		h := fnv.New64a()
		for _, step := range x.Trace() {
			fmt.Fprintln(h, step)
		}
		mu.Lock()
		defer mu.Unlock()
		if before, again := traces[x.Seed()]; again && before != h.Sum64() {
			x.Errorf("the seed is another schedule the second time")
		}
		traces[x.Seed()] = h.Sum64()
	}
	var seeds []uint64
	for i := range few(2000) {
		seeds = append(seeds, uint64(i+1))
	}
	testkit.Replay(t, once, seeds...)
	slices.Reverse(seeds)
	testkit.Replay(t, once, seeds...)
}

// few is n, or a tenth with the race detector, which is slow.
func few(n int) int {
	if raceDetector {
		return n / 10
	}
	return n
}

// live is the life of one world: some runs that drain or are killed at any moment,
// and one that ends when everything is committed.
func live(x *testkit.Exploration) {
	w := newWorld(x)
	for range x.IntN(3) {
		r := w.run()
		x.After("enough", x.IntN(400))
		if x.IntN(2) == 0 {
			r.kill()
		}
		r.stop()
	}
	for done := false; !done; {
		r := w.run()
		x.Until("all done", func() bool { return w.done() || r.over() })
		done = r.stop()
	}
	x.Until("all arrived", func() bool { return w.sink.late == 0 })
	w.check()
	w.checkEntities()
}

// run begins a run, with a goroutine that holds each partition.
func (w *world) run() *run {
	r := w.start()
	subscription := w.System().EventStream.Subscribe(r.observe)
	w.Go("end of a subscription", func() {
		w.Until("unsubscribe", func() bool { return r.over() && r.holders == 0 })
		w.System().EventStream.Unsubscribe(subscription)
	})
	for _, p := range w.partitions {
		r.holders++
		w.Go("holder of "+p.String(), func() { p.hold(r) })
	}
	w.Go("start of the writers", func() {
		w.After("template", w.IntN(60))
		r.resize(0, w.sizes.writers)
		for range w.resizes {
			w.After("resize", w.IntN(100))
			r.resize(w.IntN(2), 1+w.IntN(3))
		}
	})
	return r
}

// resize changes how many workers a pool has, unless the run is over.
func (r *run) resize(pool, size int) {
	if !r.over() {
		r.System().Root.Send(r.pools[pool], &mailbox.Resize{Size: size})
	}
}

// done says whether everything is settled and marked.
func (w *world) done() bool {
	for _, p := range w.partitions {
		if !p.done() {
			return false
		}
	}
	return true
}
