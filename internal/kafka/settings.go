package kafka

import (
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
)

// Start is where a group begins that has committed nothing yet.
type Start uint8

// The places to begin at.
const (
	Oldest Start = iota
	Newest
)

// Assignor is how the group shares out partitions.
type Assignor uint8

// The assignors. All members of a group need the same one.
const (
	CooperativeSticky Assignor = iota // moves only what must move
	Range                             // every rebalance ends all claims
)

// Settings of a Consumer. All of them are needed but for those that say what
// their zero value means.
type Settings struct {
	Brokers        []string // host:port
	Group          string
	Topics         []string
	ClientID       string
	InstanceID     string // static membership; empty: none
	Start          Start
	Assignor       Assignor
	SessionTimeout time.Duration // silence after which the group drops this member
	HandOver       time.Duration // what a claim takes at most to let go
	CommitInterval time.Duration
	TopicTimeout   time.Duration // how long a topic may be unknown
	FetchMemory    int64         // bytes, of all partitions together; see AheadBytes and PartitionBytes
	TLS            *TLS          // nil: none
	SASL           *SASL         // nil: none
}

// TLS of the connections to the brokers. The zero value trusts what the system
// trusts and shows no certificate.
type TLS struct {
	CAFile            string
	CertFile, KeyFile string // both or none
	ServerName        string // empty: the broker's host name
}

// SASL is how this process proves who it is.
type SASL struct {
	Mechanism          Mechanism
	Username, Password string
}

// Mechanism is a SASL mechanism.
type Mechanism uint8

// The mechanisms.
const (
	Plain Mechanism = iota
	ScramSHA256
	ScramSHA512
)

// What FetchMemory is made of: a quarter for what claims hold, and the rest for
// answers. These are asked for at a sixteenth, since they are unpacked whole: the
// answer itself, its batches decompressed, about 300 bytes of sarama's for each record,
// and what is left of the answer before. So that rest holds answers that become twelve
// times as large.
const (
	aheadShare  = 4
	answerShare = 16
)

// PartitionBytes is what a partition of the topics takes beside that: sarama's
// channels and goroutines, the claim and its actor, and answerMore.
const PartitionBytes = 64 << 10

// answerMore is what is added to FetchMemory for each partition, for answers only:
// claims hold no more. sarama looks at each partition for each answer, so that one
// has to bring more where there are more.
const answerMore = 16 << 10

// What sarama holds ready, in records: a batch of each partition, as actors makes
// them, or less where that is more than readyTogether of all of them. With less than
// leastReady batches would be smaller.
const (
	mostReady     = 512
	leastReady    = 128
	readyTogether = 1 << 19
)

// The bounds of what is asked for at once. Smaller fetches of a partition cost
// CPU, larger ones gain nothing.
const (
	smallestAnswer = 64 << 10
	largestFetch   = 1 << 20
)

// AheadBytes is the part of the memory for fetching that claims may hold before
// they have their fetching stopped.
func AheadBytes(fetchMemory int64) int64 { return fetchMemory / aheadShare }

// answerBytes is what each broker answers at most to a fetch of all its partitions,
// compressed as it is. A record that is larger comes all the same.
func answerBytes(fetchMemory int64, size extent) int32 {
	memory := fetchMemory + int64(size.partitions)*answerMore
	return int32(min(max(memory/answerShare/int64(max(size.brokers, 1)), smallestAnswer), int64(sarama.MaxResponseSize))) //nolint:gosec // bounded by the min
}

// fetchBytes is what is fetched of one partition at a time, where an answer has
// that many. Which partitions an answer has room for is up to chance, because
// sarama asks for them in any order; so all of them get their turn.
func fetchBytes(answer int32) int32 { return min(answer, largestFetch) }

// readyRecords is how many records of a partition sarama holds ready. It makes three
// channels of that many pointers for each partition.
func readyRecords(partitions int) int {
	return min(mostReady, max(readyTogether/max(partitions, 1), leastReady))
}

// check says what is wrong with the settings, all of it at once.
func (s *Settings) check() error {
	return errors.Join(
		wrong(len(s.Brokers) == 0, "no brokers"),
		wrong(s.Group == "", "no group"),
		wrong(len(s.Topics) == 0, "no topics"),
		wrong(s.ClientID == "", "no client id"),
		wrong(s.SessionTimeout < time.Second, "session timeout is under 1s"),
		wrong(s.HandOver <= 0, "hand-over time is not positive"),
		wrong(s.CommitInterval <= 0, "commit interval is not positive"),
		wrong(s.TopicTimeout <= 0, "topic timeout is not positive"),
		wrong(s.FetchMemory <= 0, "fetch memory is not positive"),
		wrong(s.SASL != nil && (s.SASL.Username == "" || s.SASL.Password == ""), "sasl needs username and password"),
	)
}

func wrong(is bool, what string) error {
	if !is {
		return nil
	}
	return fmt.Errorf("kafka settings: %s", what)
}

// heartbeat is how often the group hears of this member.
func (s *Settings) heartbeat() time.Duration { return min(time.Second, s.SessionTimeout/3) }

// rebalance is how long the group waits for a member to let go of its claims: well
// above the time that a claim takes.
func (s *Settings) rebalance() time.Duration { return max(20*time.Second, 4*s.HandOver) }

// answer is how long a request waits for its answer. The broker answers a join
// only when every other member has let go or is given up, so this must be above
// both times: a join that is cut short costs all claims.
func (s *Settings) answer() time.Duration { return max(s.SessionTimeout, s.HandOver) + 4*time.Second }
