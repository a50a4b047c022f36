package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
)

// The conditions that Hooks.Condition hears of.
const (
	ConditionKafka      = "kafka"      // trouble with the brokers
	ConditionAssignment = "assignment" // from the start until the group has given an assignment
)

// Hooks is how a Consumer calls out. Those that are nil are not called; Claim is
// needed. None but Claim may block.
type Hooks struct {
	// Claim is called for each claim on its own goroutine. It reads p's Messages
	// until they are closed, lets go of the partition, and returns. Its ctx is done
	// when the run is, or when Run has met a fatal error; then it returns at once.
	// A panic in it is what Run returns, with the stack.
	Claim func(ctx context.Context, p *Partition)
	// Condition is called when the reason of a condition changes; the empty reason
	// says that all is well. Calls are in order, one at a time.
	Condition func(name, reason string)
	// Lost is called where the committed offset lies outside the log: retention has
	// removed records that the group had not read, or the log was cut off behind
	// what it had. Their number is a difference of offsets, so compaction makes it
	// high.
	Lost func(topic string, records int64)
	// Partitions is called once, before the group is joined, with the number of
	// partitions of all topics.
	Partitions func(partitions int)
	// Dial makes the connections; nil: the net's, with 5 s of patience.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Log  *slog.Logger // nil: none
}

// Consumer is a member of a consumer group while Run runs.
type Consumer struct {
	settings Settings
	hooks    Hooks
	tls      *tls.Config // nil: none
}

// New checks the settings and reads the files they name. It connects to nothing.
func New(s Settings, hooks Hooks) (*Consumer, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if hooks.Claim == nil {
		return nil, errors.New("kafka hooks: no Claim")
	}
	c := &Consumer{settings: s, hooks: hooks.filled()}
	if s.TLS != nil {
		conf, err := s.TLS.config()
		if err != nil {
			return nil, err
		}
		c.tls = conf
	}
	if err := c.sarama(newDialer(context.Background(), hooks.Dial), extent{}).Validate(); err != nil {
		return nil, fmt.Errorf("kafka settings: %w", err)
	}
	return c, nil
}

// filled replaces hooks that are nil by such as do nothing.
func (h Hooks) filled() Hooks {
	if h.Condition == nil {
		h.Condition = func(string, string) {}
	}
	if h.Lost == nil {
		h.Lost = func(string, int64) {}
	}
	if h.Partitions == nil {
		h.Partitions = func(int) {}
	}
	if h.Dial == nil {
		h.Dial = (&net.Dialer{Timeout: netPatience}).DialContext
	}
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	return h
}

// Run joins the group and follows its assignment. It blocks, whether the brokers
// are there or not, until drain is done, the claims have ended and the group is
// left (nil); until run is done, which cuts all connections (nil); or until the
// first fatal error, which says what to fix. All claims have returned when Run
// does, and no goroutine is left but for those of sarama that are about to end.
func (c *Consumer) Run(drain, run context.Context) error {
	run, stop := context.WithCancel(run)
	defer stop()
	m := newMember(run, stop, c)
	ctx, cancel := context.WithCancel(drain)
	defer cancel()
	defer context.AfterFunc(run, cancel)()
	defer context.AfterFunc(run, m.dialer.cut)()
	m.live(ctx)
	return m.failure()
}
