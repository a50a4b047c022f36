package config

// Start is where a group begins that has committed nothing yet.
type Start uint8

// The places to start at. The zero value is the default.
const (
	StartOldest Start = iota
	StartNewest
)

// String returns the choice as the file spells it.
func (s Start) String() string { return spelling(starts(), s) }

func starts() []choice[Start] {
	return []choice[Start]{{"oldest", StartOldest}, {"newest", StartNewest}}
}

// Assignor is how a group's members share the partitions.
type Assignor uint8

// The assignors. The zero value is the default.
const (
	AssignorCooperativeSticky Assignor = iota // moves only what must move
	AssignorRange                             // for groups with members that know nothing else
)

// String returns the choice as the file spells it.
func (a Assignor) String() string { return spelling(assignors(), a) }

func assignors() []choice[Assignor] {
	return []choice[Assignor]{{"cooperative-sticky", AssignorCooperativeSticky}, {"range", AssignorRange}}
}

// SASLMechanism is how a password is proved to a broker.
type SASLMechanism uint8

// The mechanisms. The zero value is the default.
const (
	SASLPlain SASLMechanism = iota
	SASLScramSHA256
	SASLScramSHA512
)

// String returns the choice as the file, and Kafka, spells it.
func (m SASLMechanism) String() string { return spelling(mechanisms(), m) }

func mechanisms() []choice[SASLMechanism] {
	return []choice[SASLMechanism]{
		{"PLAIN", SASLPlain}, {"SCRAM-SHA-256", SASLScramSHA256}, {"SCRAM-SHA-512", SASLScramSHA512},
	}
}

// IDKind is what a document's id is made of.
type IDKind uint8

// The kinds of ids. The zero value is the default.
const (
	IDOffset IDKind = iota // the record's place: topic, partition, offset and timestamp
	IDKey                  // the record's key: an entity, its newest version wins
	IDField                // a field of the record: an entity, its newest version wins
)

// String returns the kind as the file spells it, without a path.
func (k IDKind) String() string { return spelling(idKinds(), k) }

func idKinds() []choice[IDKind] {
	return []choice[IDKind]{{"offset", IDOffset}, {"key", IDKey}, {"field", IDField}}
}

// DLQKind is what a DLQ is.
type DLQKind uint8

// The kinds of DLQs. The zero value is the default.
const (
	DLQFile  DLQKind = iota // a file
	DLQKafka                // a topic, and a file for what is too large for it
)

// String returns the kind as the file spells it.
func (k DLQKind) String() string { return spelling(dlqKinds(), k) }

func dlqKinds() []choice[DLQKind] {
	return []choice[DLQKind]{{"file", DLQFile}, {"kafka", DLQKafka}}
}

// LogFormat is the shape of log lines.
type LogFormat uint8

// The formats. The zero value is the default.
const (
	LogAuto LogFormat = iota // text on a terminal, JSON otherwise
	LogText
	LogJSON
)

// String returns the choice as the file spells it.
func (f LogFormat) String() string { return spelling(logFormats(), f) }

func logFormats() []choice[LogFormat] {
	return []choice[LogFormat]{{"auto", LogAuto}, {"text", LogText}, {"json", LogJSON}}
}

// choice is one value of an enumeration and its name in the file.
type choice[T comparable] struct {
	name  string
	value T
}

// spelling returns the name of a value, and "unknown" for none of the choices.
func spelling[T comparable](choices []choice[T], value T) string {
	for _, c := range choices {
		if c.value == value {
			return c.name
		}
	}
	return "unknown"
}
