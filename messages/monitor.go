package messages

import "time"

// MonitorCommand is everything that the monitor accepts.
//
//sumtype:decl
type MonitorCommand interface{ monitorCommand() }

type (
	// DepthQuery asks the monitor for the mailboxes; it answers DepthReport.
	DepthQuery struct{}
	// DepthReport is the mailboxes as they are now.
	DepthReport struct{ Mailboxes []MailboxReport }
	// ReportQuery asks the monitor for everything; it answers a Report.
	ReportQuery struct{}
	// Condition says that something is not as it should be, or that it is
	// again. The monitor logs each change once, and the process is ready only
	// while no condition has a reason.
	Condition struct {
		Name   string // of what is watched, as "elasticsearch"
		Reason string // empty: healed
	}
)

func (*DepthQuery) monitorCommand()  {}
func (*ReportQuery) monitorCommand() {}
func (*Condition) monitorCommand()   {}

// Control puts Condition on the unbounded lane.
func (*Condition) Control() {}

// Control puts DepthQuery on the unbounded lane.
func (*DepthQuery) Control() {}

// Control puts ReportQuery on the unbounded lane.
func (*ReportQuery) Control() {}

// Report is what the monitor knows; its JSON form is an interface. Rates, means
// and highest values are of the time since the last report of the interval.
type Report struct {
	Time          time.Time         `json:"time"`
	UptimeSeconds float64           `json:"uptime_seconds"`
	Verdict       string            `json:"verdict"` // the sentence that names the slow stage
	Mailboxes     []MailboxReport   `json:"mailboxes"`
	Pools         []PoolReport      `json:"pools"`
	Topics        []TopicReport     `json:"topics"`
	Partitions    []PartitionReport `json:"partitions"`
	Actors        []ActorReport     `json:"actors"`
	Restarts      int64             `json:"restarts"`
	DeadLetters   int64             `json:"dead_letters"` // actor messages without a receiver, not records
	NotReady      []string          `json:"not_ready"`    // reasons, empty when ready

	WaitingForBudget int `json:"waiting_for_budget"` // claims that in_flight_limit holds back
}

// MailboxReport is one bounded mailbox.
type MailboxReport struct {
	Name               string  `json:"name"`
	Depth              int64   `json:"depth"`    // records
	Capacity           int64   `json:"capacity"` // records
	FillPercent        float64 `json:"fill_percent"`
	FillMeanPercent    float64 `json:"fill_mean_percent"`
	FillHighestPercent float64 `json:"fill_highest_percent"`
	ParkedSenders      int64   `json:"parked_senders"`
	ParkedSeconds      float64 `json:"parked_seconds"` // time with a parked sender, since the start
	ParkedPercent      float64 `json:"parked_percent"` // of the time
	InPerSecond        float64 `json:"in_per_second"`  // records
	OutPerSecond       float64 `json:"out_per_second"` // records
}

// PoolReport is the workers of a pool.
type PoolReport struct {
	Name         string   `json:"name"`
	Mailboxes    []string `json:"mailboxes"` // that feed it
	Workers      int      `json:"workers"`
	Busy         int      `json:"busy"`           // now
	BusyMean     float64  `json:"busy_mean"`      // workers
	SetAside     int64    `json:"set_aside"`      // records that wait for a gate, a delay, or at the head
	GateClosed   bool     `json:"gate_closed"`    // nothing is handed out for now
	GatesOfIndex int      `json:"gates_of_index"` // indices whose gate is closed
}

// Books are what became of the records of a topic. They balance:
// Consumed = the outcomes + InFlight.
type Books struct {
	Consumed     int64 `json:"consumed"`
	Indexed      int64 `json:"indexed"`
	Duplicate    int64 `json:"duplicate"`
	Superseded   int64 `json:"superseded"`
	Deleted      int64 `json:"deleted"`
	Ignored      int64 `json:"ignored"`
	DeadLettered int64 `json:"dead_lettered"`
	Returned     int64 `json:"returned"`
	InFlight     int64 `json:"in_flight"`
}

// Outcome is the count of one outcome.
func (b *Books) Outcome(o Outcome) *int64 {
	return [Outcomes]*int64{&b.Indexed, &b.Duplicate, &b.Superseded, &b.Deleted, &b.Ignored, &b.DeadLettered, &b.Returned}[o]
}

// Settled is the sum of the outcomes.
func (b *Books) Settled() int64 {
	return b.Indexed + b.Duplicate + b.Superseded + b.Deleted + b.Ignored + b.DeadLettered + b.Returned
}

// Balanced says whether every record is accounted for.
func (b *Books) Balanced() bool { return b.Consumed == b.Settled()+b.InFlight }

// Add adds the counts of o to b.
func (b *Books) Add(o Books) {
	b.Consumed += o.Consumed
	b.InFlight += o.InFlight
	for i := range Outcomes {
		*b.Outcome(Outcome(i)) += *o.Outcome(Outcome(i))
	}
}

// TopicReport is the books of a topic, and how far behind it is.
type TopicReport struct {
	Name string `json:"name"`
	Books
	Lag             int64 `json:"lag"`               // records, of the partitions held here
	LostToRetention int64 `json:"lost_to_retention"` // offsets the log did not have: dropped before they were read, or cut off behind the end
	Foreign         int64 `json:"foreign"`           // of Superseded: by a version that no record of their partition can have given
	Repeated        int64 `json:"repeated"`          // outcomes that came a second time, and were ignored
}

// PartitionReport is a partition held here.
type PartitionReport struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Lag       int64  `json:"lag"` // records
	InFlight  int64  `json:"in_flight"`
}

// ActorReport is an actor that has been restarted.
type ActorReport struct {
	Path     string `json:"path"`
	Restarts int64  `json:"restarts"`
}
