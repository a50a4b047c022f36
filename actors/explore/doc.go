// Package explore has no code of its own. Its tests run the actors of the pipeline
// in schedules that a seed decides: small random worlds of a Kafka, a sink, a DLQ
// and an address database that misbehave, in which partitions are revoked, the run
// drains or is killed, and starts again. At every mark and at every end they look
// for records that are lost, and for accounts that do not balance.
//
//	go test ./actors/explore -testkit.schedules=100000
//	go test ./actors/explore -run 'TestNothingIsLost$' -testkit.seed=4711
package explore
