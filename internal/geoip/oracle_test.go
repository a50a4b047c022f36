package geoip_test

import (
	"net/netip"
	"strings"
)

// oracle reads an address by the standard library alone.
func oracle(text string) (netip.Addr, bool) {
	text, _, _ = strings.Cut(strings.TrimSpace(text), ",")
	text = strings.TrimSpace(text)
	if ip, err := netip.ParseAddr(text); err == nil {
		return ip, true
	}
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr(), true
	}
	inner, ok := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	ip, err := netip.ParseAddr(inner)
	return ip, ok && closed && err == nil && ip.Is6()
}
