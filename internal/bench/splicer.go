package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/IBM/sarama"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/geoip"
	"github.com/actorpipe/actorpipe/internal/kafka"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
)

// splicer is what it takes to make documents of records.
type splicer struct {
	topics   map[string]*bareTopic
	database *geoip.Database
	maxAge   time.Duration
}

type bareTopic struct {
	index   string
	plan    *record.Plan
	located bool
}

func newSplicer(c *config.Config, log *slog.Logger) (*splicer, error) {
	database, err := geoip.Open(geoip.Settings{Path: c.GeoIP.Database, Locales: c.GeoIP.Locales, Reload: c.GeoIP.Reload}, log)
	if err != nil {
		return nil, err
	}
	s := &splicer{topics: map[string]*bareTopic{}, database: database, maxAge: c.Elasticsearch.Bulk.MaxAge}
	for _, t := range c.Kafka.Topics {
		plan, err := record.NewPlan(record.PlanSettings{Address: t.Address, Target: t.Target})
		if err != nil {
			return nil, err
		}
		s.topics[t.Name] = &bareTopic{index: t.Index, plan: plan, located: t.Address != ""}
	}
	return s, nil
}

// body is a bulk body under way.
type body struct {
	*splicer
	from   *kafka.Partition
	topic  *bareTopic
	found  record.Found
	prefix []byte // of its action lines
	bytes  []byte
	next   int64            // behind the last record in it
	late   <-chan time.Time // when it has waited for company long enough; nil: it is empty
}

func (s *splicer) newBody(from *kafka.Partition) *body {
	t := s.topics[from.Topic()]
	return &body{
		splicer: s, from: from, topic: t,
		prefix: fmt.Appendf(nil, `{"create":{"_index":%q,"_id":"%s-%d-`, t.index, from.Topic(), from.Partition()),
	}
}

// take adds a record, and what else is there without waiting.
func (b *body) take(m *sarama.ConsumerMessage, ok bool) error {
	if ok && b.late == nil {
		b.late = time.After(b.maxAge)
	}
	for ok {
		r := b.from.Record(m)
		if err := b.add(&r); err != nil {
			return err
		}
		if len(b.bytes) >= bareBodyBytes || len(b.from.Messages()) == 0 {
			return nil
		}
		m, ok = <-b.from.Messages()
	}
	return nil
}

func (b *body) add(r *messages.Record) error {
	if err := b.topic.plan.Scan(r.Value, &b.found); err != nil {
		return fmt.Errorf("%s-%d, offset %d: %w", b.from.Topic(), b.from.Partition(), r.Offset, err)
	}
	b.bytes = append(b.bytes, b.prefix...)
	b.bytes = strconv.AppendInt(b.bytes, r.Offset, 10)
	b.bytes = append(b.bytes, '-')
	b.bytes = strconv.AppendInt(b.bytes, r.Timestamp, 10)
	b.bytes = append(b.bytes, "\"}}\n"...)
	if b.topic.located {
		b.bytes = b.topic.plan.Splice(b.bytes, r.Value, &b.found, b.database.Lookup(b.found.AddressText()))
	} else {
		b.bytes = record.AppendLine(b.bytes, r.Value, &b.found)
	}
	b.bytes = append(b.bytes, '\n')
	b.next = r.Offset + 1
	return nil
}

// post sends one bulk body, and wants every document of it created.
func post(ctx context.Context, sink string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sink+"/_bulk?filter_path=errors", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && !bytes.Equal(answer, []byte(`{"errors":false}`)) {
		err = fmt.Errorf("bulk: %s: %.300s", resp.Status, answer)
	}
	return err
}
