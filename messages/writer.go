package messages

// WriterCommand is everything that a writer accepts, beside the units in which
// its pool hands them out.
//
//sumtype:decl
type WriterCommand interface{ writerCommand() }

func (*DocumentBatch) writerCommand() {}

// BulkVerdict is what the answer to a bulk request means as a whole.
type BulkVerdict uint8

// The verdicts on a bulk. What is fatal is an error, not a verdict.
const (
	BulkAnswered  BulkVerdict = iota // item by item
	BulkLater                        // not now, or unknown whether: the same again, later
	BulkTooLarge                     // 413: in halves
	BulkMalformed                    // 400: in halves, until the offender stands alone
)

// ItemVerdict is what the answer to one document of a bulk means.
type ItemVerdict uint8

// The verdicts on a document. What is fatal is an error, not a verdict.
const (
	ItemIndexed    ItemVerdict = iota // stored
	ItemDeleted                       // deleted, or was not there
	ItemDuplicate                     // was there already
	ItemSuperseded                    // something newer was there
	ItemLater                         // refused for now
	ItemBlocked                       // refused for now, as would be every document for its index
	ItemRefused                       // refused for good: to the DLQ
)

// Item is the answer to one document.
type Item struct {
	Verdict ItemVerdict
	Status  int    // HTTP
	Version int64  // that is stored, of ItemSuperseded
	Reason  string // of ItemLater, ItemBlocked and ItemRefused, for a person
}

// BulkAnswer is the answer to a bulk request.
type BulkAnswer struct {
	Verdict BulkVerdict
	Status  int    // HTTP, 0 where there was no answer
	Reason  string // for a person; empty where Verdict is BulkAnswered
	Items   []Item // of BulkAnswered, one for each document in order; nil: all indexed, or deleted where Source is nil
}
