// Package mailbox has a bounded mailbox for protoactor-go, and a pool whose
// workers share one.
//
// What it promises
//
//   - A full lane parks its sender, first come, first served, and a parked
//     sender costs nothing. The bound is counted in weight: a message is
//     admitted while the depth is below the capacity, so it is exact for
//     messages of weight 1 and passed by less than one message otherwise.
//   - Nothing is lost in silence. A message that cannot be handled any more
//     becomes a dead letter, or its sender is told; what an actor had in its
//     hands when it crashed comes again, marked as such.
//   - System messages go first, then control messages, which have no bound,
//     then the data lanes in turn.
//   - A worker that is stuck or has crashed holds up what it has in its hands
//     and nothing else.
//
// # A single actor
//
// A Queue has lanes; senders put messages into a Lane, and a Mailbox serves
// them to its actor:
//
//	q := mailbox.NewQueue(mailbox.Settings{Context: run})
//	orders := q.AddLane("orders", 10000)
//	pid := root.Spawn(props.Configure(actor.WithMailbox(func() actor.Mailbox { return mailbox.New(q) })))
//	err := orders.Post(order) // or root.Send(pid, order)
//
// Post parks the caller while the lane is full. A caller that must not block
// uses Offer, and waits for the Ticket in a select of its own. Bounded sends
// must not go round in a circle: what an actor sends back upstream is to be
// Control.
//
// # A pool
//
// The workers of a Pool take from the lanes of one Queue, as units of one
// message, or of several where Settings.Coalesce is set. A unit is in the
// hands of its worker until Receive has returned. Until then the worker can say
// what becomes of its messages: Delay has one handed out again later, Hold gives
// the rest back and stops the whole pool for a while, HoldKey only what has
// the same key; anything else is done with. If the worker panics, all that is
// void and the unit comes again.
//
// # Gates
//
// A gate is for a failure that would be everybody's, such as a sink that is
// away. Hold closes it. What waits stays where it is, so the lanes fill and
// their senders park, and nobody tries but one probe each time the back-off is
// over. Units that were in flight and fail together count as one failure. The
// probe ends in one of these ways:
//
//	Hold                     closed, one failure more, a longer back-off
//	Succeeded                open for all
//	neither                  the next unit probes; open if nothing waits
//	its worker crashed       it comes again, and still probes
//
// The gate of a key works alike, but others pass it: messages of the key are
// set aside as they reach the head of their lane, which frees their slots, and
// come in their order when the gate opens. Nothing here bounds how much is set
// aside: senders that need a bound take a budget of their own.
//
// # Places
//
// A message that waits is in one of these, and Queue.Sweep reaches all of them:
// parked, in a lane (Stats.Depth), delayed, set aside, back at the head
// (QueueStats). A free worker is handed what is back at the head, then what is
// due, then the lanes in turn, together as many as Coalesce.MaxBytes allows.
//
// # Time and tests
//
// Everything waits on channels and on timers of package time, so the package
// works in a testing/synctest bubble, if the queue is made inside. Scheduler
// lets a test choose who goes first.
package mailbox
