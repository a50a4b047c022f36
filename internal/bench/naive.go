package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
	"github.com/oschwald/maxminddb-golang/v2"
	"github.com/tidwall/gjson"

	"github.com/actorpipe/actorpipe/config"
)

// The batches of the naive loop: so many documents, or what came in that time.
const (
	naiveDocuments = 1000
	naiveEvery     = 200 * time.Millisecond
)

// naive is the loop that anybody would write: sarama as it comes, gjson to look
// into records, a lookup for each, fmt and encoding/json to write documents.
type naive struct {
	topics   map[string]config.Topic
	database *maxminddb.Reader
	sink     string
	fail     context.CancelCauseFunc
}

func runNaive(ctx context.Context, j *job) error {
	database, err := maxminddb.Open(j.conf.GeoIP.Database)
	if err != nil {
		return err
	}
	defer func() { _ = database.Close() }()
	run, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	h := &naive{fail: fail, topics: map[string]config.Topic{}, database: database, sink: j.conf.Elasticsearch.Addresses[0]}
	var names []string
	for _, t := range j.conf.Kafka.Topics {
		h.topics[t.Name] = t
		names = append(names, t.Name)
	}
	k := sarama.NewConfig()
	k.Version = sarama.V2_8_0_0
	k.Consumer.Offsets.Initial = sarama.OffsetOldest
	group, err := sarama.NewConsumerGroup(j.conf.Kafka.Brokers, j.conf.Kafka.Group, k)
	if err != nil {
		return err
	}
	for run.Err() == nil && err == nil {
		err = group.Consume(run, names, h)
	}
	if ctx.Err() == nil {
		err = errors.Join(err, context.Cause(run))
	}
	return errors.Join(err, group.Close())
}

// Setup does nothing.
func (h *naive) Setup(sarama.ConsumerGroupSession) error { return nil }

// Cleanup does nothing.
func (h *naive) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim moves the records of one partition.
func (h *naive) ConsumeClaim(s sarama.ConsumerGroupSession, c sarama.ConsumerGroupClaim) error {
	err := h.consume(s, c)
	if err != nil {
		h.fail(err) // sarama would read the same again, for ever
	}
	return err
}

func (h *naive) consume(s sarama.ConsumerGroupSession, c sarama.ConsumerGroupClaim) error {
	tick := time.NewTicker(naiveEvery)
	defer tick.Stop()
	var body bytes.Buffer
	var batch []*sarama.ConsumerMessage
	for {
		select {
		case m, ok := <-c.Messages():
			if !ok {
				return nil // what is not sent is read again
			}
			if err := h.add(&body, m); err != nil {
				return err
			}
			if batch = append(batch, m); len(batch) < naiveDocuments {
				continue
			}
		case <-tick.C:
			if len(batch) == 0 {
				continue
			}
		}
		if err := post(s.Context(), h.sink, body.Bytes()); err != nil {
			return err
		}
		for _, m := range batch {
			s.MarkMessage(m, "")
		}
		batch = batch[:0]
		body.Reset()
	}
}

// add appends the document of m.
func (h *naive) add(body *bytes.Buffer, m *sarama.ConsumerMessage) error {
	if !gjson.ValidBytes(m.Value) {
		return fmt.Errorf("%s-%d, offset %d: no JSON", m.Topic, m.Partition, m.Offset)
	}
	t := h.topics[m.Topic]
	id := fmt.Sprintf("%s-%d-%d-%d", m.Topic, m.Partition, m.Offset, m.Timestamp.UnixMilli())
	fmt.Fprintf(body, "{\"create\":{\"_index\":%q,\"_id\":%q}}\n", t.Index, id)
	if t.Address == "" {
		fmt.Fprintf(body, "%s\n", m.Value)
		return nil
	}
	found, err := h.locate(gjson.GetBytes(m.Value, t.Address).String())
	if err != nil {
		return err
	}
	fmt.Fprintf(body, "%s,%q:", bytes.TrimSuffix(m.Value, []byte("}")), t.Target)
	geo := json.NewEncoder(body)
	geo.SetEscapeHTML(false) // or names with an ampersand differ from those of the other variants
	if err := geo.Encode(found); err != nil {
		return err
	}
	body.Truncate(body.Len() - 1) // its newline
	body.WriteString("}\n")
	return nil
}
