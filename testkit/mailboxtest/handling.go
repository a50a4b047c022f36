package mailboxtest

import (
	"errors"
	"fmt"
	"slices"
)

const (
	// roomy is a capacity that a scenario never fills.
	roomy = 8
	// crowd is one for several senders that send many messages.
	crowd = 256
	// crowdSenders send crowdMessages each.
	crowdSenders  = 4
	crowdMessages = 50
	// pair is how many messages wait where order matters; backlog, where number does.
	pair    = 2
	backlog = roomy - 2
)

// crowdOf has several goroutines send at once.
func (r *rig) crowdOf(each int) (all []*item) {
	for s := range crowdSenders {
		own := items(1000*s+1, 1000*s+each)
		r.send(own...)
		all = append(all, own...)
	}
	return all
}

func delivery(s subject) error {
	return s.on(crowd, func(r *rig) error {
		all := r.crowdOf(crowdMessages)
		r.settle()
		return r.handledOnce(all)
	})
}

func order(s subject) error {
	return s.on(crowd, func(r *rig) error {
		g, err := r.hold(false)
		if err != nil {
			return err
		}
		r.crowdOf(crowdMessages)
		r.settle()
		r.open(g)
		r.settle()
		last := map[int]int{} // of a sender
		for _, id := range r.handled() {
			from := id / 1000
			if id < last[from] {
				return fmt.Errorf("message %d came after message %d of the same sender", id, last[from])
			}
			last[from] = id
		}
		return nil
	})
}

func oneAtATime(s subject) error {
	return s.on(roomy, func(r *rig) error {
		if _, err := r.hold(false); err != nil {
			return err
		}
		for _, i := range items(1, backlog) {
			r.send(i)
			r.settle()
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.overlap {
			return fmt.Errorf("the actor was given message %d while it was busy with message 0", r.log[1])
		}
		return nil
	})
}

func systemFirst(s subject) error {
	return s.on(roomy, func(r *rig) error {
		g, err := r.hold(false)
		if err != nil {
			return err
		}
		r.send(items(1, pair)...)
		r.settle()
		r.signal()
		r.open(g)
		r.settle()
		log := r.handled()
		switch signal := slices.Index(log, systemSignal); {
		case signal < 0:
			return errors.New("the system message was not handled")
		case signal > 1:
			return fmt.Errorf("message %d was handled before a system message that was there already", log[1])
		}
		return nil
	})
}

func noBound(s subject) error {
	const many = 1000
	return s.on(many, func(r *rig) error {
		if _, err := r.hold(false); err != nil {
			return err
		}
		r.send(items(1, many)...)
		r.settle()
		if r.parkedSenders() > 0 {
			return fmt.Errorf("a sender was parked before %d messages waited: RunBounded is for mailboxes with a bound", many)
		}
		return nil
	})
}
