package record

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// text reads a string, from its opening quote past its closing one, and notes
// whether it has escapes. It looks at eight bytes at a time.
func (s *scanner) text() bool {
	s.escaped = false
	b, i := s.b, s.i+1
	for {
		for i+8 <= len(b) {
			special := specials(binary.LittleEndian.Uint64(b[i:]))
			if special != 0 {
				i += bits.TrailingZeros64(special) / 8
				break
			}
			i += 8
		}
		for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' {
			i++ // the last few bytes
		}
		if i < len(b) && b[i] == '"' {
			s.i = i + 1
			return true
		}
		s.i = i
		if s.byteAt(i) != '\\' {
			return s.unexpected()
		}
		if !s.escape() {
			return false
		}
		i = s.i
	}
}

// specials has the high bit of a byte set where it is a quote, a backslash or a
// control character. The lowest such bit is exact; those above it may be wrong.
func specials(w uint64) uint64 {
	quote, slash := w^(lows*'"'), w^(lows*'\\')
	return ((quote-lows)&^quote | (slash-lows)&^slash | (w-lows*' ')&^w) & highs
}

// escape reads one escape, from its backslash.
func (s *scanner) escape() bool {
	s.escaped = true
	s.i++
	switch s.byteAt(s.i) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i++
		return true
	case 'u':
		s.i++
		for range 4 {
			if hex(s.byteAt(s.i)) < 0 {
				return s.unexpected()
			}
			s.i++
		}
		return true
	}
	return s.unexpected()
}

// hex is the value of a hexadecimal digit, or -1.
func hex(c byte) rune {
	switch {
	case c-'0' <= 9:
		return rune(c - '0')
	case (c|0x20)-'a' <= 5:
		return rune((c|0x20)-'a') + 10
	}
	return -1
}

// appendUnescaped appends the text of a valid string's inside. A lone surrogate
// becomes U+FFFD, and the text is not sound.
func appendUnescaped(dst, in []byte) (text []byte, sound bool) {
	sound = true
	for i := 0; i < len(in); i++ {
		if in[i] != '\\' {
			dst = append(dst, in[i])
			continue
		}
		i++
		if in[i] != 'u' {
			dst = append(dst, plainEscape(in[i]))
			continue
		}
		r := unit(in[i+1:])
		i += 4
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if len(in)-i > 6 && in[i+1] == '\\' && in[i+2] == 'u' {
				pair = utf16.DecodeRune(r, unit(in[i+3:]))
			}
			if r = pair; r == utf8.RuneError {
				sound = false
			} else {
				i += 6
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst, sound
}

func plainEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c // itself: " \ /
}

// unit is the number that four hexadecimal digits spell.
func unit(in []byte) rune {
	return hex(in[0])<<12 | hex(in[1])<<8 | hex(in[2])<<4 | hex(in[3])
}
