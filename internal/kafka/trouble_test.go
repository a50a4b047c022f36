package kafka

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestBrokerThatComesLater(t *testing.T) {
	address, port := freePort(t)
	p := startProcess(t, testSettings(address), nil)
	wantTexts(t, p.await(ConditionKafka, trouble), "connection refused")

	cluster := startCluster(t, kfake.Ports(port), kfake.SeedTopics(1, "tweets"))
	p.await(ConditionKafka, well)
	produce(t, newClient(t, cluster.ListenAddrs()...), 3, 0)
	wantRecords(t, p.take(3), rangeOf(0, 0, 3))
	p.stop()
}

// blackHole accepts connections and never answers. accepted hears of each.
func blackHole(t *testing.T) (address string, accepted chan struct{}) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted = make(chan struct{}, 100)
	done := make(chan struct{})
	go func() { // owned by the clean-up
		defer close(done)
		var conns []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			conns = append(conns, conn)
			accepted <- struct{}{}
		}
		for _, conn := range conns {
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String(), accepted
}

func wantQuickEnd(t *testing.T, p *process, end func()) {
	t.Helper()
	began := time.Now()
	end()
	if err := receive(t, "end of Run", p.result); err != nil {
		t.Errorf("Run: %v", err)
	}
	took := time.Since(began)
	t.Logf("Run returned after %s", took)
	if took > time.Second {
		t.Errorf("Run returned after %s", took)
	}
}

func TestEndsWhileNoBrokerAnswers(t *testing.T) {
	for name, end := range map[string]func(*process) func(){
		"run":   func(p *process) func() { return p.abort },
		"drain": func(p *process) func() { return p.drain },
	} {
		t.Run(name, func(t *testing.T) {
			address, accepted := blackHole(t)
			p := startProcess(t, testSettings(address), nil)
			receive(t, "connection", accepted)
			wantQuickEnd(t, p, end(p))
		})
		t.Run(name+", refused", func(t *testing.T) {
			p := startProcess(t, testSettings("127.0.0.1:1"), nil)
			p.await(ConditionKafka, trouble)
			wantQuickEnd(t, p, end(p))
		})
	}
}

// TestSilentBrokerIsNamed has a broker that takes connections and never answers,
// from the start on.
func TestSilentBrokerIsNamed(t *testing.T) {
	address, _ := blackHole(t)
	p := startProcess(t, testSettings(address), nil)
	wantTexts(t, p.await(ConditionKafka, trouble), "no answer from the brokers")
	wantQuickEnd(t, p, p.abort)
}

// freezer gives connections that swallow everything once it is frozen.
type freezer struct{ frozen atomic.Bool }

type freezing struct {
	net.Conn
	f      *freezer
	once   sync.Once
	closed chan struct{}
}

func (f *freezer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &freezing{Conn: conn, f: f, closed: make(chan struct{})}, nil
}

func (c *freezing) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.f.frozen.Load() {
		<-c.closed
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *freezing) Write(b []byte) (int, error) {
	if c.f.frozen.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *freezing) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func TestRunEndsWhenTheBrokerTurnsSilent(t *testing.T) {
	for _, mode := range []Assignor{CooperativeSticky, Range} {
		cluster := startCluster(t, kfake.SeedTopics(4, "tweets"))
		client := newClient(t, cluster.ListenAddrs()...)
		s := testSettings(cluster.ListenAddrs()...)
		s.Assignor = mode
		f := &freezer{}
		p := startProcess(t, s, nil, func(h *Hooks) { h.Dial = f.dial })
		produce(t, client, 100, 0, 1, 2, 3)
		p.take(400)
		f.frozen.Store(true)
		wantQuickEnd(t, p, p.abort)
	}
}

func TestDrainDoesNotWaitForAJoinThatHangs(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
	f := &freezer{}
	joining := make(chan struct{})
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), nil, func(h *Hooks) {
		h.Dial = f.dial
		h.Partitions = func(int) {
			f.frozen.Store(true)
			close(joining)
		}
	})
	receive(t, "join", joining)
	began := time.Now()
	p.stop()
	if took := time.Since(began); took > courtesy+time.Second {
		t.Errorf("Run returned after %s", took)
	}
}

func TestUnknownTopicIsFatalInTheEnd(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
	s := testSettings(cluster.ListenAddrs()...)
	s.Topics, s.TopicTimeout = []string{"tweets", "twets"}, 1500*time.Millisecond
	p := startProcess(t, s, nil)
	wantTexts(t, p.await(ConditionKafka, trouble), "twets")
	p.wantFatal(sarama.ErrUnknownTopicOrPartition, `topic "twets"`, "create it or fix kafka.topic")
}

func TestTopicThatComesLater(t *testing.T) {
	cluster := startCluster(t)
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), nil)
	p.await(ConditionKafka, trouble)
	if err := cluster.CreateTopic("tweets", 2, nil); err != nil {
		t.Fatal(err)
	}
	p.await(ConditionKafka, well)
	p.await(ConditionAssignment, well)
	p.stop()
}

func TestFetchThatFailsIsACondition(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(2, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), nil)
	receive(t, "claim", p.claimed)
	receive(t, "claim", p.claimed)
	fault := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Partitions: []int32{1}, Err: kerr.KafkaStorageError, Count: 2})
	wantTexts(t, p.await(ConditionKafka, trouble), "tweets/1")
	fault.Remove()
	p.await(ConditionKafka, well)
	produce(t, client, 2, 0, 1)
	wantRecords(t, p.take(4), rangeOf(0, 0, 2), rangeOf(1, 0, 2))
	p.stop()
}

func TestFatalAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		fault kfake.Fault
		is    error
		texts []string
	}{
		"group":       {kfake.Fault{Keys: []kmsg.Key{kmsg.JoinGroup}, TopLevel: true, Err: kerr.GroupAuthorizationFailed}, sarama.ErrGroupAuthorizationFailed, []string{`group "actorpipe"`, "READ"}},
		"coordinator": {kfake.Fault{Keys: []kmsg.Key{kmsg.FindCoordinator}, Err: kerr.GroupAuthorizationFailed}, sarama.ErrGroupAuthorizationFailed, []string{`group "actorpipe"`}},
		"topic":       {kfake.Fault{Keys: []kmsg.Key{kmsg.Metadata}, Topic: "tweets", Err: kerr.TopicAuthorizationFailed}, sarama.ErrTopicAuthorizationFailed, []string{"read topic tweets:", "READ"}},
		"fetch":       {kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "tweets", Err: kerr.TopicAuthorizationFailed}, sarama.ErrTopicAuthorizationFailed, []string{"read topic tweets:"}},
		"session":     {kfake.Fault{Keys: []kmsg.Key{kmsg.JoinGroup}, TopLevel: true, Err: kerr.InvalidSessionTimeout}, sarama.ErrInvalidSessionTimeout, []string{"kafka.session_timeout 6s"}},
		"heartbeat":   {kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, TopLevel: true, Err: kerr.FencedInstanceID}, sarama.ErrFencedInstancedId, []string{"instance_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
			test.fault.Count = -1
			cluster.Fault(test.fault)
			p := startProcess(t, testSettings(cluster.ListenAddrs()...), nil)
			p.wantFatal(test.is, test.texts...)
		})
	}
}

func TestSecondProcessWithOneInstanceIDFencesTheFirst(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
	s := testSettings(cluster.ListenAddrs()...)
	s.InstanceID = "host-1"
	a := startProcess(t, s, nil)
	receive(t, "claim", a.claimed)
	b := startProcess(t, s, nil)
	a.wantFatal(sarama.ErrFencedInstancedId, `kafka.instance_id "host-1"`)
	receive(t, "claim", b.claimed)
	b.stop()
}
