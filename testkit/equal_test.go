package testkit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/actorpipe/actorpipe/testkit"
)

func TestExpectEqualComparesWhatPointersPointTo(t *testing.T) {
	sys := testkit.NewSystem(t)
	probe, other := testkit.NewProbe(t, sys), testkit.NewProbe(t, sys)
	sent := &order{From: sys.ActorSystem.NewLocalPID(other.String()), Lines: []line{{"nuts", 2}}}
	for _, m := range []any{sent, &order{}, &secret{4}, nil} {
		sys.Root.Send(probe.PID(), m)
	}

	if got := testkit.ExpectEqual(probe, &order{From: other.PID(), Lines: []line{{"nuts", 2}}}); got != sent {
		t.Errorf("returned %p, want the message that came, %p", got, sent)
	}
	testkit.ExpectEqual(probe, &order{}) // without a PID
	testkit.ExpectEqual(probe, &secret{4}, cmp.AllowUnexported(secret{}))
	testkit.ExpectEqual[any](probe, nil)
}

func TestExpectInAnyOrderTakesEachOnce(t *testing.T) {
	sys := testkit.NewSystem(t)
	probe := testkit.NewProbe(t, sys)
	for _, m := range []any{&pong{N: 2}, "done", &pong{N: 1}, &pong{N: 2}, "rest"} {
		sys.Root.Send(probe.PID(), m)
	}

	testkit.ExpectInAnyOrder(probe, []any{&pong{N: 1}, &pong{N: 2}, &pong{N: 2}, "done"})
	testkit.ExpectEqual(probe, "rest")
	testkit.ExpectInAnyOrder(probe, nil)
}
