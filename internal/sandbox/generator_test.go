package sandbox

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
)

const sampleSize = 20000

func TestGeneratorWritesWhatEncodingJSONWrites(t *testing.T) {
	g := NewGenerator(7, 500)
	for i := range sampleSize {
		want, err := json.Marshal(g.TweetRecord(i))
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Tweet(i); !bytes.Equal(got, want) {
			t.Fatalf("tweet %d:\n%s\nwant\n%s", i, got, want)
		}
	}
	for i := range 500 {
		want, err := json.Marshal(g.UserRecord(i))
		if err != nil {
			t.Fatal(err)
		}
		if got := g.User(i); !bytes.Equal(got, want) {
			t.Fatalf("user %d:\n%s\nwant\n%s", i, got, want)
		}
	}
}

func TestGeneratorIsDeterministic(t *testing.T) {
	a, b, other := NewGenerator(1, 1000), NewGenerator(1, 1000), NewGenerator(2, 1000)
	same := 0
	for i := sampleSize - 1; i >= 0; i-- {
		if !bytes.Equal(a.Tweet(i), b.Tweet(i)) {
			t.Fatalf("tweet %d differs in order", i)
		}
		if bytes.Equal(a.Tweet(i), other.Tweet(i)) {
			same++
		}
	}
	if same > sampleSize/1000 {
		t.Errorf("%d of %d tweets do not depend on the seed", same, sampleSize)
	}
}

func TestGeneratorKeysByUser(t *testing.T) {
	g := NewGenerator(3, 100)
	for i := range sampleSize {
		r := g.TweetRecord(i)
		if key := string(g.TweetKey(i)); key != r.User.Id || key >= string(UserKey(100)) {
			t.Fatalf("tweet %d: key %q, user %q", i, key, r.User.Id)
		}
	}
}

func TestUserKeysAreAllDifferentAndOfOneLength(t *testing.T) {
	for number, want := range map[int]string{0: "u00000000", 9: "u00000009", 10: "u00000010", 42: "u00000042", 12345678: "u12345678", 99999999: "u99999999"} {
		if got := string(UserKey(number)); got != want {
			t.Errorf("user %d: %s, want %s", number, got, want)
		}
	}
}

func TestDocumentsTellTheirNumber(t *testing.T) {
	g := NewGenerator(5, 50)
	for _, i := range []int{0, 1, 49, 399_999, 12_345_678} {
		spliced := bytes.Replace(g.Tweet(i), []byte(`{`), []byte(`{"geo":{"status":"ok"},`), 1)
		if n, err := TweetNumber(spliced); err != nil || n != i {
			t.Errorf("tweet %d is %d, %v", i, n, err)
		}
		if n, err := UserNumber(g.User(i)); err != nil || n != i {
			t.Errorf("user %d is %d, %v", i, n, err)
		}
	}
	for _, foreign := range []string{"", "{}", `{"Message":"x https://t.example/12`, `{"Message":"https://t.example/x"}`} {
		if n, err := TweetNumber([]byte(foreign)); err == nil {
			t.Errorf("%q is tweet %d", foreign, n)
		}
	}
}

func TestTrafficIsSkewedAndOfAllKinds(t *testing.T) {
	g := NewGenerator(11, 1000)
	hosts, kinds := map[string]int{}, map[string]int{}
	for i := range sampleSize {
		address := g.TweetRecord(i).RemoteAddress
		hosts[address]++
		addr, ok := parseAddress(address)
		switch {
		case address == "":
			kinds["missing"]++
		case !ok:
			t.Fatalf("address %q", address)
		case private(addr):
			kinds["private"]++
		case addr.Is6():
			kinds["v6"]++
		case strings.Contains(address, ":"):
			kinds["port"]++
		default:
			kinds["v4"]++
		}
	}
	for kind, least := range map[string]int{"missing": 1, "private": 20, "v6": 25, "port": 3, "v4": 900} {
		if got := kinds[kind] * 1000 / sampleSize; got < least {
			t.Errorf("%d of 1000 addresses are %s, want %d at least", got, kind, least)
		}
	}
	if len(hosts) > sampleSize*2/3 || len(hosts) < sampleSize/10 {
		t.Errorf("%d hosts in %d tweets", len(hosts), sampleSize)
	}
}

func TestNetworksDoNotOverlap(t *testing.T) {
	seen := map[netip.Prefix]int{}
	for i := range networks {
		p := network(i)
		if p != p.Masked() || !p.Addr().IsGlobalUnicast() || private(p.Addr()) {
			t.Fatalf("network %d: %s", i, p)
		}
		widest := netip.PrefixFrom(p.Addr(), 16).Masked() // of all IPv4 networks
		if p.Addr().Is6() {
			widest = netip.PrefixFrom(p.Addr(), 32).Masked()
		}
		if other, taken := seen[widest]; taken {
			t.Fatalf("networks %d and %d are both in %s", other, i, widest)
		}
		seen[widest] = i
	}
}

func BenchmarkTweet(b *testing.B) {
	g := NewGenerator(1, 40_000)
	var buf []byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		buf = g.AppendTweet(buf[:0], i)
	}
	b.SetBytes(int64(len(buf)))
}
