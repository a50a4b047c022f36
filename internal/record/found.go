package record

// AddressKind is what stands at the address.
type AddressKind uint8

// The kinds of address.
const (
	AddressMissing   AddressKind = iota // no such field, null, or an empty string
	AddressString                       // a string, which may or may not be an IP address
	AddressNotString                    // a number, an object, ..: never an address
)

// Found is what [Plan.Scan] found in one record. The zero value is ready; reuse
// it, because it owns memory for what has to be unescaped. It aliases the record
// until the next Scan, and belongs to one goroutine. After an error of Scan
// nothing in it means anything.
type Found struct {
	Address     AddressKind
	ID          []byte // the entity id, unescaped; nil if the plan has none; valid until the next Scan
	HasID       bool   // the plan has an id path (without a usable id Scan returns an error)
	RawNewlines bool   // there are newlines between the tokens of the object

	start, end int    // of the object, without what surrounds it
	text       []byte // of the address
	cuts       []span // what is removed before the geo object goes in, ascending
	place      place  // where it goes
	parents    [maxSegments]place
	leaves     [paths]leaf
	room       [paths][]byte // for the unescaped address and id; for keys
}

// span is value[from:to].
type span struct{ from, to int }

// leaf is the best field so far for a path.
type leaf struct {
	raw     []byte // nil: none yet
	joined  uint16 // which dots of the path belong to names; less is better
	at      int    // offset of raw
	escaped bool
}

// place is an object that the target may go into.
type place struct {
	state placeState
	have  int  // how many parents of the target are there
	at    int  // offset of the closing brace, or of the value that is no object
	after bool // other members stand before it: a comma is needed
}

type placeState uint8

const (
	placeMissing placeState = iota
	placeObject
	placeOther // there, but no object
)

// AddressText is what to look up: the unescaped text of an [AddressString], nil
// for an [AddressMissing], and the raw JSON for an [AddressNotString], which is
// never a valid address. It is valid until the next Scan.
func (f *Found) AddressText() []byte { return f.text }

func (f *Found) reset(names int) {
	f.Address, f.ID, f.HasID, f.RawNewlines = AddressMissing, nil, false, false
	f.text, f.cuts = nil, f.cuts[:0]
	f.leaves = [paths]leaf{}
	clear(f.parents[:names])
}
