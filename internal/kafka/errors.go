package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// judge ends the run where err is fatal, and otherwise reports it.
func (m *member) judge(err error) {
	if m.run.Err() == nil && !m.judgeFatal(err) {
		m.health.down(m.settings.reason(err))
	}
}

// judgeFatal ends the run where err is fatal, and says whether it is.
func (m *member) judgeFatal(err error) bool {
	fatal := m.settings.fatal(err)
	if fatal == nil && errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		fatal = m.unknown.seen(m.settings.topicsOf(err), time.Now())
	}
	if fatal != nil {
		m.fail(fatal)
	}
	return fatal != nil
}

// fatal is err with what to fix, if time cannot heal it, and nil otherwise.
func (s *Settings) fatal(err error) error {
	switch {
	case errors.Is(err, sarama.ErrFencedInstancedId):
		return fmt.Errorf("join group %q: another process runs with kafka.instance_id %q, give each its own: %w", s.Group, s.InstanceID, err)
	case errors.Is(err, sarama.ErrGroupAuthorizationFailed):
		return fmt.Errorf("use group %q: the user may not, allow it READ on the group: %w", s.Group, err)
	case errors.Is(err, sarama.ErrTopicAuthorizationFailed):
		return fmt.Errorf("read topic %s: the user may not, allow it READ and DESCRIBE on the topic: %w", strings.Join(s.topicsOf(err), ", "), err)
	case errors.Is(err, sarama.ErrClusterAuthorizationFailed):
		return fmt.Errorf("use the kafka cluster: the user may not, allow it DESCRIBE on the cluster: %w", err)
	case errors.Is(err, sarama.ErrInvalidTopic):
		return fmt.Errorf("read topic %s: no topic can have this name, fix kafka.topic: %w", strings.Join(s.topicsOf(err), ", "), err)
	case errors.Is(err, sarama.ErrSASLAuthenticationFailed), errors.Is(err, sarama.ErrUnsupportedSASLMechanism), errors.Is(err, sarama.ErrIllegalSASLState):
		return fmt.Errorf("log in to kafka: fix mechanism, username or password in kafka.sasl: %w", err)
	case errors.Is(err, sarama.ErrInvalidSessionTimeout):
		return fmt.Errorf("join group %q: kafka.session_timeout %s is outside of what the brokers allow: %w", s.Group, s.SessionTimeout, err)
	case tlsRefused(err):
		return fmt.Errorf("connect to kafka: TLS was refused, fix kafka.tls or the broker's certificate: %w", err)
	}
	return nil
}

// tlsRefused says whether one side did not accept the other in a TLS handshake.
func tlsRefused(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		header       tls.RecordHeaderError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
		op           *net.OpError
	)
	return errors.As(err, &verification) || errors.As(err, &header) || errors.As(err, &authority) ||
		errors.As(err, &host) || errors.As(err, &invalid) || (errors.As(err, &op) && op.Op == "remote error")
}

// rebalancing says whether err only tells that the group is moving on.
func rebalancing(err error) bool {
	return errors.Is(err, sarama.ErrRebalanceInProgress) || errors.Is(err, sarama.ErrIllegalGeneration) ||
		errors.Is(err, sarama.ErrUnknownMemberId) || errors.Is(err, sarama.ErrNotCoordinatorForConsumer) ||
		errors.Is(err, sarama.ErrRebalanceTimedOut)
}

// reason is err as people read it, with a hint where the cause is often another
// than the words say.
func (s *Settings) reason(err error) string {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	dropped := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case errors.Is(err, sarama.ErrInconsistentGroupProtocol):
		return text + " (the group's other members use another assignor: see kafka.assignor)"
	case dropped && s.SASL != nil:
		return text + " (the broker closed the connection: the password in kafka.sasl may be wrong)"
	case errors.Is(err, sarama.ErrOutOfBrokers) && s.SASL != nil:
		return text + " (the brokers may take no SASL, or not the mechanism of kafka.sasl)"
	case dropped && s.TLS == nil:
		return text + " (the broker closed the connection: it may want TLS or SASL)"
	case dropped:
		return text + " (the broker closed the connection: it may want no TLS, or SASL)"
	}
	return text
}

// topicsOf are the topics that err is about: all, where it does not say.
func (s *Settings) topicsOf(err error) []string {
	if e := (*sarama.ConsumerError)(nil); errors.As(err, &e) {
		return []string{e.Topic}
	}
	var named []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		for _, topic := range s.Topics {
			if strings.HasPrefix(line, topic+": ") {
				named = append(named, topic)
			}
		}
	}
	if named == nil {
		return s.Topics
	}
	return named
}

// forgotten is after how much silence a topic does not count as unknown any more.
const forgotten = 15 * time.Second

// unknownTopics remembers since when topics are unknown.
type unknownTopics struct {
	timeout time.Duration

	mu    sync.Mutex // guards times
	times map[string]span
}

// span is when a topic was found unknown. The zero value: never.
type span struct{ first, last time.Time }

// seen says that the topic was found unknown now, and for how long it has been.
func (s *span) seen(now time.Time, timeout time.Duration) time.Duration {
	if now.Sub(s.last) > max(forgotten, timeout) {
		s.first = now
	}
	s.last = now
	return now.Sub(s.first)
}

func newUnknownTopics(timeout time.Duration) *unknownTopics {
	return &unknownTopics{timeout: timeout, times: make(map[string]span)}
}

// seen says that topics were found unknown now. The error, if any, is fatal: one
// of them has been so for too long.
func (u *unknownTopics) seen(topics []string, now time.Time) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, topic := range topics {
		s := u.times[topic]
		lasts := s.seen(now, u.timeout)
		u.times[topic] = s
		if lasts >= u.timeout {
			return fmt.Errorf("read topic %q: the brokers have not known it for %s, create it or fix kafka.topic: %w",
				topic, lasts.Round(time.Millisecond), sarama.ErrUnknownTopicOrPartition)
		}
	}
	return nil
}

// clear says that all topics are known.
func (u *unknownTopics) clear() {
	u.mu.Lock()
	defer u.mu.Unlock()
	clear(u.times)
}
