package kafka

import (
	"slices"

	"github.com/IBM/sarama"

	"github.com/actorpipe/actorpipe/messages"
)

// leftover is what is not acknowledged of records that are to be sent.
type leftover struct {
	records  []messages.Record
	indices  []int // of those that are left, ascending
	tooLarge []int // of those that the topic does not take
	alone    bool  // each goes in a batch of its own: together they were too large
}

// add notes a record, unless no broker would take it.
func (l *leftover) add(i int) {
	if size(&l.records[i]) > largestRecord {
		l.tooLarge = append(l.tooLarge, i)
		return
	}
	l.indices = append(l.indices, i)
}

// size is the bytes of key and value.
func size(r *messages.Record) int { return len(r.Key) + len(r.Value) }

// batch is the indices of what goes next, at least one.
func (l *leftover) batch() []int {
	n, bytes := 1, size(&l.records[l.indices[0]])
	for ; n < len(l.indices) && !l.alone; n++ {
		if bytes += size(&l.records[l.indices[n]]); bytes > usualBatch {
			break
		}
	}
	return slices.Clone(l.indices[:n])
}

// messages are the records of a batch as sarama wants them.
func (l *leftover) messages(topic string, batch []int) []*sarama.ProducerMessage {
	out := make([]*sarama.ProducerMessage, len(batch))
	for at, i := range batch {
		r := &l.records[i]
		out[at] = &sarama.ProducerMessage{Topic: topic, Metadata: i, Value: sarama.ByteEncoder(r.Value)}
		if r.Key != nil {
			out[at].Key = sarama.ByteEncoder(r.Key)
		}
	}
	return out
}

// strike takes a record off that is acknowledged.
func (l *leftover) strike(i int) {
	l.indices = slices.DeleteFunc(l.indices, func(other int) bool { return other == i })
}

// refuse takes a record off that is too large.
func (l *leftover) refuse(i int) {
	l.strike(i)
	l.tooLarge = append(l.tooLarge, i)
}
