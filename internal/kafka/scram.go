package kafka

import (
	"github.com/IBM/sarama"
	"github.com/xdg-go/scram"
)

// apply puts s, which may be nil, into sarama's configuration.
func (s *SASL) apply(k *sarama.Config) {
	if s == nil {
		return
	}
	k.Net.SASL.Enable = true
	k.Net.SASL.User, k.Net.SASL.Password = s.Username, s.Password
	k.Net.SASL.Mechanism = sarama.SASLTypePlaintext
	switch s.Mechanism {
	case Plain:
	case ScramSHA256:
		k.Net.SASL.Mechanism = sarama.SASLTypeSCRAMSHA256
		k.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{hash: scram.SHA256} }
	case ScramSHA512:
		k.Net.SASL.Mechanism = sarama.SASLTypeSCRAMSHA512
		k.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{hash: scram.SHA512} }
	}
}

// scramClient is one SCRAM conversation, as sarama wants it.
type scramClient struct {
	hash scram.HashGeneratorFcn
	talk *scram.ClientConversation
}

// Begin starts the conversation.
func (c *scramClient) Begin(username, password, authorization string) error {
	client, err := c.hash.NewClient(username, password, authorization)
	if err != nil {
		return err
	}
	c.talk = client.NewConversation()
	return nil
}

// Step answers the server.
func (c *scramClient) Step(challenge string) (string, error) { return c.talk.Step(challenge) }

// Done says whether nothing more is to be said.
func (c *scramClient) Done() bool { return c.talk.Done() }
