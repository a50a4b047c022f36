package mailboxtest

import (
	"errors"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"
)

// endings are the ways in which an actor ends while messages wait.
var endings = []struct {
	name  string
	crash bool
}{{"stopped", false}, {"stopped for a failure", true}}

func stop(s subject) error {
	for _, e := range endings {
		err := s.on(roomy, func(r *rig) error {
			g, err := r.hold(e.crash)
			if err != nil {
				return err
			}
			waiting := items(1, pair+1)
			r.send(waiting...)
			r.settle()
			r.endBy(e.crash, g)
			return errors.Join(r.ended(), r.accounted(waiting))
		})
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return nil
}

// endBy ends the actor, which is held in g.
func (r *rig) endBy(crash bool, g *gate) {
	r.decide(actor.StopDirective)
	if !crash {
		r.stop()
	}
	r.open(g)
	r.settle()
}

func (r *rig) ended() error {
	if !r.isGone(r.pid) {
		return errors.New("the actor did not end")
	}
	return nil
}

func poison(s subject) error {
	err := s.on(roomy, func(r *rig) error {
		g, err := r.hold(false)
		if err != nil {
			return err
		}
		before := items(1, pair)
		behind := items(pair+1, pair+pair)
		r.send(before...)
		r.settle()
		r.start(r.poison)
		r.settle()
		r.send(behind...)
		r.settle()
		r.open(g)
		r.settle()
		return errors.Join(r.ended(), r.handledOnce(before), r.accounted(behind))
	})
	if err != nil || !s.bounded {
		return err
	}
	return s.on(roomy, poisonFull)
}

func (r *rig) poison() { r.system.Root.Poison(r.pid) }

// poisonFull gives the pill to an actor whose mailbox is full.
func poisonFull(r *rig) error {
	g, err := r.hold(false)
	if err != nil {
		return err
	}
	late := r.fill()
	giver := r.start(r.poison)
	if r.state(giver) != returned {
		return errors.New("who gives the pill waits, because the mailbox is full")
	}
	r.open(g)
	r.settle()
	return errors.Join(r.ended(), r.accounted(late))
}

func releasedSenders(s subject) error {
	var failed []error
	for _, e := range endings {
		err := s.on(roomy, func(r *rig) error {
			g, err := r.hold(e.crash)
			if err != nil {
				return err
			}
			late := r.fill()
			r.endBy(e.crash, g)
			return r.released(late)
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", e.name, err))
		}
	}
	return errors.Join(failed...)
}

// released checks what became of senders and their messages.
func (r *rig) released(late []*item) error {
	if err := r.ended(); err != nil {
		return err
	}
	if n := r.parkedSenders(); n > 0 {
		return fmt.Errorf("%d senders still wait for an actor that has ended", n)
	}
	return r.accounted(late)
}
