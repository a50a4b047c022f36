package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

func (r *resolver) kafka(raw *rawKafka, k *Kafka) {
	section := head{"kafka", raw.Range}
	r.need(raw.Brokers, section, "brokers", `brokers = ["localhost:9092"]`)
	r.texts(raw.Brokers, &k.Brokers, checkBroker)
	r.need(raw.Group, section, "group", `group = "actorpipe"`)
	r.text(raw.Group, &k.Group, checkFilled)
	r.text(raw.ClientID, &k.ClientID, checkKafkaName)
	r.text(raw.InstanceID, &k.InstanceID, orNothing(checkKafkaName))
	pick(r, raw.Start, starts(), &k.Start)
	pick(r, raw.Assignor, assignors(), &k.Assignor)
	r.kafkaTimes(raw, k)
	r.size(raw.FetchMemory, &k.FetchMemoryBytes)
	k.TLS = r.kafkaTLS(raw.TLS)
	k.SASL = r.sasl(raw.SASL)
	k.Topics = r.topics(raw)
}

// orNothing lets the empty text pass.
func orNothing(check func(string) fault) func(string) fault {
	return func(text string) fault {
		if text == "" {
			return fault{}
		}
		return check(text)
	}
}

// kafkaTimes holds the hand-over below the session: the rebalance time-out, past
// which a member is put out of the group, is never less than that.
func (r *resolver) kafkaTimes(raw *rawKafka, k *Kafka) {
	session := r.duration(raw.SessionTimeout, &k.SessionTimeout)
	handOver := r.duration(raw.HandOver, &k.HandOver)
	r.duration(raw.CommitInterval, &k.CommitInterval)
	r.duration(raw.TopicTimeout, &k.TopicTimeout)
	if !session || !handOver || k.HandOver < k.SessionTimeout {
		return
	}
	key := raw.HandOver
	if key == nil {
		key = raw.SessionTimeout
	}
	r.found.at(key.Expr.Range(), fmt.Sprintf("hand_over (%s) must be less than session_timeout (%s)", k.HandOver, k.SessionTimeout),
		"lower hand_over or raise session_timeout")
}

func (r *resolver) kafkaTLS(raw *rawKafkaTLS) *KafkaTLS {
	if raw == nil {
		return nil
	}
	var tls KafkaTLS
	r.text(raw.CAFile, &tls.CAFile, checkFile)
	r.keyPair(raw.CertFile, raw.KeyFile, &tls.CertFile, &tls.KeyFile)
	r.text(raw.ServerName, &tls.ServerName, checkFilled)
	return &tls
}

// keyPair reads a certificate and its key, which come together.
func (r *resolver) keyPair(cert, key *hcl.Attribute, certFile, keyFile *string) {
	r.text(cert, certFile, checkFile)
	r.text(key, keyFile, checkFile)
	r.together(cert, key, [2]string{"cert_file", "key_file"})
}

func (r *resolver) sasl(raw *rawSASL) *SASL {
	if raw == nil {
		return nil
	}
	var sasl SASL
	pick(r, raw.Mechanism, mechanisms(), &sasl.Mechanism)
	section := head{"sasl", raw.Range}
	r.need(raw.Username, section, "username", `username = "..."`)
	r.text(raw.Username, &sasl.Username, checkFilled)
	r.need(raw.Password, section, "password", `password = env("KAFKA_PASSWORD")`)
	r.secret(raw.Password, &sasl.Password, checkFilled)
	return &sasl
}
