package actors

import (
	"fmt"
	"log/slog"

	"github.com/actorpipe/actorpipe/messages"
)

// logReport logs a report: the verdict, a group for each mailbox, lag by topic, and
// what should be zero.
func logReport(log *slog.Logger, r *messages.Report) {
	attrs := make([]any, 0, len(r.Mailboxes)+len(r.Topics)+2)
	refused := int64(0)
	for _, m := range r.Mailboxes {
		attrs = append(attrs, slog.String(m.Name, fmt.Sprintf("%.0f %% (mean %.0f, highest %.0f), parked %.0f %% of the time, in %.0f/s, out %.0f/s",
			m.FillPercent, m.FillMeanPercent, m.FillHighestPercent, m.ParkedPercent, m.InPerSecond, m.OutPerSecond)))
	}
	for i := range r.Topics {
		t := &r.Topics[i]
		attrs = append(attrs, slog.Int64("lag_"+t.Name, t.Lag))
		refused += t.DeadLettered
	}
	attrs = append(attrs, slog.Int64("records_dead_lettered", refused), slog.Int64("restarts", r.Restarts), slog.Int64("messages_undelivered", r.DeadLetters))
	log.Info(r.Verdict, attrs...)
}
