package record

// MaxDepth is how deep objects and arrays may be nested: as deep as
// encoding/json allows, and deeper than Elasticsearch does (1,000).
const MaxDepth = 10_000

// scanner walks over one value. Its methods return false after a fault.
type scanner struct {
	b     []byte
	i     int // the next byte
	depth int
	comma int // where the last separator between members stood

	newline bool // newlines between tokens
	escaped bool // the string just read has escapes

	plan  *Plan
	found *Found

	reason Reason
	at     int
	path   string
}

func (s *scanner) fault(r Reason) bool { return s.faultAt(r, s.i) }

func (s *scanner) faultAt(r Reason, at int) bool {
	s.reason, s.at = r, at
	return false
}

// unexpected is the fault of the next byte, or of there being none.
func (s *scanner) unexpected() bool {
	if s.i >= len(s.b) {
		return s.faultAt(Truncated, len(s.b))
	}
	return s.fault(Syntax)
}

func (s *scanner) byteAt(i int) byte {
	if i < len(s.b) {
		return s.b[i]
	}
	return 0
}

func (s *scanner) space() {
	for s.i < len(s.b) && s.b[s.i] <= ' ' {
		switch s.b[s.i] {
		case ' ', '\t':
		case '\n', '\r':
			s.newline = true
		default:
			return
		}
		s.i++
	}
}

// enter goes past an opening bracket.
func (s *scanner) enter() bool {
	if s.depth++; s.depth > MaxDepth {
		return s.fault(TooDeep)
	}
	s.i++
	s.space()
	return true
}

// closed goes past a closing bracket, if one is there.
func (s *scanner) closed(bracket byte) bool {
	if s.i < len(s.b) && s.b[s.i] == bracket {
		s.i++
		return true
	}
	return false
}

// next goes past what follows an element: a comma, and there is more, or the
// closing bracket.
func (s *scanner) next(bracket byte) (more, ok bool) {
	s.space()
	if s.i < len(s.b) {
		switch s.b[s.i] {
		case ',':
			s.comma = s.i
			s.i++
			s.space()
			return true, true
		case bracket:
			s.i++
			return false, true
		}
	}
	return false, s.unexpected()
}

// key reads a key and its colon. The key is unescaped, and valid until the next.
func (s *scanner) key() (key []byte, ok bool) {
	from := s.i + 1
	if s.byteAt(s.i) != '"' {
		return nil, s.unexpected()
	}
	if !s.text() {
		return nil, false
	}
	key = s.b[from : s.i-1]
	if s.escaped {
		s.found.room[targetPath], _ = appendUnescaped(s.found.room[targetPath][:0], key)
		key = s.found.room[targetPath]
	}
	return key, s.colon()
}

func (s *scanner) colon() bool {
	s.space()
	if s.byteAt(s.i) != ':' {
		return s.unexpected()
	}
	s.i++
	s.space()
	return true
}

// value reads a value that lies on no path.
func (s *scanner) value() bool {
	switch s.byteAt(s.i) {
	case '"':
		return s.text()
	case '{':
		return s.plainObject()
	case '[':
		return s.array()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		return s.number()
	}
}

// plainObject reads an object that lies on no path.
func (s *scanner) plainObject() bool {
	if !s.enter() {
		return false
	}
	for more := !s.closed('}'); more; {
		if s.byteAt(s.i) != '"' {
			return s.unexpected()
		}
		if !s.text() || !s.colon() || !s.value() {
			return false
		}
		var ok bool
		if more, ok = s.next('}'); !ok {
			return false
		}
	}
	s.depth--
	return true
}

func (s *scanner) array() bool {
	if !s.enter() {
		return false
	}
	for more := !s.closed(']'); more; {
		if !s.value() {
			return false
		}
		var ok bool
		if more, ok = s.next(']'); !ok {
			return false
		}
	}
	s.depth--
	return true
}

func (s *scanner) word(w string) bool {
	for i := range len(w) {
		if s.byteAt(s.i) != w[i] {
			return s.unexpected()
		}
		s.i++
	}
	return true
}

func (s *scanner) number() bool {
	s.closed('-')
	if !s.closed('0') && !s.digits() {
		return false
	}
	if s.closed('.') && !s.digits() {
		return false
	}
	if s.closed('e') || s.closed('E') {
		if !s.closed('+') {
			s.closed('-')
		}
		return s.digits()
	}
	return true
}

// digits reads at least one.
func (s *scanner) digits() bool {
	from := s.i
	for s.i < len(s.b) && s.b[s.i]-'0' <= 9 {
		s.i++
	}
	return s.i > from || s.unexpected()
}
