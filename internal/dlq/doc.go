// Package dlq stores the records that were refused for good, with the reason,
// so that nobody loses one and somebody can mend and replay it.
//
// A [File] has one [Entry] a line, as JSON. It belongs to one process at a time,
// which holds a lock on it, and [File.Store] returns once its entries are on the
// disk: the offsets of the records move only after that. So an entry may be
// there twice after a crash, but never zero times.
//
// Nothing is ever removed from the file, and it may be moved away or cut to
// length zero while the process runs: entries are always added at the end of
// what was opened.
package dlq
