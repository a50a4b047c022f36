package messages

// ConsumerCommand is everything that a partition consumer accepts.
//
//sumtype:decl
type ConsumerCommand interface{ consumerCommand() }

// Settled tells a partition consumer what became of records of its claim. It
// may come twice for a record; only the first counts.
type Settled struct {
	Ranges []Range
}

// ClaimEnded tells a partition consumer that its claim has been let go: it
// stops once nothing is in flight. Heard has room for one answer, that it knows.
type ClaimEnded struct {
	Heard chan<- struct{}
}

func (*Settled) consumerCommand()    {}
func (*ClaimEnded) consumerCommand() {}

// Control puts Settled on the unbounded lane.
func (*Settled) Control() {}

// Control puts ClaimEnded on the unbounded lane.
func (*ClaimEnded) Control() {}
