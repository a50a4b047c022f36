package kafka

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

// courtesy is how long a goodbye may take while no claim is held: nothing is lost
// by cutting it short.
const courtesy = 2 * time.Second

// Waits of the loops around sarama, and how long a session lasts that was none.
const (
	firstWait = 250 * time.Millisecond
	lastWait  = 5 * time.Second
	noSession = time.Second
)

// member is one Run: what it takes to find the topics, join the group and leave it.
type member struct {
	*Consumer
	run     context.Context // done when the run is, or after a fatal error
	stop    context.CancelFunc
	dialer  *dialer
	health  *health
	unknown *unknownTopics
	markers *markers

	client    sarama.Client // from join on
	group     sarama.ConsumerGroup
	fetch     int // bytes of a fetch of one partition
	inSession atomic.Bool
	settled   atomic.Bool    // a session began since the loop last looked
	wg        sync.WaitGroup // of the goroutines that leave waits for

	mu    sync.Mutex // guards fatal
	fatal error
}

func newMember(run context.Context, stop context.CancelFunc, c *Consumer) *member {
	return &member{
		Consumer: c, run: run, stop: stop,
		dialer:  newDialer(run, c.hooks.Dial),
		health:  newHealth(&c.hooks),
		unknown: newUnknownTopics(c.settings.TopicTimeout),
		markers: newMarkers(),
	}
}

// fail ends the run with err, unless it is over already.
func (m *member) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fatal == nil && m.run.Err() == nil {
		m.fatal = err
		m.stop()
	}
}

func (m *member) failure() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fatal
}

// live is the whole life: until ctx is done, which drain, run and fatal errors do.
func (m *member) live(ctx context.Context) {
	m.health.report(ConditionAssignment, "waiting for the group's first assignment")
	size, ok := m.discover(ctx)
	if !ok || !m.join(size) {
		return
	}
	left := make(chan struct{})
	m.wg.Go(func() { m.readErrors() })                // until the group is closed; owned by leave
	m.wg.Go(func() { m.probe(left) })                 // owned by leave
	m.wg.Go(func() { m.hurry(ctx, left) })            // owned by leave
	m.wg.Go(func() { m.markers.run(m.client, left) }) // owned by leave
	m.consume(ctx)
	m.leave(left)
}

// extent is how much there is to read from.
type extent struct {
	partitions int // of all topics: how many this member gets is known only once there is a client
	brokers    int // that lead some of them
}

// discover waits until all topics are known, and counts. It does so with a client
// of its own: the size of a fetch follows from the count, and is fixed once there
// is a client. The end of ctx cuts its connections.
func (m *member) discover(ctx context.Context) (extent, bool) {
	uncut := context.AfterFunc(ctx, m.dialer.cut)
	var size extent
	m.retry(ctx, func() (err error) {
		size, err = m.count()
		return err
	})
	return size, uncut()
}

// retry calls do until it succeeds, or fails for good, or ctx is done.
func (m *member) retry(ctx context.Context, do func() error) {
	for wait := firstWait; ctx.Err() == nil; wait = min(2*wait, lastWait) {
		late := time.AfterFunc(netPatience, func() { m.health.down("no answer from the brokers yet") })
		err := do()
		late.Stop()
		if err == nil {
			return
		}
		m.judge(err)
		sleep(ctx, wait)
	}
}

// sleep waits for the upper half of wait, at random, or until ctx is done.
func sleep(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait/2 + rand.N(wait/2))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// count asks for the partitions of all topics and their leaders.
func (m *member) count() (size extent, err error) {
	client, err := sarama.NewClient(m.settings.Brokers, m.sarama(m.dialer, extent{}))
	if err != nil {
		return size, err
	}
	defer func() { _ = client.Close() }() // it only ends; nothing was to be sent
	if err := client.RefreshMetadata(m.settings.Topics...); err != nil {
		return size, err
	}
	leaders := map[int32]bool{}
	for _, topic := range m.settings.Topics {
		partitions, err := client.Partitions(topic)
		if err != nil {
			return size, err
		}
		size.partitions += len(partitions)
		for _, p := range partitions {
			if leader, err := client.Leader(topic, p); err == nil { // some may have none now
				leaders[leader.ID()] = true
			}
		}
	}
	size.brokers = len(leaders)
	return size, nil
}

// join makes the client and the group. It connects to nothing yet; an error is one
// of the configuration, and fatal.
func (m *member) join(size extent) bool {
	m.fetch = int(fetchBytes(answerBytes(m.settings.FetchMemory, size)))
	m.hooks.Partitions(size.partitions)
	client, err := sarama.NewClient(m.settings.Brokers, m.sarama(m.dialer, size))
	if err != nil {
		m.fail(fmt.Errorf("make the kafka client: %w", err))
		return false
	}
	m.client = client
	if m.group, err = sarama.NewConsumerGroupFromClient(m.settings.Group, &together{Client: client, ends: m.ends}); err != nil {
		m.fail(fmt.Errorf("make the member of group %q: %w", m.settings.Group, err))
		_ = client.Close()
		return false
	}
	return true
}

// consume holds one session after the other until ctx is done.
func (m *member) consume(ctx context.Context) {
	wait := firstWait
	for ctx.Err() == nil {
		began := time.Now()
		err := m.group.Consume(ctx, m.settings.Topics, &handler{m})
		m.inSession.Store(false)
		if m.settled.Swap(false) {
			wait = firstWait
		}
		if err == nil && time.Since(began) > noSession {
			continue // a rebalance
		}
		if err != nil && ctx.Err() == nil {
			m.judge(err)
		}
		sleep(ctx, wait)
		wait = min(2*wait, lastWait)
	}
}

// hurry cuts the connections a while after the drain has begun, if there is no
// session: a join that hangs then has nothing to wait for.
func (m *member) hurry(ctx context.Context, left <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-left:
		return
	}
	timer := time.NewTimer(courtesy)
	defer timer.Stop()
	select {
	case <-timer.C:
		if !m.inSession.Load() {
			m.dialer.cut()
		}
	case <-left:
	}
}

// leave says goodbye to the group, which has committed at the end of its session,
// and ends everything that join and live began.
func (m *member) leave(left chan struct{}) {
	timer := time.AfterFunc(courtesy, m.dialer.cut)
	defer timer.Stop()
	if err := m.group.Close(); err != nil && m.run.Err() == nil {
		m.hooks.Log.Info("the group was left without a goodbye", "group", m.settings.Group, "reason", err)
	}
	m.dialer.cut()
	close(left)
	m.wg.Wait()
	_ = m.client.Close() // its connections are cut
}
