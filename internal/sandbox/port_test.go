package sandbox

import (
	"net"
	"testing"
)

func TestFreeAddressCanBeListenedOn(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		address, err := FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		if seen[address] {
			t.Errorf("%s is handed out twice", address)
		}
		seen[address] = true
		if len(seen)%2 == 0 {
			continue // nobody listens there yet
		}
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
	}
}
