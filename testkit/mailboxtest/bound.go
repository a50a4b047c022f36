package mailboxtest

import (
	"errors"
	"fmt"
	"slices"
)

// capacities are tried in this order: a mailbox of 1 that is wrong may be wrong
// beyond repair, and one that rounds up to a power of two shows it with 3.
var capacities = []int{3, 8, 1}

func capacity(s subject) error {
	for _, n := range capacities {
		if err := s.on(n, exact); err != nil {
			return fmt.Errorf("capacity %d: %w", n, err)
		}
	}
	return s.on(capacities[0], func(r *rig) error {
		all := r.crowdOf(crowdMessages / 2)
		r.settle()
		return r.handledOnce(all)
	})
}

// exact fills the mailbox, adds two senders, and has one message taken.
func exact(r *rig) error {
	g, err := r.hold(false)
	if err != nil {
		return err
	}
	second := r.gate()
	all := items(1, r.capacity+2)
	for _, i := range all[:r.capacity] {
		i.gate = second // where the next is held, whichever it is
	}
	for n, i := range all {
		s := r.send(i)
		r.settle()
		switch taken := r.state(s) == returned; {
		case !taken && n < r.capacity:
			return fmt.Errorf("%v was not taken though only %d waited", i, n)
		case taken && n >= r.capacity:
			return r.overfull(i, all[:n+1], g, second)
		}
	}
	r.open(g)
	r.settle()
	if n := r.parkedSenders(); n != 1 {
		return fmt.Errorf("the actor took one message, and of 2 parked senders %d went on", 2-n)
	}
	r.open(second)
	r.settle()
	return r.handledOnce(all)
}

// overfull says what the mailbox did with one too many.
func (r *rig) overfull(last *item, all []*item, gates ...*gate) error {
	for _, g := range gates {
		r.open(g)
	}
	r.settle()
	err := fmt.Errorf("%v was taken though %d waited", last, r.capacity)
	return errors.Join(err, r.accounted(all))
}

// fill sends to an actor that takes nothing, until a sender does not return,
// and then from two more. It returns the messages of those, and where none was
// parked those that the capacity does not cover.
func (r *rig) fill() (late []*item) {
	all := items(1, r.capacity+3)
	for n, i := range all {
		if r.state(r.send(i)) != returned {
			late = all[n:min(n+3, len(all))]
			for _, i := range late[1:] {
				r.send(i)
			}
			r.settle()
			return late
		}
	}
	return all[r.capacity:]
}

func noBusyWait(s subject) error {
	return s.on(roomy, func(r *rig) error {
		g, err := r.hold(false)
		if err != nil {
			return err
		}
		r.fill()
		for range parkedLooks {
			if n := slices.Index(r.judge(r.allSenders()), spinning); n >= 0 {
				return fmt.Errorf("the sender of message %d goes on running, or looks in again and again, while it waits for room", n)
			}
		}
		r.open(g)
		if !r.rest() {
			return errors.New("the mailbox goes on running with nothing to do")
		}
		return nil
	})
}
