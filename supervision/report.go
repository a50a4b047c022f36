package supervision

import (
	"context"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/messages"
)

// Report asks the monitor. It waits until the monitor answers, which it does not
// between a crash and its restart, or ctx is done.
func (p *Pipeline) Report(ctx context.Context) (*messages.Report, error) {
	a := make(answer, 1)
	self, ok := p.system.ProcessRegistry.Add(a, "report-"+p.system.ProcessRegistry.NextId())
	if !ok {
		return nil, fmt.Errorf("ask the monitor: the name %s is taken", self.Id)
	}
	defer p.system.ProcessRegistry.Remove(self)
	p.system.Root.RequestWithCustomSender(p.tree.monitor, &messages.ReportQuery{}, self)
	select {
	case m := <-a:
		if r, ok := m.(*messages.Report); ok {
			return r, nil
		}
		return nil, fmt.Errorf("ask the monitor: it is gone (%T)", m)
	case <-ctx.Done():
		return nil, fmt.Errorf("ask the monitor: %w", context.Cause(ctx))
	}
}

// answer is a process that hears one message. protoactor's futures cannot be
// waited for together with a context.
type answer chan any

// SendUserMessage takes the first message and drops others.
func (a answer) SendUserMessage(_ *actor.PID, message any) {
	select {
	case a <- actor.UnwrapEnvelopeMessage(message):
	default:
	}
}

// SendSystemMessage does nothing: an answer watches nobody.
func (a answer) SendSystemMessage(*actor.PID, any) {}

// Stop does nothing: whoever asked removes it.
func (a answer) Stop(*actor.PID) {}
