package mailboxtest

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
)

// contestant is a column of the table in the documentation; those of one name
// share it.
type contestant struct {
	name, column string
	subject
}

var columns = []string{"mailbox.New", "Bounded", "BoundedDropping", "Unbounded..."}

func contestants() []contestant {
	return []contestant{
		{"mailbox.New", columns[0], bounded(func(n int) actor.MailboxProducer {
			return func() actor.Mailbox {
				q := mailbox.NewQueue(mailbox.Settings{})
				q.AddLane("in", n)
				return mailbox.New(q)
			}
		})},
		{"Bounded", columns[1], bounded(func(n int) actor.MailboxProducer { return actor.Bounded(n) })},
		{"BoundedDropping", columns[2], bounded(func(n int) actor.MailboxProducer { return actor.BoundedDropping(n) })},
		{"Unbounded", columns[3], unbounded(actor.Unbounded())},
		{"UnboundedLockfree", columns[3], unbounded(actor.UnboundedLockfree())},
		{"UnboundedPriority", columns[3], unbounded(actor.UnboundedPriority())},
		{"UnboundedPriorityMpsc", columns[3], unbounded(actor.UnboundedPriorityMpsc())},
	}
}

func bounded(producer func(capacity int) actor.MailboxProducer) subject {
	return subject{producer: producer, bounded: true}
}

func unbounded(producer actor.MailboxProducer) subject {
	return subject{producer: func(int) actor.MailboxProducer { return producer }}
}

// scores are the cells of the table, by column and property.
type scores struct {
	mu    sync.Mutex // guards cells
	cells map[string]map[string]string
}

func (s *scores) note(t *testing.T, column string, outcome map[string]string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cells[column] == nil {
		s.cells[column] = map[string]string{}
	}
	for property, err := range outcome {
		cell := "yes"
		if err != "" {
			cell = "no"
			t.Logf("%s: %s", property, err)
		}
		if before := s.cells[column][property]; before != "" && before != cell {
			t.Errorf("%s is %s, but in the same column it was %s", property, cell, before)
		}
		s.cells[column][property] = cell
	}
}

// table is as the documentation has it.
func (s *scores) table() string {
	var b strings.Builder
	line := func(name string, cell func(column string) string) {
		fmt.Fprintf(&b, "//\t%-15s", name)
		for _, c := range columns {
			fmt.Fprintf(&b, "  %-*s", len(c), cell(c))
		}
		b.WriteString("\n")
	}
	line("", func(column string) string { return column })
	for _, p := range append(bounded(nil).properties(), unbounded(nil).properties()[len(forAll):]...) {
		line(p.name, func(column string) string {
			if cell := s.cells[column][p.name]; cell != "" {
				return cell
			}
			return "-"
		})
	}
	return trimLines(b.String())
}

func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestDocumentationHasTheOutcome(t *testing.T) {
	s := scores{cells: map[string]map[string]string{}}
	t.Run("of", func(t *testing.T) {
		for _, c := range contestants() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s.note(t, c.column, check(c.subject))
			})
		}
	})
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	if want := s.table(); !strings.Contains(string(doc), want) {
		t.Errorf("doc.go is to have\n%s", want)
	}
}

func TestDocumentationNamesEveryProperty(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []subject{bounded(nil), unbounded(nil)} {
		for _, p := range s.properties() {
			if !strings.Contains(string(doc), "//   - "+p.name+": ") {
				t.Errorf("doc.go does not explain %s", p.name)
			}
		}
	}
}
