// Package mailboxtest puts mailboxes for protoactor-go through their contract.
//
// protoactor-go takes any mailbox that has the five methods of actor.Mailbox,
// and says nothing of what they must do: that senders wait, that a stop loses
// nothing, that a failed actor is left alone until its supervisor has decided.
// This package says it, property by property, and tests it.
//
// # A first test
//
// A bounded mailbox is given as a function of its capacity, so that the suite
// can try several:
//
//	func TestMailbox(t *testing.T) {
//		mailboxtest.RunBounded(t, func(capacity int) actor.MailboxProducer {
//			return mine.Bounded(capacity)
//		})
//	}
//
// One without a bound is given as it is:
//
//	func TestUnbounded(t *testing.T) {
//		mailboxtest.Run(t, mine.Unbounded())
//	}
//
// Each property is a subtest of its name, which go test -run picks:
// TestMailbox/Capacity. One that fails says what happened and what the contract
// is, and the next is tried. The suite takes seconds, longer for a mailbox that
// spins; it ends whatever the mailbox does, and leaves no goroutine behind that can be
// released.
//
// # The properties
//
// Of every mailbox:
//
//   - Delivery: every message is handled once, also when several goroutines send
//     at the same time, and none waits for another to wake the mailbox.
//   - Order: the messages of one sender are handled in the order in which they
//     were sent. Between senders the order is open.
//   - OneAtATime: the actor is not given a message while it has one in its hands.
//   - SystemFirst: a system message is handled before the messages that wait.
//   - Suspended: when the actor fails its supervisor is told, and until that has
//     decided the actor is given system messages only.
//   - Restart: what waits outlives a failure that is answered by a restart or by
//     resuming.
//   - Redelivery: the message that the actor failed on comes again, before those
//     that wait. It may be marked as such: be in an exported field of a struct.
//   - Stop: what waits as the actor stops, by itself or for a failure, is handled
//     or becomes a dead letter.
//   - Poison: what was sent before the pill is handled, what comes behind it is
//     handled or becomes a dead letter. The pill needs no room: who gives it is
//     not parked by a full mailbox, since that may be the parent.
//
// Of a bounded one:
//
//   - Capacity: exactly as many messages wait as the capacity says, not counting
//     the one in the hands of the actor. Who sends one more is parked; each message
//     taken lets one in; nothing is lost.
//   - NoBusyWait: a parked sender does not run, and neither does a mailbox that
//     was full and now has nothing to do.
//   - ReleasedSenders: as the actor ends, by itself or for a failure, its parked
//     senders go on, and their messages are handled or become dead letters.
//
// Of one without a bound:
//
//   - NoBound: no sender is parked, however many messages wait.
//
// # What protoactor-go's own mailboxes do
//
// A test of this package keeps this table. The first column is the bounded
// mailbox of github.com/actorpipe/actorpipe/actors/mailbox, the others are those
// of package actor, the last one Unbounded, UnboundedLockfree, UnboundedPriority
// and UnboundedPriorityMpsc. A dash is where a property does not apply.
//
//	                 mailbox.New  Bounded  BoundedDropping  Unbounded...
//	Delivery         yes          yes      yes              yes
//	Order            yes          yes      yes              yes
//	OneAtATime       yes          yes      yes              yes
//	SystemFirst      yes          yes      yes              yes
//	Suspended        yes          yes      yes              yes
//	Restart          yes          yes      yes              yes
//	Redelivery       yes          no       no               no
//	Stop             yes          no       no               no
//	Poison           yes          no       no               no
//	Capacity         yes          no       no               -
//	NoBusyWait       yes          no       no               -
//	ReleasedSenders  yes          no       no               -
//	NoBound          -            -        -                yes
//
// What actor.Bounded does in it: the capacity is rounded up to a power of two,
// so that one of 3 holds 4 messages, a sender that waits for room runs all the time,
// a stop loses what waits without a dead letter, and senders that wait for an actor
// that was stopped for a failure run for ever. With actor.BoundedDropping nobody
// waits: the oldest message is lost without a word, after which the mailbox never
// stops running.
//
// # How it sees what waits
//
// The suite is the dispatcher of the actor, and so knows when its mailbox rests: a
// message that was not handled by then will not be. So it waits for nothing that
// does not come, and needs no time-out but for a mailbox that goes on and on.
// Messages that are handled past the dispatcher fail every property.
//
// Whether a sender is parked is what the Go scheduler says of its goroutine: one
// that waits for a channel, a select, a lock or a condition is parked; one that
// still runs, is about to run, or sleeps after many looks, while the scheduler has
// served everybody else many times, is busy. A sender that polls by a timer in a
// select is taken for parked. A look stops the program for a moment, so results are
// best where few other goroutines run; a synctest bubble, in which one that spins
// would never rest, is not for this suite.
package mailboxtest
