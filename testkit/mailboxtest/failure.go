package mailboxtest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/asynkron/protoactor-go/actor"
)

func suspended(s subject) error {
	return s.on(roomy, func(r *rig) error {
		g, err := r.hold(true)
		if err != nil {
			return err
		}
		r.send(items(1, pair)...)
		r.settle()
		r.open(g)
		r.settle()
		r.send(&item{id: pair + 1})
		r.settle()
		r.signal()
		r.settle()
		if len(r.strategy.failures()) == 0 {
			return errors.New("the actor failed, and its supervisor was not told")
		}
		return onlySignal(r.handled())
	})
}

// onlySignal checks what came after message 0.
func onlySignal(log []int) error {
	for _, id := range log[1:] {
		if id != systemSignal {
			return fmt.Errorf("message %d was handled though the actor had failed and nothing was decided", id)
		}
	}
	if !slices.Contains(log, systemSignal) {
		return errors.New("the system message was not handled while the actor was suspended")
	}
	return nil
}

func restart(s subject) error {
	return s.afterFailure(func(r *rig, waiting []*item) error { return r.handledOnce(waiting) })
}

func redelivery(s subject) error {
	return s.afterFailure(func(r *rig, _ []*item) error {
		log := r.handled()
		switch again := slices.Index(log[1:], 0); {
		case again < 0:
			return errors.New("message 0, which the actor failed on, did not come again")
		case again > 0:
			return fmt.Errorf("message %d came before message 0, which the actor had failed on", log[1])
		}
		return nil
	})
}

// answers are the decisions after which the actor goes on.
var answers = []struct {
	name      string
	directive actor.Directive
}{{"restarted", actor.RestartDirective}, {"resumed", actor.ResumeDirective}}

// afterFailure has the actor fail on message 0 while others wait, under either
// answer that keeps it.
func (s subject) afterFailure(check func(r *rig, waiting []*item) error) error {
	for _, a := range answers {
		err := s.on(roomy, func(r *rig) error {
			r.decide(a.directive)
			g, err := r.hold(true)
			if err != nil {
				return err
			}
			waiting := items(1, pair)
			r.send(waiting...)
			r.settle()
			r.open(g)
			r.settle()
			return check(r, waiting)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	return nil
}
