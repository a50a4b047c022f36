package main

import (
	"context"
	"flag"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

var (
	chaosDuration = flag.Duration("chaos.duration", ordinaryChaos(), "how long TestChaos does harm")
	chaosSeed     = flag.Uint64("chaos.seed", 0, "the seed of TestChaos, which repeats its schedule; 0: any")
)

const (
	standstillBound = time.Minute     // of one partition, faults not counted: a server that has just started is slow
	recoveryBound   = 3 * time.Minute // until everything is written, after the last fault
)

func ordinaryChaos() time.Duration {
	if os.Getenv("CI") == "true" {
		return 2 * time.Minute
	}
	return 15 * time.Second
}

// chaos is a run of members of one group under faults.
type chaos struct {
	*proxied
	members  []*member
	launch   func(t testing.TB, config, listen string) *process // starts one
	producer *producer
	progress *watcher
	start    time.Time
	faults   atomic.Int64 // that are active
	work     errgroup.Group
	last     chan struct{} // closed when the last of it is done
	later    chan func()   // for the test's goroutine

	endOfWork, endOfWatch func() error
}

// TestChaos has two members in one group, and a producer, while servers restart,
// connections are spoiled, actors panic, and the members are killed and stopped. In the end
// each record is in the index once, or in a DLQ, and everything is committed.
// It can run for an hour: give go test a -timeout above -chaos.duration.
func TestChaos(t *testing.T) {
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) //nolint:gosec // any seed will do
	}
	c := newChaos(t, ownServers, 2)
	t.Logf("repeat this schedule with -chaos.seed=%d -chaos.duration=%v", seed, *chaosDuration)
	c.launch = startSabotaged
	c.open()
	c.run(schedule(seed, *chaosDuration))
	c.finish()
	c.crashed(int(*chaosDuration / (20 * time.Second)))
}

// newChaos has empty topics, and members that have not started.
func newChaos(t *testing.T, brokers *servers, members int) *chaos {
	t.Helper()
	c := &chaos{proxied: onProxies(t, brokers), launch: startProcess, later: make(chan func(), 16)}
	c.fill(0, 0)
	c.generator = sandbox.NewGenerator(demoSeed, chaosAuthors)
	c.progress = &watcher{s: c.stack, bound: standstillBound, quiet: func() bool { return c.faults.Load() == 0 }}
	c.producer = &producer{s: c.stack, behind: &c.progress.behind}
	for i := range members {
		listen := freeAddress(t)
		c.members = append(c.members, &member{c: c, number: i, listen: listen, config: c.config(listen)})
	}
	return c
}

// open starts the members, the producer and the watch.
func (c *chaos) open() {
	c.t.Cleanup(c.keepLogs)
	working, stopWork := context.WithCancel(c.t.Context())
	watching, stopWatch := context.WithCancel(c.t.Context())
	var watch, produce errgroup.Group
	c.endOfWork = func() error { stopWork(); return produce.Wait() }
	c.endOfWatch = func() error { stopWatch(); return watch.Wait() }
	c.start = time.Now()
	watch.Go(func() error { return c.progress.run(watching) })
	produce.Go(func() error { return c.producer.run(working) })
	for _, m := range c.members {
		m.start()
	}
}

// finish ends the run, once all is written, and holds it to its promise.
func (c *chaos) finish() {
	c.settle()
	c.must(c.endOfWork())
	c.recover()
	c.must(c.endOfWatch())
	for _, m := range c.members {
		m.stop()
	}
	c.verify()
}

// run does each deed at its time.
func (c *chaos) run(deeds []deed) {
	for _, d := range deeds {
		c.wait(time.After(time.Until(c.start.Add(d.at))))
		c.t.Logf("%7.3f s: %s", time.Since(c.start).Seconds(), d.text)
		d.do(c)
	}
}

// wait does what comes up meanwhile.
func (c *chaos) wait(until <-chan time.Time) {
	for {
		select {
		case <-until:
			return
		case f := <-c.later:
			f()
		}
	}
}

// after has the test's goroutine do f once a channel is closed.
func (c *chaos) after(done <-chan struct{}, f func()) {
	go func() { // ends with the process, or the test
		select {
		case <-done:
			c.later <- f
		case <-c.t.Context().Done():
		}
	}()
}

// inBackground does what takes long; its error fails the test in the end. What
// is asked of the servers is done in order, by docker/stack.
func (c *chaos) inBackground(f func() error) {
	before := c.last
	done := make(chan struct{})
	c.last = done
	c.work.Go(func() error {
		defer close(done)
		if before != nil {
			<-before
		}
		return f()
	})
}

// settle ends what is left of the faults: every server is up, every proxy whole.
func (c *chaos) settle() {
	if err := c.work.Wait(); err != nil { // what was lost is looked for all the same
		c.t.Error(err)
	}
	c.must(c.servers.run("up"))
	for _, p := range append(c.kafka, c.sink) {
		p.heal()
	}
	if n := c.faults.Load(); n != 0 {
		c.t.Errorf("%d faults are active at the end of the schedule", n)
	}
}

// recover waits until everything is written and committed.
func (c *chaos) recover() {
	start := time.Now()
	want := c.producer.tweets + c.producer.users - c.producer.tweets/oddEvery
	poll := time.NewTicker(500 * time.Millisecond)
	defer poll.Stop()
	got, lag := 0, int64(0)
	for time.Since(start) < recoveryBound {
		c.wait(poll.C)
		if got, lag = c.documents(), c.lag(); got >= want && lag == 0 && c.bothRun() {
			c.t.Logf("%7.3f s: all is written, %v after the last fault", time.Since(c.start).Seconds(), time.Since(start).Round(time.Millisecond))
			return
		}
	}
	c.t.Errorf("%v after the last fault there are %d of %d documents, and a lag of %d records", recoveryBound, got, want, lag)
}

// bothRun says whether no member is on its way out or in.
func (c *chaos) bothRun() bool {
	for _, m := range c.members {
		if m.lives[len(m.lives)-1].told != 0 {
			return false
		}
	}
	return true
}
