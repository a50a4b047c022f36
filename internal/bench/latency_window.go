package main

import (
	"context"
	"time"
)

// windowTicks is after how many ticks of the schedule the pipeline is asked how far
// it is.
const windowTicks = 100

// metricSettled counts the records that actorpipe is through with.
const metricSettled = "actorpipe_records_settled_total"

// window keeps a pipeline saturated: a producer is always so many records ahead of
// it, and no more, because what it produces beyond that would take CPU from it.
type window struct {
	listen  string // of actorpipe
	size    int
	longest time.Duration // that is measured
}

// keepWindow produces what the pipeline settles, evenly, as a schedule would, and
// returns how many records a second that was, after the lead.
func (p *producing) keepWindow(ctx context.Context) (rate float64, err error) {
	tick := time.NewTicker(loadTick)
	defer tick.Stop()
	var begun time.Time
	var from float64 // settled then
	for {
		values, err := readMetrics(ctx, p.window.listen, metricSettled)
		if err != nil {
			return 0, err
		}
		settled, now := values[0], time.Now()
		switch {
		case begun.IsZero() && settled >= float64(p.lead):
			from, begun = settled, now
		case begun.IsZero():
		case settled >= float64(p.lead+p.records) || now.Sub(begun) >= p.window.longest:
			return (settled - from) / now.Sub(begun).Seconds(), nil
		}
		first, room := p.written, int(settled)+p.window.size-p.written
		for i := range windowTicks {
			for p.written < first+room*(i+1)/windowTicks && ctx.Err() == nil {
				p.produce(ctx, now, false)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			}
		}
	}
}
