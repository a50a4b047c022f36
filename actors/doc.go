// Package actors holds the actors of the pipeline, one a file, and the small
// interfaces through which they call out: [Locator], [Bulker],
// [DeadLetterStore] and [Partition].
//
// # Who does what
//
// A claim (one partition for as long as this process holds it) has two hands.
// [Feed] is the one that runs on the claim's own goroutine: it reads the
// partition and offers batches to the lane of their topic, and never blocks on
// anything but its select. The other is the partition consumer, an actor that
// hears Settled, flips the claim's [Tracker], gives back its [Budget] and marks
// the committable offset. Enrichers and writers are workers of pools; the DLQ
// and the monitor are single actors.
//
// What belongs to one actor has no lock. What the hands of claims share has one
// (Tracker, Budget, Books, ReadAhead), as has what writers share (Complaints,
// Foreign); all of it is plain logic that knows no actor.
//
// # Failure
//
// A bad record is protocol: it goes to the DLQ as a message. A dependency that
// is broken for good is a [Fatal] panic; any other panic is a crash, after which
// the message comes again under a recover: an enricher takes its records one by
// one, a writer halves what crashes again, so that the one record which does goes
// to the DLQ with its stack.
package actors
