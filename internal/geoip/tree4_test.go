package geoip

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/oschwald/maxminddb-golang/v2"
)

// TestTree4FindsWhatTheLibraryFinds asks both for the first, the last and some of
// the addresses of random networks of each length, and for any others.
func TestTree4FindsWhatTheLibraryFinds(t *testing.T) {
	for _, bits := range []int{24, 28, 32} {
		for _, version := range []int{4, 6} {
			t.Run(fmt.Sprintf("%d bits, IPv%d", bits, version), func(t *testing.T) {
				random := rand.New(rand.NewPCG(uint64(bits), uint64(version))) //nolint:gosec // the same each time
				var networks []netip.Prefix
				for length := 1; length <= 32; length++ {
					for range 20 {
						networks = append(networks, netip.PrefixFrom(address4(random.Uint32()), length).Masked())
					}
				}
				data := treeOf(t, bits, version, networks)
				reader, err := maxminddb.OpenBytes(data)
				if err != nil {
					t.Fatal(err)
				}
				tree := newTree4(reader, data)
				for range 5_000 {
					compare(t, reader, tree, address4(random.Uint32()))
				}
				for _, n := range networks {
					first, hosts := number4(n.Addr()), uint64(1)<<(32-n.Bits())
					for _, a := range []uint32{first, first - 1, first + uint32(hosts-1), first + uint32(random.Uint64N(hosts))} { //nolint:gosec // round the ends
						compare(t, reader, tree, address4(a))
					}
				}
			})
		}
	}
}

// TestTree4WithoutIPv4 has a database of IPv6 whose tree has nothing, or one entry,
// for all of IPv4.
func TestTree4WithoutIPv4(t *testing.T) {
	for _, network := range []string{"2000::/3", "::/8"} {
		data := treeOf(t, 28, 6, []netip.Prefix{netip.MustParsePrefix(network)})
		reader, err := maxminddb.OpenBytes(data)
		if err != nil {
			t.Fatal(err)
		}
		tree := newTree4(reader, data)
		for _, a := range []string{"0.0.0.0", "81.2.69.142", "255.255.255.255"} {
			compare(t, reader, tree, netip.MustParseAddr(a))
		}
	}
}

// TestTree4SaysThatATreeIsDamaged spoils each record of a small tree, and wants
// neither a panic nor another answer than that of the library.
func TestTree4SaysThatATreeIsDamaged(t *testing.T) {
	networks := []netip.Prefix{netip.MustParsePrefix("20.1.0.0/16"), netip.MustParsePrefix("20.1.77.0/24"), netip.MustParsePrefix("81.2.69.142/32")}
	sound := treeOf(t, 24, 4, networks)
	reader, err := maxminddb.OpenBytes(sound)
	if err != nil {
		t.Fatal(err)
	}
	nodes, damaged := int(reader.Metadata.NodeCount), 0 //nolint:gosec // a few hundred
	for i := range 2 * nodes {
		for _, record := range []int{0, i / 2, nodes + 15, 1<<24 - 1} {
			data := bytes.Clone(sound)
			copy(data[3*i:], []byte{byte(record >> 16), byte(record >> 8), byte(record)})
			reader, err := maxminddb.OpenBytes(data)
			if err != nil {
				continue // seen when it is opened
			}
			tree := newTree4(reader, data)
			for _, n := range networks {
				if !compare(t, reader, tree, n.Addr()) {
					damaged++
				}
			}
		}
	}
	if damaged == 0 {
		t.Error("no tree was damaged")
	}
}

// compare wants the same of both, and says whether the tree is sound.
func compare(t *testing.T, reader *maxminddb.Reader, tree *tree4, ip netip.Addr) bool {
	t.Helper()
	want := reader.Lookup(ip)
	var record [1]uint32
	tree.find([]uint32{number4(ip)}, record[:])
	offset, ok, sound := tree.entry(record[0])
	if sound && ok && reader.LookupOffset(offset).Decode(&city{places: new(places)}) != nil {
		sound, ok = false, false // the library looks whether there can be an entry before it is read
	}
	if wantSound := want.Err() == nil; sound != wantSound || ok != want.Found() || ok && offset != want.Offset() {
		t.Errorf("%s: %d, found %v, sound %v; the library has %d, found %v: %v", ip, offset, ok, sound, want.Offset(), want.Found(), want.Err())
	}
	return sound
}

func number4(ip netip.Addr) uint32 {
	b := ip.As4()
	return binary.BigEndian.Uint32(b[:])
}

func address4(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// treeOf renders a database in which each network has an entry of its own.
func treeOf(t *testing.T, bits, version int, networks []netip.Prefix) []byte {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "GeoLite2-City", IPVersion: version, RecordSize: bits, IncludeReservedNetworks: true, BuildEpoch: 1_700_000_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range networks {
		_, network, err := net.ParseCIDR(n.String())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Insert(network, mmdbtype.Map{"city": mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(n.String())}}}); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
