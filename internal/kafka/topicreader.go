package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/IBM/sarama"

	"github.com/actorpipe/actorpipe/messages"
)

// How a topic is read to its end.
const (
	readBytes = 1 << 20 // of a partition at a time
	readTries = 5       // in a row that brought nothing
	readWait  = 500     // milliseconds, that a broker may wait for records
)

// TopicReader reads one topic from its beginning to where it ended when the reader
// was opened, and commits nothing.
type TopicReader struct {
	*topicClient
	link  *link
	spans map[int32]offsets
}

// offsets are those [from, to) of a partition.
type offsets struct{ from, to int64 }

// OpenTopic connects and looks where the topic begins and ends. An error says what
// to fix: who reads a topic once need not wait for brokers.
func OpenTopic(ctx context.Context, s TopicSettings) (*TopicReader, error) {
	c, err := newTopicClient(s)
	if err != nil {
		return nil, err
	}
	r := &TopicReader{topicClient: c, spans: map[int32]offsets{}}
	if r.link, err = c.connect(ctx, func(*sarama.Config, *dialer) {}); err != nil {
		return nil, r.worded(err)
	}
	defer context.AfterFunc(ctx, r.link.dialer.cut)()
	if err := r.look(); err != nil {
		r.Close()
		return nil, r.worded(err)
	}
	return r, nil
}

func (r *TopicReader) look() error {
	partitions, err := r.link.Partitions(r.Topic)
	if err != nil {
		return err
	}
	for _, p := range partitions {
		from, err := r.link.GetOffset(r.Topic, p, sarama.OffsetOldest)
		if err != nil {
			return err
		}
		to, err := r.link.GetOffset(r.Topic, p, sarama.OffsetNewest)
		if err != nil {
			return err
		}
		r.spans[p] = offsets{from, to}
	}
	return nil
}

// worded says what was being done, and what to fix if that is known.
func (r *TopicReader) worded(err error) error {
	if fatal := r.fatal(err, "read", "READ"); fatal != nil {
		return fatal
	}
	return fmt.Errorf("read topic %q: %s: %w", r.Topic, r.settings.reason(err), err)
}

// Records is how many there are, or more: compaction leaves holes.
func (r *TopicReader) Records() (n int64) {
	for _, s := range r.spans {
		n += s.to - s.from
	}
	return n
}

// Read calls do for each record, partition by partition, in the order of their
// offsets, until it returns an error, which Read returns. Records share memory with
// others of their fetch.
func (r *TopicReader) Read(ctx context.Context, do func(messages.Record) error) error {
	defer context.AfterFunc(ctx, r.link.dialer.cut)()
	for _, p := range slices.Sorted(maps.Keys(r.spans)) {
		if err := r.partition(ctx, p, do); err != nil {
			return err
		}
	}
	return nil
}

func (r *TopicReader) partition(ctx context.Context, p int32, do func(messages.Record) error) error {
	span := r.spans[p]
	for tries := 0; span.from < span.to; tries++ {
		records, next, err := r.fetch(p, span.from)
		for i := range records {
			if records[i].Offset < span.to {
				if err := do(records[i]); err != nil {
					return err
				}
			}
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case next > span.from:
			span.from, tries = next, 0
		case tries >= readTries:
			return r.worded(cmp.Or(err, fmt.Errorf("partition %d brings nothing from offset %d on", p, span.from)))
		case err != nil:
			_ = r.link.RefreshMetadata(r.Topic) // the next fetch says what is wrong
			sleep(ctx, firstWait<<tries)
		}
	}
	return nil
}

// fetch reads what there is from an offset on, and where to go on.
func (r *TopicReader) fetch(p int32, from int64) (records []messages.Record, next int64, err error) {
	leader, err := r.link.Leader(r.Topic, p)
	if err != nil {
		return nil, from, err
	}
	request := &sarama.FetchRequest{Version: 4, MaxWaitTime: readWait, MinBytes: 1, MaxBytes: sarama.MaxResponseSize}
	request.AddBlock(r.Topic, p, from, readBytes, -1)
	answer, err := leader.Fetch(request)
	if err != nil {
		_ = leader.Close() // sarama opens it again
		return nil, from, err
	}
	block := answer.GetBlock(r.Topic, p)
	switch {
	case block == nil:
		return nil, from, sarama.ErrIncompleteResponse
	case errors.Is(block.Err, sarama.ErrOffsetOutOfRange): // retention was here meanwhile
		oldest, err := r.link.GetOffset(r.Topic, p, sarama.OffsetOldest)
		return nil, max(oldest, from), err
	case !errors.Is(block.Err, sarama.ErrNoError):
		return nil, from, block.Err
	}
	next = from
	for _, set := range block.RecordsSet {
		if b := set.RecordBatch; b != nil && !b.PartialTrailingRecord {
			records = appendBatch(records, b, next)
			next = max(next, b.LastOffset()+1)
		}
	}
	return records, next, nil
}

// appendBatch appends the records of a batch from an offset on.
func appendBatch(records []messages.Record, b *sarama.RecordBatch, from int64) []messages.Record {
	for _, r := range b.Records {
		if offset := b.FirstOffset + r.OffsetDelta; offset >= from && !b.Control {
			at := b.FirstTimestamp.Add(r.TimestampDelta)
			records = append(records, messages.Record{Offset: offset, Timestamp: at.UnixMilli(), Key: r.Key, Value: r.Value})
		}
	}
	return records
}

// Close closes the connections.
func (r *TopicReader) Close() { r.link.close() }
