// Package kafka is the pipeline's end of a Kafka consumer group: it joins the
// group, hands each partition that the group gives to this process to the
// caller, commits what the caller marks, and leaves the group again. It is built
// on sarama and hides what is peculiar about it.
//
// Beside that a [Producer] writes to one topic, and a [TopicReader] reads one to its
// end, without a group: the DLQ's.
//
// # Sessions and claims
//
// While this process is a member of the group it has a session. A partition that
// the session holds is a claim, a [Partition] here, and [Hooks.Claim] is called
// for each on a goroutine of its own. What ends a claim is the closing of its
// Messages, and nothing else tells it: the group wants the partition back, the
// session ended, or the run drains. Then the claim has Settings.HandOver to mark
// what is settled and to return. With the cooperative-sticky assignor only the
// claims that move end; with range every rebalance ends all of them.
//
// A claim that returns while its partition is still this process's would end the
// session of all claims, so Run keeps such a partition, paused, until it is taken
// away. A claim must go on reading Messages (into a queue of its own, if need be):
// one that does not read holds up every partition of the same broker. The way to
// hold records back is [Partition.Pause]. It stops the fetching of one partition;
// what was fetched already still arrives, at most a fetch. A partition always
// begins unpaused, whatever an earlier claim did to it.
//
// # Commits
//
// [Partition.Mark] says that everything before an offset is settled. Marks only
// move forward. They are committed every Settings.CommitInterval, and once more
// when the claim ends and when the session does. A mark after the end of its
// claim does nothing.
//
// A committed offset that is outside the log is moved to the first offset there
// is, before the session's claims start: forward where retention was faster than
// the group, back where the log ends before it, because it was truncated or the
// topic was made again. The gap is logged and told to [Hooks.Lost]. A claim that
// meets such an offset later ends the session, and the next one repairs it.
//
// Markers of transactions and records of aborted ones are handed to nobody. Where
// nothing else lies behind the last record they are found out and marked too, a few
// seconds later, so that the group is not behind for ever.
//
// # Trouble
//
// What time can heal is tried again for ever, with a growing wait, and told to
// [Hooks.Condition]; what it cannot heal (no permission, a wrong password, a
// certificate nobody trusts, another process with the same instance id, a topic
// that stays unknown) is what [Consumer.Run] returns, with what to fix.
//
// Run has two ends. When drain is done the claims end, offsets are committed, the
// group is left. When run is done every connection is cut at once and none is made
// any more, so that Run returns however dead the brokers are: that is what the
// dialer is for, since sarama by itself waits for all its time-outs in turn.
package kafka
