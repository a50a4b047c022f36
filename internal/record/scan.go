package record

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// cursor is how far along a path an object lies.
type cursor struct {
	at     int16  // offset into the path's text, where the names of the object's fields go on; -1: off the path
	joined uint16 // a bit for each dot so far, set where it belongs to a name
}

type cursors [paths]cursor

// Scan checks that value is one JSON object and notes in f what the plan looks
// for. The error is a [*ScanError]: the record is to be refused, with its text as
// the reason. Scan keeps nothing of value but what f aliases.
func (p *Plan) Scan(value []byte, f *Found) error {
	f.reset(p.names)
	s := scanner{b: value, plan: p, found: f}
	if s.record() && f.resolve(p, &s) {
		return nil
	}
	return &ScanError{Reason: s.reason, Offset: s.at, Path: s.path, Byte: s.byteAt(s.at)}
}

// record is one object with nothing but space around it.
func (s *scanner) record() bool {
	s.i = len(s.b) - len(bytes.TrimPrefix(s.b, []byte("\xef\xbb\xbf")))
	s.space()
	switch {
	case s.i >= len(s.b):
		return s.fault(Empty)
	case s.b[s.i] != '{':
		return s.fault(NotObject)
	}
	s.newline = false // what surrounds the object is not copied
	s.found.start = s.i
	if !s.object(s.plan.start()) {
		return false
	}
	s.found.end, s.found.RawNewlines = s.i, s.newline
	s.space()
	return s.i == len(s.b) || s.fault(Trailing)
}

func (p *Plan) start() (c cursors) {
	for i := range c {
		if p.paths[i] == "" {
			c[i].at = -1
		}
	}
	return c
}

// object is at the brace of an object that lies on a path.
func (s *scanner) object(c cursors) bool {
	if !s.enter() {
		return false
	}
	kept, comma := false, 0
	for more := !s.closed('}'); more; {
		from := s.i
		cut, ok := s.member(c)
		if !ok {
			return false
		}
		to, before := s.i, comma
		if more, ok = s.next('}'); !ok {
			return false
		}
		comma = s.comma
		switch {
		case !cut:
			kept = true
		case kept: // with the comma before it
			s.found.cuts = append(s.found.cuts, span{before, to})
		case more: // with the comma after it
			s.found.cuts = append(s.found.cuts, span{from, s.i})
		default:
			s.found.cuts = append(s.found.cuts, span{from, to})
		}
	}
	if t := c[targetPath]; t.at >= 0 && t.joined == 0 {
		s.found.parents[s.depth-1] = place{placeObject, s.depth - 1, s.i - 1, kept}
	}
	s.depth--
	return true
}

// member reads one member of an object that lies on a path, and says whether it
// stands at the target.
func (s *scanner) member(c cursors) (cut, ok bool) {
	key, ok := s.key()
	if !ok {
		return false, false
	}
	m := s.match(key, c)
	if !m.hit {
		return false, s.value()
	}
	if t := m.inner[targetPath]; t.at >= 0 && t.joined == 0 {
		clear(s.found.parents[s.depth:]) // of a repeated one the last counts
		s.found.parents[s.depth] = place{state: placeOther, at: s.i}
	}
	from := s.i
	if m.inside && s.byteAt(s.i) == '{' {
		ok = s.object(m.inner)
	} else {
		ok = s.value()
	}
	if ok {
		s.note(&m, from)
	}
	return m.ends[targetPath], ok
}

// note remembers the value just read for the paths that end at it.
func (s *scanner) note(m *match, from int) {
	for i := range m.ends {
		l, joined := &s.found.leaves[i], m.inner[i].joined
		if m.ends[i] && (l.raw == nil || joined <= l.joined) {
			*l = leaf{raw: s.b[from:s.i], joined: joined, at: from, escaped: s.escaped}
		}
	}
}

// match is what a field is to the paths.
type match struct {
	inner  cursors
	ends   [paths]bool // which paths end at it
	inside bool        // some go on inside it
	hit    bool        // either
}

// match compares a key with what is left of the paths.
func (s *scanner) match(key []byte, c cursors) (m match) {
	for i := range c {
		m.inner[i].at = -1
		if c[i].at < 0 || len(key) == 0 {
			continue
		}
		rest := s.plan.paths[i][c[i].at:]
		if len(key) > len(rest) || rest[0] != key[0] || rest[:len(key)] != string(key) {
			continue
		}
		joined := join(c[i].joined, key)
		switch {
		case len(key) == len(rest):
			m.hit, m.ends[i] = true, true
			m.inner[i].joined = joined
		case rest[len(key)] == '.':
			m.hit, m.inside = true, true
			m.inner[i] = cursor{c[i].at + int16(len(key)) + 1, joined << 1}
		}
	}
	return m
}

// join adds the dots of a name.
func join(joined uint16, key []byte) uint16 {
	for range bytes.Count(key, []byte(".")) {
		joined = joined<<1 | 1
	}
	return joined
}

// resolve makes what was found into what is promised.
func (f *Found) resolve(p *Plan, s *scanner) bool {
	if p.paths[addressPath] != "" {
		f.resolveAddress()
	}
	if p.names > 0 && !f.resolvePlace(p, s) {
		return false
	}
	return p.paths[idPath] == "" || f.resolveID(p, s)
}

func (f *Found) resolveAddress() {
	l := &f.leaves[addressPath]
	switch {
	case l.raw == nil || string(l.raw) == "null" || string(l.raw) == `""`:
		f.Address = AddressMissing
	case l.raw[0] != '"':
		f.Address, f.text = AddressNotString, l.raw
	default:
		f.Address = AddressString
		f.text, _ = f.unquote(l, addressPath)
	}
}

// resolvePlace chooses the innermost parent of the target that is there.
func (f *Found) resolvePlace(p *Plan, s *scanner) bool {
	f.place = f.parents[0]
	for _, parent := range f.parents[1:p.names] {
		switch parent.state {
		case placeMissing:
			return true
		case placeOther:
			s.path = p.paths[targetPath]
			return s.faultAt(TargetBlocked, parent.at)
		case placeObject:
			f.place = parent
		}
	}
	return true
}

func (f *Found) resolveID(p *Plan, s *scanner) bool {
	l := &f.leaves[idPath]
	s.path = p.paths[idPath]
	if l.raw == nil || string(l.raw) == "null" {
		return s.faultAt(IDMissing, l.at)
	}
	id, sound := l.raw, true
	switch c := l.raw[0]; {
	case c == '"':
		id, sound = f.unquote(l, idPath)
	case strings.IndexByte("{[tf", c) >= 0:
		return s.faultAt(IDType, l.at)
	}
	switch {
	case len(id) == 0:
		return s.faultAt(IDEmpty, l.at)
	case len(id) > MaxIDBytes:
		return s.faultAt(IDTooLong, l.at)
	case !sound || !utf8.Valid(id):
		return s.faultAt(IDNotText, l.at)
	}
	f.ID, f.HasID = id, true
	return true
}

// unquote is the text of a string; sound is false where an escape stands for
// half a character.
func (f *Found) unquote(l *leaf, room int) (text []byte, sound bool) {
	text = l.raw[1 : len(l.raw)-1]
	if !l.escaped {
		return text, true
	}
	f.room[room], sound = appendUnescaped(f.room[room][:0], text)
	return f.room[room], sound
}
