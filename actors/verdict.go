package actors

import (
	"fmt"
	"slices"
	"strings"

	"github.com/actorpipe/actorpipe/messages"
)

// A stage is slow when its senders are parked, or all its workers busy, for so
// much of the time.
const (
	parkedPercent = 10
	busyShare     = 0.9
)

// verdict names the slow stage with its evidence. The stage furthest downstream
// that is held up is the slow one: what is upstream of it waits for it. Time
// parked and busy workers come first, fill does not count: a lane that waits for
// company to make a bulk is half full with the fastest sink.
func verdict(r *messages.Report) string {
	dlq, writers, enrichers := stageOf(r, "dlq"), stageOf(r, "writers"), stageOf(r, "enrichers")
	switch {
	case dlq.parked() >= parkedPercent:
		return "the DLQ is the bottleneck: " + dlq.evidence()
	case writers.pool.GateClosed:
		return "Elasticsearch takes nothing now, the writers wait: " + writers.evidence()
	case writers.slow():
		return "writers are the bottleneck: " + writers.evidence()
	case enrichers.slow():
		return "enrichers are the bottleneck: " + enrichers.evidence(enriched(r)...)
	case r.WaitingForBudget > 0:
		return fmt.Sprintf("in_flight_limit is the bottleneck: %d claims wait for it, %s", r.WaitingForBudget, allFills(r))
	case !moving(r) && writers.pool.Busy > 0:
		return "Elasticsearch has not answered yet: " + writers.evidence()
	case len(r.NotReady) > 0 && !moving(r):
		return "not ready: " + strings.Join(r.NotReady, "; ")
	case len(r.NotReady) > 0 && lag(r) > 0:
		return fmt.Sprintf("not ready: %s; %d records behind", strings.Join(r.NotReady, "; "), lag(r))
	case lag(r) > 0 && moving(r):
		return fmt.Sprintf("Kafka is the bottleneck: %d records behind, %s", lag(r), allFills(r))
	case moving(r):
		return "no bottleneck: all that comes is written, " + allFills(r)
	default:
		return fmt.Sprintf("idle: nothing comes, %d records behind, %s", lag(r), allFills(r))
	}
}

// stage is a pool, or a single actor, and the mailboxes that feed it.
type stage struct {
	name      string
	pool      messages.PoolReport // zero where it is no pool
	mailboxes []messages.MailboxReport
}

// stageOf finds a stage in a report. A pool is fed by the mailboxes that it
// names, a single actor by the mailbox of its name.
func stageOf(r *messages.Report, name string) stage {
	s := stage{name: name}
	fed := []string{name}
	if i := slices.IndexFunc(r.Pools, func(p messages.PoolReport) bool { return p.Name == name }); i >= 0 {
		s.pool = r.Pools[i]
		fed = s.pool.Mailboxes
	}
	for _, m := range r.Mailboxes {
		if slices.Contains(fed, m.Name) {
			s.mailboxes = append(s.mailboxes, m)
		}
	}
	return s
}

// parked is the percentage of the time in which a sender was parked.
func (s stage) parked() (percent float64) {
	for _, m := range s.mailboxes {
		percent = max(percent, m.ParkedPercent)
	}
	return percent
}

func (s stage) slow() bool {
	return s.parked() >= parkedPercent || s.pool.Workers > 0 && s.pool.BusyMean >= busyShare*float64(s.pool.Workers)
}

// enriched is how full the mailbox behind the enrichers is.
func enriched(r *messages.Report) (fills []string) {
	for _, m := range r.Mailboxes {
		if m.Name == "enriched" {
			fills = append(fills, fill(m))
		}
	}
	return fills
}

// evidence is fill, time parked and busy workers, and before the workers what
// else there is.
func (s stage) evidence(more ...string) string {
	parts := make([]string, 0, len(s.mailboxes)+2)
	for _, m := range s.mailboxes {
		if m.ParkedPercent > 0.5 { // rounded, 0.5 would read 0
			parts = append(parts, fmt.Sprintf("%s full, senders parked %.0f %% of the time", fill(m), m.ParkedPercent))
		} else {
			parts = append(parts, fill(m))
		}
	}
	parts = append(parts, more...)
	if s.pool.Workers > 0 {
		parts = append(parts, fmt.Sprintf("%.0f of %d %s busy", s.pool.BusyMean, s.pool.Workers, s.name))
	}
	return strings.Join(parts, ", ")
}

func fill(m messages.MailboxReport) string {
	return fmt.Sprintf("%s %.0f %%", m.Name, m.FillMeanPercent)
}

// allFills is how full every mailbox of the way is.
func allFills(r *messages.Report) string {
	parts := make([]string, 0, len(r.Mailboxes))
	for _, m := range r.Mailboxes {
		if m.Name != "dlq" {
			parts = append(parts, fill(m))
		}
	}
	return strings.Join(parts, ", ")
}

func lag(r *messages.Report) (records int64) {
	for i := range r.Topics {
		records += r.Topics[i].Lag
	}
	return records
}

// moving says whether anything went through a mailbox.
func moving(r *messages.Report) bool {
	return slices.ContainsFunc(r.Mailboxes, func(m messages.MailboxReport) bool { return m.InPerSecond > 0 || m.OutPerSecond > 0 })
}
