package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/actorpipe/actorpipe/supervision"
)

// show is what is seen of a demo while it runs: a line each second with the fill
// of the mailboxes, above a progress bar where there is a terminal.
type show struct {
	pipeline *supervision.Pipeline
	records  int
	diag     io.Writer
	bar      *progressbar.ProgressBar // nil: no terminal
	start    time.Time
}

func newShow(p *supervision.Pipeline, records int, diag io.Writer) *show {
	s := &show{pipeline: p, records: records, diag: diag, start: time.Now()}
	if f, ok := diag.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.bar = progressbar.NewOptions(records, progressbar.OptionSetWriter(diag), progressbar.OptionSetDescription("indexing "),
			progressbar.OptionShowCount(), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(200*time.Millisecond))
	}
	return s
}

// watch shows until all records have settled, or a context is done.
func (s *show) watch(drain, run context.Context) {
	poll, second := time.NewTicker(settlePoll), time.NewTicker(time.Second)
	defer poll.Stop()
	defer second.Stop()
	for settled := 0; settled < s.records; {
		select {
		case <-poll.C:
			settled = s.settled()
			if s.bar != nil {
				_ = s.bar.Set(settled) // a bar that cannot be drawn is no reason to stop
			}
		case <-second.C:
			s.line(run)
		case <-drain.Done():
			return
		case <-run.Done():
			return
		}
	}
	s.line(run)
	if s.bar != nil {
		_ = s.bar.Finish()
		fmt.Fprintln(s.diag)
	}
}

func (s *show) settled() (n int) {
	topics, _ := s.pipeline.Books().Read()
	for i := range topics {
		n += int(topics[i].Settled())
	}
	return n
}

// line prints how far it is, how full the mailboxes are, and the verdict.
func (s *show) line(run context.Context) {
	r, err := s.pipeline.Report(run)
	if err != nil {
		return // the run is over and says why
	}
	fills := make([]string, 0, len(r.Mailboxes))
	for _, m := range r.Mailboxes {
		if m.Name != "dlq" {
			fills = append(fills, fmt.Sprintf("%s %3.0f %%", m.Name, m.FillMeanPercent))
		}
	}
	text := fmt.Sprintf("%4.0f s %10s records   %s   %s", time.Since(s.start).Seconds(), humanize.Comma(int64(s.settled())), strings.Join(fills, "  "), r.Verdict)
	if s.bar != nil {
		_ = s.bar.Clear()
	}
	fmt.Fprintln(s.diag, text)
}
