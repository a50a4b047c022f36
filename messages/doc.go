// Package messages is the protocol of the pipeline: what its actors say to each
// other, one file for each receiver.
//
// Messages are immutable and sent as pointers. Whoever sends one never touches
// it again; the one thing that changes is the revoked flag of a [Claim], an
// atomic. Batches, not records, are the unit of messaging.
//
// The package imports nothing but the standard library and actor.PID. What it
// tells a mailbox it tells by methods: Weight is the number of records that a
// message counts for, Size its bytes, Control marks what travels on the
// unbounded lane that is served first.
package messages
