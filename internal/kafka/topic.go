package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/IBM/sarama"
)

// TopicSettings are those of a [Producer] and of a [TopicReader]: one topic, without
// a group. All of them are needed but for those that say what their zero value means.
type TopicSettings struct {
	Brokers      []string // host:port
	ClientID     string
	Topic        string
	TopicTimeout time.Duration // how long the topic may be unknown
	TLS          *TLS          // nil: none
	SASL         *SASL         // nil: none

	dial func(ctx context.Context, network, address string) (net.Conn, error) // of tests; nil: the net's
}

// topicClient makes connections for one topic.
type topicClient struct {
	TopicSettings
	settings Settings // the same, as the rest of the package wants them
	tls      *tls.Config
}

// newTopicClient reads the files that the settings name.
func newTopicClient(s TopicSettings) (*topicClient, error) {
	if s.dial == nil {
		s.dial = (&net.Dialer{Timeout: netPatience}).DialContext
	}
	c := &topicClient{TopicSettings: s, settings: Settings{
		Brokers: s.Brokers, Topics: []string{s.Topic}, ClientID: s.ClientID, TLS: s.TLS, SASL: s.SASL,
	}}
	if s.TLS != nil {
		conf, err := s.TLS.config()
		if err != nil {
			return nil, err
		}
		c.tls = conf
	}
	return c, nil
}

// link is a client that knows its topic, and its connections.
type link struct {
	sarama.Client
	dialer *dialer
}

// connect makes a client and has it learn of the topic. edit may change its
// configuration. The end of ctx cuts it short, though not what the client does
// later.
func (c *topicClient) connect(ctx context.Context, edit func(*sarama.Config, *dialer)) (*link, error) {
	d := newDialer(context.WithoutCancel(ctx), c.dial)
	defer context.AfterFunc(ctx, d.cut)()
	conf := c.settings.connection(d, c.tls)
	edit(conf, d)
	client, err := sarama.NewClient(c.Brokers, conf)
	if err != nil {
		d.cut()
		return nil, err
	}
	l := &link{client, d}
	if err := l.RefreshMetadata(c.Topic); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// close cuts the connections.
func (l *link) close() {
	l.dialer.cut()
	_ = l.Close() // its connections are cut
}

// fatal is err with what to fix, if time cannot heal it, and nil otherwise. What is
// done with the topic ("write to") and the right to it say the words.
func (c *topicClient) fatal(err error, do, right string) error {
	switch {
	case errors.Is(err, sarama.ErrTopicAuthorizationFailed):
		return fmt.Errorf("%s topic %q: the user may not, allow it %s and DESCRIBE on the topic: %w", do, c.Topic, right, err)
	case errors.Is(err, sarama.ErrClusterAuthorizationFailed):
		return fmt.Errorf("%s topic %q: the user may not, allow it %s on the topic, or IDEMPOTENT_WRITE on the cluster: %w", do, c.Topic, right, err)
	case errors.Is(err, sarama.ErrInvalidTopic):
		return fmt.Errorf("%s topic %q: no topic can have this name: %w", do, c.Topic, err)
	case errors.Is(err, sarama.ErrInvalidRecord), errors.Is(err, sarama.ErrPolicyViolation), errors.Is(err, sarama.ErrUnsupportedForMessageFormat):
		return fmt.Errorf("%s topic %q: it refuses the records by its settings (a compacted topic takes none without a key): %w", do, c.Topic, err)
	}
	return c.settings.fatal(err)
}
