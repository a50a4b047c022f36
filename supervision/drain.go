package supervision

import (
	"context"
	"fmt"
	"time"
)

// shutdown waits for the end of the caller's context and then drains: fetching
// stops, nothing waits for company any more, and every claim is let go once all
// it read is settled. The tree being down is the end of it; the grace being
// spent ends the run.
func (p *Pipeline) shutdown(ctx, run context.Context, down <-chan struct{}) error {
	select {
	case <-ctx.Done():
	case <-down:
		return nil
	case <-run.Done():
		return nil
	}
	p.Log.Info("draining", "at_most", p.ShutdownGrace.String())
	p.begin()
	p.tree.enrichers.queue.Flush()
	p.tree.writers.queue.Flush()
	grace := time.NewTimer(p.ShutdownGrace)
	defer grace.Stop()
	select {
	case <-down:
	case <-run.Done():
	case <-grace.C:
		return fmt.Errorf("not drained within shutdown_grace (%v): what was not written is read again after the next start", p.ShutdownGrace)
	}
	return nil
}
