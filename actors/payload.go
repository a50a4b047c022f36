package actors

import "github.com/actorpipe/actorpipe/messages"

// claimOf is the claim of a message with records.
func claimOf(message any) *messages.Claim {
	switch m := message.(type) {
	case *messages.RecordBatch:
		return m.Claim
	case *messages.DocumentBatch:
		return m.Claim
	case *messages.DeadLetters:
		return m.Claim
	default:
		return nil
	}
}

// eachOffset calls f with the offset of each record of a message.
func eachOffset(message any, f func(offset int64)) {
	switch m := message.(type) {
	case *messages.RecordBatch:
		for i := range m.Records {
			f(m.Records[i].Offset)
		}
	case *messages.DocumentBatch:
		for i := range m.Docs {
			f(m.Docs[i].Record.Offset)
		}
	case *messages.DeadLetters:
		for i := range m.Letters {
			f(m.Letters[i].Record.Offset)
		}
	}
}

// outcomeOf is the ranges of all records of a message, with one outcome.
func outcomeOf(message any, o messages.Outcome) (ranges []messages.Range) {
	eachOffset(message, func(offset int64) { ranges = messages.AppendOffset(ranges, offset, o) })
	return ranges
}
