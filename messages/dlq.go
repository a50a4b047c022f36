package messages

import "time"

// DLQCommand is everything that the DLQ accepts.
//
//sumtype:decl
type DLQCommand interface{ dlqCommand() }

// Stage is where a record was refused for good.
type Stage string

// The stages.
const (
	StageConsumer Stage = "consumer" // a claim, which scans the records of topics without an address
	StageEnricher Stage = "enricher" // an enricher
	StageWriter   Stage = "writer"   // Elasticsearch, or a writer that crashed on it
)

// DeadLetter is a record that was refused for good, and why. Record is a copy:
// the memory of its batch is used again.
type DeadLetter struct {
	Record   Record
	Stage    Stage
	Reason   string
	Status   int // HTTP, 0 where there is none
	Attempts int // requests that carried it
	FailedAt time.Time
	Stack    string // of the crash, empty where there was none
}

// DeadLetters are records of one claim, offsets ascending. Their claim hears
// Settled when they are stored.
type DeadLetters struct {
	Claim   *Claim
	Letters []DeadLetter
}

// Weight is the number of records.
func (d *DeadLetters) Weight() int { return len(d.Letters) }

func (*DeadLetters) dlqCommand() {}

// Clone is a copy of r that shares no memory with it.
func (r *Record) Clone() Record {
	c := Record{Offset: r.Offset, Timestamp: r.Timestamp, Key: cloneBytes(r.Key), Value: cloneBytes(r.Value)}
	for _, h := range r.Headers {
		c.Headers = append(c.Headers, Header{cloneBytes(h.Key), cloneBytes(h.Value)})
	}
	return c
}

// cloneBytes keeps nil apart from empty, and the copy's capacity at its length.
func cloneBytes(b []byte) []byte {
	if b == nil {
		return nil
	}
	c := make([]byte, len(b))
	copy(c, b)
	return c
}
