package geoip

import (
	"bytes"
	"net/netip"
	"strconv"
	"unsafe"
)

type textKind uint8

const (
	textAddress textKind = iota
	textMissing
	textInvalid
)

// longest is more than the longest text of an address with brackets and port.
const longest = 64

// parse reads the text of an address; an IPv4-mapped one becomes IPv4, a zone is
// dropped.
func parse(text []byte) (netip.Addr, textKind) {
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return netip.Addr{}, textMissing
	}
	if comma := bytes.IndexByte(text, ','); comma >= 0 {
		text = bytes.TrimSpace(text[:comma])
	}
	if ip, ok := parseQuad(text); ok {
		return ip, textAddress
	}
	text, ok := withoutPort(text)
	if !ok {
		return netip.Addr{}, textInvalid
	}
	ip, ok := parseAny(text)
	if !ok {
		return netip.Addr{}, textInvalid
	}
	return ip.Unmap(), textAddress
}

// parseQuad reads a plain dotted quad, which is the common case.
func parseQuad(text []byte) (netip.Addr, bool) {
	var quad [4]byte
	n, part, digits := 0, 0, 0
	for _, c := range text {
		switch {
		case c-'0' <= 9 && (digits == 0 || part > 0): // no leading zero
			part, digits = part*10+int(c-'0'), digits+1
			if part > 255 {
				return netip.Addr{}, false
			}
		case c == '.' && digits > 0 && n < 3:
			quad[n] = byte(part)
			n, part, digits = n+1, 0, 0
		default:
			return netip.Addr{}, false
		}
	}
	quad[3] = byte(part)
	return netip.AddrFrom4(quad), n == 3 && digits > 0
}

// withoutPort takes brackets and port away: [::1]:80, [::1], 1.2.3.4:80.
func withoutPort(text []byte) ([]byte, bool) {
	if len(text) > 0 && text[0] == '[' {
		end := bytes.IndexByte(text, ']')
		if end < 0 || bytes.IndexByte(text[:end], ':') < 0 { // brackets are for IPv6
			return nil, false
		}
		rest := text[end+1:]
		return text[1:end], len(rest) == 0 || rest[0] == ':' && port(rest[1:])
	}
	first, last := bytes.IndexByte(text, ':'), bytes.LastIndexByte(text, ':')
	if first >= 0 && first == last { // one colon: no IPv6 address
		return text[:first], port(text[first+1:])
	}
	return text, true
}

func port(text []byte) bool {
	_, err := strconv.ParseUint(string(text), 10, 16)
	return err == nil
}

// parseAny reads an address of either family, with or without a zone.
func parseAny(text []byte) (netip.Addr, bool) {
	text, zone, zoned := bytes.Cut(text, []byte("%"))
	if len(text) == 0 || len(text) > longest || zoned && len(zone) == 0 {
		return netip.Addr{}, false
	}
	// Without a zone ParseAddr keeps nothing of the string but in its error,
	// so the text need not be copied.
	ip, err := netip.ParseAddr(unsafe.String(&text[0], len(text)))
	return ip, err == nil && (!zoned || ip.Is6())
}

// private says whether no database can know where an address is: loopback,
// link-local, private, shared (100.64.0.0/10), unique-local, multicast and
// unspecified ones.
func private(ip netip.Addr) bool {
	if ip.Is4() {
		if b := ip.As4(); b[0] == 100 && b[1]&0xc0 == 64 {
			return true
		}
	}
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified()
}
