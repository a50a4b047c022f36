package messages

// EnricherCommand is everything that an enricher accepts, beside the units in
// which its pool hands them out.
//
//sumtype:decl
type EnricherCommand interface{ enricherCommand() }

func (*RecordBatch) enricherCommand() {}
