package testkit_test

import (
	"testing"

	"github.com/actorpipe/actorpipe/testkit"
)

func TestExpectedUnhandledMessagesPass(t *testing.T) {
	said := complaint(t, func(tb testing.TB) {
		sys := testkit.NewSystem(tb)
		picky, other := testkit.Spawn(tb, sys, pickyProps()), testkit.Spawn(tb, sys, pickyProps())
		sys.Root.Send(other, &ping{N: 1})
		sys.Root.Send(picky, "what?")
		sys.Root.Send(picky, &ping{N: 2})

		if got := testkit.ExpectUnhandled[*ping](sys, picky); got.N != 2 {
			t.Errorf("took %+v, want the ping that picky does not know", got)
		}
		testkit.ExpectUnhandled[string](sys, picky)
		testkit.ExpectUnhandled[*ping](sys, other)
	})
	if said != "" {
		t.Errorf("said %q", said)
	}
}
