package messages

// Outcome is what became of a record.
type Outcome uint8

// The outcomes. Their sum and what is in flight make up what was consumed.
const (
	Indexed      Outcome     = iota // stored
	Duplicate                       // was there already, by an earlier delivery of the same record
	Superseded                      // an entity for which something newer was there
	Deleted                         // a tombstone that deleted its entity, or found nothing to delete
	Ignored                         // a tombstone where tombstones mean nothing
	DeadLettered                    // refused for good and stored in the DLQ
	Returned                        // given back unwritten because its claim was revoked or the run drains
	Outcomes     = int(iota)        // how many there are
)

var outcomeNames = [Outcomes]string{"indexed", "duplicate", "superseded", "deleted", "ignored", "dead_lettered", "returned"}

// String is the outcome's name in metrics and reports.
func (o Outcome) String() string { return outcomeNames[o] }

// Range is the offsets [From, To) of a partition, all with one outcome.
type Range struct {
	From, To int64
	Outcome  Outcome
}

// AppendOffset appends one offset to ranges, joined to the last range where it
// follows it with the same outcome.
func AppendOffset(ranges []Range, offset int64, o Outcome) []Range {
	if n := len(ranges); n > 0 && ranges[n-1].Outcome == o && ranges[n-1].To == offset {
		ranges[n-1].To++
		return ranges
	}
	return append(ranges, Range{From: offset, To: offset + 1, Outcome: o})
}
