package record

import "fmt"

// Reason is why a record was refused.
type Reason uint8

// The reasons, a closed set.
const (
	Empty         Reason = iota + 1 // nothing but space
	NotObject                       // begins as no JSON object does
	Syntax                          // a byte that JSON does not allow there
	Truncated                       // ends within the object
	Trailing                        // goes on after the object
	TooDeep                         // nested deeper than MaxDepth
	TargetBlocked                   // a parent of the target is there, but no object
	IDMissing                       // no such field, or null
	IDEmpty                         // an empty string
	IDTooLong                       // more than MaxIDBytes
	IDType                          // neither a string nor a number
	IDNotText                       // not valid Unicode
)

// MaxIDBytes is the longest entity id: Elasticsearch refuses a whole bulk
// request for one that is longer.
const MaxIDBytes = 512

// ScanError is the error of [Plan.Scan]. Its text is made for whoever reads the
// dead-letter queue.
type ScanError struct {
	Reason Reason
	Offset int    // of the first byte that is wrong, from 0
	Path   string // of the target or the id, where it is about them
	Byte   byte   // what stands there, for Syntax, NotObject and Trailing
}

// Error says what is wrong with the record, and where.
func (e *ScanError) Error() string {
	switch e.Reason {
	case Empty:
		return "no JSON object: the record is empty"
	case NotObject:
		return fmt.Sprintf("no JSON object: begins with %s at byte %d", shown(e.Byte), e.Offset)
	case Syntax:
		return fmt.Sprintf("no valid JSON: unexpected %s at byte %d", shown(e.Byte), e.Offset)
	case Truncated:
		return fmt.Sprintf("no valid JSON: cut off at byte %d", e.Offset)
	case Trailing:
		return fmt.Sprintf("no valid JSON: unexpected %s at byte %d, after the object", shown(e.Byte), e.Offset)
	case TooDeep:
		return fmt.Sprintf("nested deeper than %d levels at byte %d", MaxDepth, e.Offset)
	case TargetBlocked:
		return fmt.Sprintf("no place for %q: the value at byte %d is no object", e.Path, e.Offset)
	case IDMissing, IDEmpty, IDTooLong, IDType, IDNotText:
		return e.idError()
	}
	return "refused"
}

func (e *ScanError) idError() string {
	switch e.Reason {
	case IDMissing:
		return fmt.Sprintf("no entity id: the field %q is missing or null", e.Path)
	case IDEmpty:
		return fmt.Sprintf("no entity id: the field %q at byte %d is empty", e.Path, e.Offset)
	case IDTooLong:
		return fmt.Sprintf("no entity id: the field %q at byte %d has more than %d bytes", e.Path, e.Offset, MaxIDBytes)
	case IDNotText:
		return fmt.Sprintf("no entity id: the field %q at byte %d is no valid Unicode", e.Path, e.Offset)
	default:
		return fmt.Sprintf("no entity id: the field %q at byte %d is neither a string nor a number", e.Path, e.Offset)
	}
}

// shown is a byte as people read it.
func shown(b byte) string {
	if b < 0x20 || b > 0x7e {
		return fmt.Sprintf("byte 0x%02x", b)
	}
	return fmt.Sprintf("%q", rune(b))
}
