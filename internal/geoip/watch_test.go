package geoip_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/actorpipe/actorpipe/internal/geoip"
)

func inCity(tb testing.TB, name string) []byte {
	tb.Helper()
	return city(tb, map[string]mmdbtype.DataType{"81.2.69.0/24": with(entry{"location": point(1, 2, "")}, "city", names("en", name))})
}

func rendered(name string) string {
	return `{"location":{"lat":1,"lon":2},"city_name":"` + name + `","status":"ok"}`
}

// watched is a database under a Watch in virtual time.
type watched struct {
	*geoip.Database
	t    *testing.T
	path string
	log  bytes.Buffer
}

// watch runs test in a bubble, with the Watch ended after it.
func watch(t *testing.T, data []byte, test func(w *watched)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &watched{t: t, path: file(t, data)}
		d, err := geoip.Open(settings(w.path), slog.New(slog.NewTextHandler(&w.log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		w.Database = d
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Watch(ctx) }()
		test(w)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// replace renames a new file into place.
func (w *watched) replace(data []byte) {
	w.t.Helper()
	write(w.t, w.path+".new", data)
	if err := os.Rename(w.path+".new", w.path); err != nil {
		w.t.Fatal(err)
	}
}

// tick lets the Watch look once, and checks what it made of it.
func (w *watched) tick(city string, reloads, refused int64) {
	w.t.Helper()
	<-time.After(30 * time.Second) // of virtual time
	synctest.Wait()
	if got := string(w.Lookup([]byte("81.2.69.1"))); got != rendered(city) {
		w.t.Errorf("%s, want %s", got, city)
	}
	if w.Reloads() != reloads || w.Refused() != refused {
		w.t.Errorf("%d reloads, %d refused, want %d, %d", w.Reloads(), w.Refused(), reloads, refused)
	}
}

func TestWatchSwapsANewFileIn(t *testing.T) {
	watch(t, inCity(t, "Old"), func(w *watched) {
		w.tick("Old", 0, 0)
		w.replace(inCity(t, "New"))
		w.tick("New", 1, 0)
		w.tick("New", 1, 0)
		write(t, w.path, inCity(t, "Overwritten"))
		w.tick("Overwritten", 2, 0)
		if n := strings.Count(w.log.String(), "geoip database reloaded"); n != 2 {
			t.Error(w.log.String())
		}
	})
}

func TestWatchRefusesABrokenFileOnce(t *testing.T) {
	whole := inCity(t, "Whole")
	watch(t, inCity(t, "Old"), func(w *watched) {
		w.replace([]byte("broken"))
		w.tick("Old", 0, 1)
		w.tick("Old", 0, 1)
		write(t, w.path, whole[:len(whole)/2]) // still being written
		w.tick("Old", 0, 2)
		write(t, w.path, whole)
		w.tick("Whole", 1, 2)
		w.replace(database(t, "GeoLite2-ASN", 6, nil))
		w.tick("Whole", 1, 3)
		w.replace(inCity(t, "New"))
		w.tick("New", 2, 3)
		if n := strings.Count(w.log.String(), "refused, the old one stays in use"); n != 3 {
			t.Error(w.log.String())
		}
	})
}

func TestWatchBearsAFileThatIsGone(t *testing.T) {
	watch(t, inCity(t, "Old"), func(w *watched) {
		if err := os.Remove(w.path); err != nil {
			t.Fatal(err)
		}
		w.tick("Old", 0, 1)
		w.tick("Old", 0, 1)
		w.replace(inCity(t, "New"))
		w.tick("New", 1, 1)
	})
}

func TestWatchReadsEveryEntryOfANewFile(t *testing.T) {
	entries := map[string]mmdbtype.DataType{"81.2.69.0/24": london()}
	for i := range 16 {
		for j := range 256 {
			entries["30."+strconv.Itoa(i)+"."+strconv.Itoa(j)+".0/24"] = entry{"city": names("en", "n"+strconv.Itoa(i)+"-"+strconv.Itoa(j))}
		}
	}
	data := city(t, entries)
	data[strings.Index(string(data), "n15-255")-1] = 0xff
	watch(t, inCity(t, "Old"), func(w *watched) {
		w.replace(data)
		w.tick("Old", 0, 1)
		if !strings.Contains(w.log.String(), "it is damaged, fetch it again") {
			t.Error(w.log.String())
		}
	})
}

// TestLookupsRunThroughSwaps looks up without a pause while versions come, go
// and are collected.
func TestLookupsRunThroughSwaps(t *testing.T) {
	versions := map[string][]byte{"A": inCity(t, "A"), "B": inCity(t, "B")}
	watch(t, versions["A"], func(w *watched) {
		stop := make(chan struct{})
		var readers sync.WaitGroup
		for range 2 {
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(time.Millisecond):
					}
					if got := string(w.Lookup([]byte("81.2.69.1"))); got != rendered("A") && got != rendered("B") {
						t.Error(got)
						return
					}
				}
			})
		}
		for i := range 20 {
			name := []string{"B", "A"}[i%2]
			w.replace(versions[name])
			w.tick(name, int64(i+1), 0)
			runtime.GC()
		}
		close(stop)
		readers.Wait()
	})
}
