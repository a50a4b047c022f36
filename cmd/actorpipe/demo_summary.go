package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/prometheus/procfs"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/messages"
)

// summary is what the demo has to show; its JSON form is an interface.
type summary struct {
	Tweets int `json:"tweets"`
	Users  int `json:"users"`
	messages.Books
	Seconds          float64 `json:"seconds"`
	RecordsPerSecond float64 `json:"records_per_second"`
	CPUPerRecord     float64 `json:"cpu_us_per_record"`
	PeakRSSBytes     int64   `json:"peak_rss_bytes"`
}

// usage is when the pipeline started and what the process had used by then.
type usage struct {
	start time.Time
	cpu   time.Duration
}

func startUsage() usage {
	cpu, _ := used()
	return usage{time.Now(), cpu}
}

// used is the CPU time of the process and its peak memory in bytes. ru_maxrss, which
// every system has, counts what started this process, too; /proc does not.
func used() (cpu time.Duration, peak int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, 0
	}
	peak = u.Maxrss
	if runtime.GOOS != "darwin" { // Linux counts KiB
		peak *= 1024
	}
	if self, err := procfs.Self(); err == nil {
		if status, err := self.NewStatus(); err == nil {
			peak = int64(status.VmHWM) //nolint:gosec // no machine has that much
		}
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), peak
}

// summary is the figures of the time until now.
func (u usage) summary(f demoFlags, books *actors.Books) summary {
	s := summary{Tweets: f.tweets, Users: f.users, Seconds: time.Since(u.start).Seconds()}
	s.settle(books)
	cpu, peak := used()
	s.PeakRSSBytes = peak
	s.RecordsPerSecond = float64(s.Settled()) / s.Seconds
	s.CPUPerRecord = float64((cpu - u.cpu).Microseconds()) / float64(max(s.Settled(), 1))
	return s
}

// settle takes the books over.
func (s *summary) settle(books *actors.Books) {
	s.Books = messages.Books{}
	topics, _ := books.Read()
	for i := range topics {
		s.Add(topics[i].Books)
	}
}

// check is nil if the books balance and every record made is accounted for.
func (s *summary) check() error {
	made := int64(s.Tweets + s.Users)
	switch {
	case !s.Balanced():
		return fmt.Errorf("the books do not balance: consumed %d, settled %d, in flight %d", s.Consumed, s.Settled(), s.InFlight)
	case s.Settled()-s.Returned != made:
		return fmt.Errorf("%d records were made, %d are accounted for", made, s.Settled()-s.Returned)
	}
	return nil
}

func (s *summary) print(ctx context.Context, out io.Writer, st *stage, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(s)
	}
	sample, err := st.sample(ctx)
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if sample != "" && json.Indent(&pretty, []byte(sample), "", "  ") == nil {
		fmt.Fprintf(out, "\nA tweet as it was indexed:\n%s\n", pretty.String())
	}
	fmt.Fprintf(out, "\n%s\n", booksLine(s.Books))
	embedded := ""
	if st.sink != nil {
		embedded = ", broker and sink in the same process included"
	}
	_, err = fmt.Fprintf(out, "%s records in %.1f s: %s a second, %.2f us of CPU a record%s, peak memory %s\n",
		humanize.Comma(s.Settled()), s.Seconds, humanize.Comma(int64(s.RecordsPerSecond)), s.CPUPerRecord, embedded, humanize.IBytes(uint64(s.PeakRSSBytes))) //nolint:gosec // never negative
	return err
}
