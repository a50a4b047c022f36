package main

import (
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// all waits until these are the documents, everything is settled and the process
// is ready, ends it and looks at its books and its offsets.
func (s *scene) all(p *actorProcess, records ...[]written) {
	s.t.Helper()
	want := sources(records...)
	soon(s.t, "all documents", func() bool { return s.sink.Count("users") >= len(want) })
	soon(s.t, "nothing in flight", func() bool { return caughtUp(p.report()) })
	p.awaitReady("")
	b := p.books("users")
	s.t.Logf("books: %+v", b)
	if b.Indexed != int64(len(want)) || b.DeadLettered != 0 {
		s.t.Errorf("books %+v, want each of %d records indexed once", b, len(want))
	}
	p.stop(0)
	s.wantCommitted()
	s.wantDocuments(s.t, "users", want)
}

// awaitMore waits until so many more users have an outcome.
func (p *actorProcess) awaitMore(n int) {
	p.t.Helper()
	now := p.books("users")
	p.awaitSettled("users", int(now.Settled())+n)
}

// TestMatrixBrokerRestarts has the only broker go away under load, and come back
// with its records.
func TestMatrixBrokerRestarts(t *testing.T) {
	t.Parallel()
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	options := []kfake.Opt{kfake.Ports(number), kfake.DataDir(t.TempDir())}
	s := newScene(t, map[string]int32{"users": 2}, oneTopic+quick, options...)
	s.sink.SetFaults(sandbox.Faults{Delay: 20 * time.Millisecond})
	load := s.startTraffic("users", 2)
	p := s.start()
	p.awaitSettled("users", 100)
	before := load.stop()
	s.broker.Close()
	p.awaitReady("kafka: ")
	p.awaitReady("connection refused")
	s.broker, err = sandbox.StartBroker(sandbox.BrokerSettings{Options: options})
	s.must(err)
	p.awaitReady("")
	load = s.startTraffic("users", 2)
	p.awaitSettled("users", len(sources(before...))+100)
	s.all(p, append(before, load.stop()...)...)
}

// TestMatrixLeadersMove has the leaders of all partitions move under load, each to
// every broker.
func TestMatrixLeadersMove(t *testing.T) {
	t.Parallel()
	const partitions, brokers = 3, 3
	s := newScene(t, map[string]int32{"users": partitions}, oneTopic+quick, kfake.NumBrokers(brokers))
	load := s.startTraffic("users", partitions)
	p := s.start()
	for step := range int32(brokers + 1) {
		p.awaitMore(100)
		for partition := range int32(partitions) {
			s.must(s.broker.Cluster().MoveTopicPartition("users", partition, (partition+step)%brokers))
		}
	}
	p.awaitMore(300)
	s.all(p, load.stop()...)
}

// TestMatrixCoordinatorMoves has the group's coordinator move under load.
func TestMatrixCoordinatorMoves(t *testing.T) {
	t.Parallel()
	const partitions, brokers = 3, 3
	s := newScene(t, map[string]int32{"users": partitions}, oneTopic+quick, kfake.NumBrokers(brokers))
	load := s.startTraffic("users", partitions)
	p := s.start()
	for range 3 {
		p.awaitMore(100)
		old, committed := s.broker.Cluster().CoordinatorFor(s.group), s.commits()
		for s.broker.Cluster().CoordinatorFor(s.group) == old {
			s.broker.Cluster().RehashCoordinators()
		}
		soon(t, "commits to the new coordinator", func() bool { return s.commits() > committed+100 })
	}
	s.all(p, load.stop()...)
}

// commits is the sum of the offsets that the group has committed.
func (s *scene) commits() (n int64) {
	for _, c := range s.broker.Cluster().GroupInfo(s.group).Commits["users"] {
		n += max(c.Offset, 0)
	}
	return n
}

// hole is a broker that can turn into a black hole: it takes packets and says
// nothing.
type hole struct {
	net.Listener
	mu     sync.Mutex // guards thawed
	thawed chan struct{}
}

func newHole(l net.Listener) *hole {
	h := &hole{Listener: l, thawed: make(chan struct{})}
	close(h.thawed)
	return h
}

func (h *hole) freeze() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.thawed = make(chan struct{})
}

// thaw may be called once after each freeze.
func (h *hole) thaw() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.thawed)
}

func (h *hole) wait() {
	h.mu.Lock()
	thawed := h.thawed
	h.mu.Unlock()
	<-thawed
}

func (h *hole) Accept() (net.Conn, error) {
	conn, err := h.Listener.Accept()
	h.wait()
	return &holeConn{conn, h}, err
}

// holeConn waits while its broker is a black hole.
type holeConn struct {
	net.Conn
	hole *hole
}

func (c *holeConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.hole.wait()
	return n, err
}

func (c *holeConn) Write(b []byte) (int, error) {
	c.hole.wait()
	return c.Conn.Write(b)
}

// TestMatrixBrokerBlackHoled has one of three brokers swallow everything, and
// answer again: the process says so meanwhile, and heals alone.
func TestMatrixBrokerBlackHoled(t *testing.T) {
	t.Run("leader", func(t *testing.T) {
		t.Parallel()
		blackHole(t, 1)
	})
	t.Run("coordinator", func(t *testing.T) {
		t.Parallel()
		blackHole(t, 0)
	})
}

// blackHole loses the broker that comes so many behind the coordinator.
func blackHole(t *testing.T, behind int32) {
	t.Helper()
	const partitions, brokers = 3, 3
	var holes []*hole
	listen := kfake.ListenFn(func(network, address string) (net.Listener, error) {
		l, err := net.Listen(network, address)
		if err != nil {
			return nil, err
		}
		holes = append(holes, newHole(l))
		return holes[len(holes)-1], nil
	})
	s := newScene(t, map[string]int32{"users": partitions}, oneTopic+`kafka {
  session_timeout = "1s" # what a request waits for rests on it
  hand_over       = "500ms"
}
`+quick, kfake.NumBrokers(brokers), listen, kfake.GroupMinSessionTimeout(time.Second))
	c := s.broker.Cluster()
	lost := (c.CoordinatorFor(s.group) + behind) % brokers
	for partition := range int32(partitions) {
		s.must(c.MoveTopicPartition("users", partition, (lost+partition)%brokers)) // partition 0 is led by the lost one
	}
	p := s.start()
	var sent [][]written
	for partition := range int32(partitions) {
		sent = append(sent, s.produce("users", partition, plain(500)...))
	}
	p.awaitSettled("users", 1500)
	holes[lost].freeze()
	frozen := time.Now()
	for partition := int32(1); partition < partitions; partition++ {
		sent = append(sent, s.produce("users", partition, plain(500)...))
	}
	p.awaitSettled("users", 2500)
	p.awaitReady("kafka: ")
	t.Logf("said so after %v", time.Since(frozen))
	holes[lost].thaw()
	p.awaitReady("")
	t.Logf("well again after %v", time.Since(frozen))
	sent = append(sent, s.produce("users", 0, plain(500)...))
	s.all(p, sent...)
}
