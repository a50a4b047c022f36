// Package dlq stores the records that were refused for good, with the reason,
// so that nobody loses one and somebody can mend and redrive it.
//
// A [File] has one [Entry] a line, as JSON. It belongs to one process at a time,
// which holds a lock on its place and on itself, and [File.Store] returns once its
// entries are on the disk: the offsets of the records move only after that. So an
// entry may be there twice after a crash, but never zero times.
//
// A file that would grow beyond [FileSettings].MaxBytes is renamed, to its name with
// the time behind it, and a new one begun; [Files] are all of them. Nothing is ever
// removed. The file may be moved away, deleted or cut to length zero while the
// process runs: the next entry goes to a file of the configured name.
//
// A [Topic] has an entry in each record of a Kafka topic, which a [Sender] writes,
// and a File for those that are too large.
//
// What was stored is read by [Scan] and [Parse], by anybody and at any time. Who must
// be alone with a file opens it by [OpenSource].
package dlq
