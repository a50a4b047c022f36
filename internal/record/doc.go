// Package record reads and changes JSON records without decoding them.
//
// A [Plan] says what a topic's records are searched for: the path of an IP
// address, the place of the object that describes it (the target), the path of
// an entity id. [Plan.Scan] walks over a record once, checks that it is exactly
// one JSON object as RFC 8259 has it, and notes in a [Found] where these things
// are. [Plan.Splice] then copies the record with the object put in its place;
// [AppendLine] and [OneLine] give the record as it is. What comes out is always
// one line, because a bulk request is framed by lines: raw newlines between
// tokens become spaces (inside strings JSON forbids them), and what surrounds
// the object (space, a byte order mark) is left away.
//
// So fields that nobody knows, the precision of numbers and the order of keys
// survive, and nothing is allocated on the way once a Found is warm.
//
// # Paths
//
// "a.b" is the field b of the object a, or else a field that is literally named
// "a.b". In longer paths any dots may belong to a name; of several fields that
// fit, the one that is nested earlier counts, so the one nested at every dot
// comes first. A field that is there counts even if it is null; of a repeated
// one the last counts. Paths do not lead into arrays. Keys may be spelled with
// escapes.
//
// # The target
//
// Whatever stands at the target already, however spelled and however often, is
// removed, and the new object is made the last member of its parent, which is
// always the nested one: for "a.b" the object a, which is made where it is
// missing. Where it is there but no object (null included), Scan refuses the
// record. Fields whose names merely begin with the target ("geo.x" beside the
// target "geo") are left alone.
//
// # What is left to Elasticsearch
//
// Repeated keys, invalid UTF-8 and nesting beyond its own limit of 1,000 are
// accepted here: it refuses such a document with an answer for that item, and
// its words say more than ours would. [MaxDepth] only guards the stack.
//
// The package is pure: no goroutines, no I/O, nothing shared but the Plan,
// which never changes.
package record
