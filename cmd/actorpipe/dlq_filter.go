package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/messages"
)

// entryFilter says which entries are meant.
type entryFilter struct {
	topics []string // none: all
	stages []string // none: all
	reason string   // a part of it, in small letters
	since  string   // as the user wrote it
	from   time.Time
}

func (f *entryFilter) flags(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.topics, "topic", nil, "only entries of this `TOPIC`; repeat it for several")
	flags.StringSliceVar(&f.stages, "stage", nil, "only entries of this `STAGE`: consumer, enricher or writer")
	flags.StringVar(&f.reason, "reason", "", "only entries with this `TEXT` in their reason, in capitals or not")
	flags.StringVar(&f.since, "since", "", "only entries that failed since this `TIME`, as 2h, 2026-01-31 (in UTC) or 2026-01-31T15:04:05Z")
}

// check reads the flags; an error is one of usage.
func (f *entryFilter) check(now time.Time) error {
	f.reason = strings.ToLower(f.reason)
	for _, s := range f.stages {
		switch messages.Stage(s) {
		case messages.StageConsumer, messages.StageEnricher, messages.StageWriter:
		default:
			return fmt.Errorf("--stage is consumer, enricher or writer, not %q", s)
		}
	}
	if f.since == "" {
		return nil
	}
	if ago, err := time.ParseDuration(f.since); err == nil {
		f.from = now.Add(-ago)
		return nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, f.since); err == nil {
			f.from = at
			return nil
		}
	}
	return fmt.Errorf("--since is a duration or a time, as 2h, 2026-01-31 or 2026-01-31T15:04:05Z, not %q", f.since)
}

// takes says whether an entry is meant.
func (f *entryFilter) takes(e *dlq.Entry) bool {
	return among(f.topics, e.Topic) && among(f.stages, string(e.Stage)) &&
		strings.Contains(strings.ToLower(e.Reason), f.reason) && !e.FailedAt.Before(f.from)
}

// among says whether the list has the text, or nothing at all.
func among(list []string, text string) bool {
	for _, s := range list {
		if s == text {
			return true
		}
	}
	return len(list) == 0
}
