package mailboxtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

// record is a test that keeps what is said.
type record struct {
	name string
	said *[]string
}

func (record) Helper() {}

func (r record) Error(args ...any) { *r.said = append(*r.said, r.name+": "+fmt.Sprint(args...)) }

func (r record) Run(name string, test func(t record)) bool {
	before := len(*r.said)
	test(record{name, r.said})
	return len(*r.said) == before
}

func TestFailureSaysWhatHappenedAndTheContract(t *testing.T) {
	var said []string
	RunBounded(record{said: &said}, func(n int) actor.MailboxProducer { return newReference(oneTooMany, n) })
	want := "Capacity: capacity 3: message 4 was taken though 3 waited\n" +
		"the contract: as many messages wait as the capacity says; who sends one more is parked until one is taken, and none is lost"
	if got := strings.Join(said, "\n"); got != want {
		t.Errorf("said\n%s\nwant\n%s", got, want)
	}
}

func TestBoundedMailboxIsToldFromOneWithout(t *testing.T) {
	var said []string
	Run(record{said: &said}, newReference(none, roomy))
	want := "NoBound: a sender was parked before 1000 messages waited: RunBounded is for mailboxes with a bound\n" +
		"the contract: a mailbox without a bound never parks a sender"
	if got := strings.Join(said, "\n"); got != want {
		t.Errorf("said\n%s\nwant\n%s", got, want)
	}
}

func TestMailboxThatMisusesItsSurroundings(t *testing.T) {
	for _, c := range []struct {
		flaw  flaw
		check func(s subject) error
		want  string
	}{
		{letsPanicsThrough, suspended, "the mailbox let a panic of the actor through"},
		{handlesElsewhere, suspended, "the mailbox let a panic of the actor through"},
		{handlesElsewhere, noBound, "a message was handled past the dispatcher"},
		{tellsNobody, suspended, "the actor failed, and its supervisor was not told"},
	} {
		t.Run(string(c.flaw), func(t *testing.T) {
			if got := fmt.Sprint(c.check(subjects(c.flaw)["unbounded"])); !strings.Contains(got, c.want) {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
}
