package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/messages"
)

// listing is what inspect prints. It holds as many entries as it shows, each as it
// is printed, unless all are shown: these go out as they come.
type listing struct {
	*inspectFlags
	out   io.Writer
	table *tabwriter.Writer
	last  []func() string // a ring, the oldest at next; how to print each
	next  int
	shown int
	total int // entries that are meant
	seen  int // all entries
	kinds map[refusalKind]int
}

// refusalKind is what is counted as one.
type refusalKind struct {
	stage  messages.Stage
	status int
	reason string
}

// Bounds of what is printed and held, whatever the entries are.
const (
	shownReason = 120   // characters
	mostKinds   = 1000  // that are told apart
	shownKinds  = 20    // that are printed
	alignedRows = 500   // in which columns are in line
	otherKinds  = "..." // the reason of what is beyond mostKinds
)

func newListing(f *inspectFlags, out io.Writer) *listing {
	return &listing{inspectFlags: f, out: out, table: tabwriter.NewWriter(out, 0, 8, 2, ' ', 0), kinds: map[refusalKind]int{}}
}

// add takes an entry, if it is meant.
func (s *listing) add(l *dlq.Line) error {
	s.seen++
	if !s.takes(&l.Entry) {
		return nil
	}
	s.total++
	text := func() string { return string(l.Raw) }
	if !s.asJSON {
		s.count(refusalKind{l.Entry.Stage, l.Entry.Status, alike(l.Entry.Reason)})
		text = rowLater(&l.Entry)
	}
	switch {
	case s.limit == 0:
		return s.print(text())
	case len(s.last) < s.limit:
		s.last = append(s.last, text)
	default:
		s.last[s.next] = text
		s.next = (s.next + 1) % s.limit
	}
	return nil
}

func (s *listing) count(k refusalKind) {
	if s.kinds[k] == 0 && len(s.kinds) >= mostKinds {
		k = refusalKind{reason: otherKinds}
	}
	s.kinds[k]++
}

// print prints one entry.
func (s *listing) print(text string) error {
	s.shown++
	if s.asJSON {
		_, err := fmt.Fprintln(s.out, text)
		return err
	}
	if s.shown == 1 {
		fmt.Fprintln(s.table, "TOPIC\tPARTITION\tOFFSET\tFAILED AT\tSTAGE\tSTATUS\tREASON")
	}
	_, err := fmt.Fprintln(s.table, text)
	if s.shown%alignedRows == 0 && err == nil {
		err = s.table.Flush()
	}
	return err
}

// end prints what is held, and the counts.
func (s *listing) end() error {
	for i := range s.last {
		if err := s.print(s.last[(s.next+i)%len(s.last)]()); err != nil {
			return err
		}
	}
	if s.asJSON {
		return nil
	}
	if err := s.table.Flush(); err != nil {
		return err
	}
	return s.counts()
}

// counts prints how many entries there are of each kind, most first.
func (s *listing) counts() error {
	if s.total == 0 {
		text := "no entries"
		if s.seen > 0 {
			text = "none of " + entriesOf(int64(s.seen)) + " matches --topic, --stage, --reason and --since"
		}
		_, err := fmt.Fprintln(s.out, text)
		return err
	}
	more := ""
	if s.shown < s.total {
		more = fmt.Sprintf(", the last %s are shown (--limit 0 shows all)", humanize.Comma(int64(s.shown)))
	}
	fmt.Fprintf(s.out, "\n%s%s\n\n", entriesOf(int64(s.total)), more)
	kinds := slices.SortedFunc(maps.Keys(s.kinds), func(a, b refusalKind) int {
		return cmp.Or(s.kinds[b]-s.kinds[a], strings.Compare(string(a.stage), string(b.stage)), a.status-b.status, strings.Compare(a.reason, b.reason))
	})
	fmt.Fprintln(s.table, "ENTRIES\tSTAGE\tSTATUS\tREASON")
	for _, k := range kinds[:min(len(kinds), shownKinds)] {
		fmt.Fprintf(s.table, "%s\t%s\t%d\t%s\n", humanize.Comma(int64(s.kinds[k])), k.stage, k.status, k.reason)
	}
	if err := s.table.Flush(); err != nil || len(kinds) <= shownKinds {
		return err
	}
	_, err := fmt.Fprintf(s.out, "and %s other reasons\n", humanize.Comma(int64(len(kinds)-shownKinds)))
	return err
}

// entriesOf is a number of entries in words.
func entriesOf(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return humanize.Comma(n) + " entries"
}

// rowLater makes the row once it is known to be shown, of all that it needs.
func rowLater(e *dlq.Entry) func() string {
	kept := dlq.Entry{Topic: e.Topic, Partition: e.Partition, Offset: e.Offset, FailedAt: e.FailedAt, Stage: e.Stage, Status: e.Status, Reason: e.Reason}
	return func() string { return entryRow(&kept) }
}

// entryRow is an entry as a row of the table.
func entryRow(e *dlq.Entry) string {
	return fmt.Sprintf("%s\t%d\t%d\t%s\t%s\t%d\t%s", oneLine(e.Topic), e.Partition, e.Offset, e.FailedAt.UTC().Format(time.RFC3339), oneLine(string(e.Stage)), e.Status, oneLine(e.Reason))
}

// oneLine is a text that stays in its column: one line, not too long.
func oneLine(text string) string {
	runes := []rune(strings.ToValidUTF8(text, "?"))
	if len(runes) > shownReason {
		runes = append(runes[:shownReason-3], '.', '.', '.')
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, string(runes))
}

// alike is what reasons of one kind have in common: texts in quotes and numbers are
// those of one record.
func alike(reason string) string {
	var b strings.Builder
	for len(reason) > 0 && b.Len() < utf8.UTFMax*shownReason {
		switch c := reason[0]; {
		case c == '\'' || c == '"':
			end := strings.IndexByte(reason[1:], c)
			if end < 0 {
				b.WriteString(reason)
				return oneLine(b.String())
			}
			b.WriteByte(c)
			b.WriteString("...")
			b.WriteByte(c)
			reason = reason[end+2:]
		case isDigit(c):
			b.WriteByte('N')
			reason = strings.TrimLeft(reason, digits)
		default:
			b.WriteByte(c)
			reason = reason[1:]
		}
	}
	return oneLine(b.String())
}

const digits = "0123456789"

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
