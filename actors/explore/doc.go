// Package explore has no code of its own. Its tests run the actors of the pipeline
// in schedules that a seed decides: small random worlds of a Kafka, a sink, a DLQ
// and an address database that misbehave, in which partitions are revoked, the run
// drains or is killed, and starts again. At every mark and at every end they look
// for records that are lost, and for accounts that do not balance.
//
// What it has found, each with a test of its own now: a claim that was opened while
// the partition consumers stopped kept the tree from ever going down
// (TestConsumersOpenNoClaimWhileTheyStop; seed 1633 of the model as it was); a gate
// that a crash kept from closing was said to be closed for ever
// (TestWriterSaysNothingOfWhatACrashVoids; seed 159); and so were delays of which the
// DLQ had the last (TestWriterSaysThatNothingIsDelayedAnyMore; seed 522).
//
//	go test ./actors/explore -testkit.schedules=100000
//	go test ./actors/explore -run 'TestNothingIsLost$' -testkit.seed=4711
package explore
