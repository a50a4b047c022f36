package explore_test

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
)

// stop ends the run in order, and looks at what it leaves behind. It says whether
// the run came to its end undisturbed.
func (r *run) stop() (clean bool) {
	if !r.over() {
		r.begin()
		r.enrichers.Flush()
		r.writers.Flush()
	}
	r.Until("claims let go", func() bool { return r.holders == 0 })
	r.Until("settled", func() bool { return r.over() || r.settled() })
	if clean = !r.over(); clean {
		r.empty()
		r.well()
	}
	r.System().Root.Stop(r.root)
	r.Until("down", func() bool {
		_, up := r.System().ProcessRegistry.Get(r.root)
		return !up
	})
	r.balanced("the end")
	if !r.crashed() {
		r.deadLetters = append(r.deadLetters, r.repeats...)
	}
	if clean = clean && !r.over(); clean && len(r.deadLetters) > 0 {
		r.Errorf("%d dead letters after a clean run: %T %+v", len(r.deadLetters), r.deadLetters[0], r.deadLetters[0])
	}
	r.kill() // for what still waits for the end of the run
	return clean
}

// settled says whether no claim is open: some are let go late.
func (r *run) settled() bool {
	_, open := r.books.Read()
	return len(open) == 0
}

// empty checks that a drained run holds nothing any more.
func (r *run) empty() {
	topics, _ := r.books.Read()
	for i := range topics {
		if topics[i].InFlight != 0 {
			r.Errorf("drained with %d records of %s in flight", topics[i].InFlight, topics[i].Name)
		}
	}
	for i, b := range r.budgets {
		if used, waiting := b.Stats(); used != 0 || waiting != 0 {
			r.Errorf("drained with %d bytes of the budget of %s taken, and %d waiting", used, topics[i].Name, waiting)
		}
	}
	for _, q := range []*mailbox.Queue{r.enrichers, r.writers, r.dlq} {
		q.Each(func(message any) {
			if !r.again(message) {
				r.Errorf("drained, but there is still %T %+v", message, message)
			}
		})
		if s := q.Stats(); !r.crashed() && s.Delayed+s.SetAside+s.Back != 0 {
			r.Errorf("drained without a crash, but there is still %+v", s)
		}
	}
}

// condition notes what is not as it should be, as the monitor does. It is called
// under a lock.
func (r *run) condition(name, reason string) {
	r.Logf("condition %s: %q", name, reason)
	if r.conditions[name] = reason; reason == "" {
		delete(r.conditions, name)
	}
}

// well checks that a drained run has nothing to complain of, if nothing waits.
func (r *run) well() {
	s := r.writers.Stats()
	if s.GateClosed || s.KeyGatesClosed > 0 || s.Delayed+s.Back > 0 || len(r.writers.InHand()) > 0 {
		return
	}
	for name, reason := range r.conditions {
		r.Errorf("drained, with all gates open, but %s: %s", name, reason)
	}
}

// swept checks that nothing of a revoked claim waits in a pool: it would come back
// to its claim only when a worker takes it.
func (r *run) swept() {
	for _, q := range []*mailbox.Queue{r.enrichers, r.writers} {
		revoked := map[*messages.Claim]bool{}
		q.Each(func(message any) {
			if claim, _ := contents(message); claim.Revoked() {
				revoked[claim] = true
			}
		})
		q.Sweep(func(message any) bool {
			claim, _ := contents(message)
			return revoked[claim]
		}, func(message any) { r.Errorf("left in a pool after its claim was swept: %T %+v", message, message) })
	}
}

// balanced checks the books.
func (r *run) balanced(when string) {
	topics, _ := r.books.Read()
	for i := range topics {
		t := &topics[i]
		if !t.Balanced() || t.InFlight < 0 {
			r.Errorf("%s: the books of %s do not balance: %+v", when, t.Name, t.Books)
		}
		if t.Foreign != 0 {
			r.Errorf("%s: %d records of %s were superseded by a version that their partition is said not to have", when, t.Foreign, t.Name)
		}
	}
	for i, b := range r.budgets {
		if used, _ := b.Stats(); used < 0 {
			r.Errorf("%s: the budget of %s is %d bytes", when, topics[i].Name, used)
		}
	}
}

// observe notes messages without a receiver or a handler.
func (r *run) observe(event any) {
	switch e := event.(type) {
	case *actor.DeadLetterEvent:
		switch e.Message.(type) {
		case actor.SystemMessage, actor.AutoReceiveMessage, *actor.DeadLetterResponse, *mailbox.Resize:
		default:
			r.Logf("dead letter to %s: %T %+v", e.PID.Id, e.Message, e.Message)
			if r.again(e.Message) {
				r.repeats = append(r.repeats, e.Message)
			} else {
				r.deadLetters = append(r.deadLetters, e.Message)
			}
		}
	case *actors.Unhandled:
		r.Errorf("%s does not know %T", e.Receiver.Id, e.Message)
	}
}

// again says whether a message tells what is known: what was in the hands of who
// crashed comes again whole, also what was settled of it.
func (r *run) again(message any) bool {
	claim, records := contents(message)
	if claim != nil && claim.Revoked() {
		return true // returned
	}
	for _, record := range records {
		if l := r.find(claim, record); l == nil || !l.settled() {
			return false
		}
	}
	_, data := message.(mailbox.Weighted)
	return !data || len(records) > 0
}

// contents is the records of a message, and their claim.
func contents(message any) (claim *messages.Claim, records []*messages.Record) {
	switch m := message.(type) {
	case *messages.RecordBatch:
		claim = m.Claim
		for i := range m.Records {
			records = append(records, &m.Records[i])
		}
	case *messages.DocumentBatch:
		claim = m.Claim
		for i := range m.Docs {
			records = append(records, m.Docs[i].Record)
		}
	case *messages.DeadLetters:
		claim = m.Claim
		for i := range m.Letters {
			records = append(records, &m.Letters[i].Record)
		}
	}
	return claim, records
}
