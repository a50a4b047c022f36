package testkit_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/actorpipe/actorpipe/testkit"
)

func TestAdvanceLetsAllComeToRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		probe := testkit.NewProbe(t, sys)
		testkit.Spawn(t, sys, heartProps(probe.PID(), time.Second))
		start := time.Now()

		sys.Advance(3 * time.Second)
		if moved := time.Since(start); moved != 3*time.Second {
			t.Errorf("the time moved by %v, want 3s", moved)
		}
		for n := range 3 {
			testkit.ExpectEqual(probe, &beat{N: n + 1}) // is there
		}
		testkit.ExpectNone(probe)
		if moved := time.Since(start); moved != 3*time.Second {
			t.Errorf("the time moved on to %v", moved)
		}
	})
}

func TestExpectAtIsATimetable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Hour) //nolint:forbidigo // virtual: the timetable begins with the system
		sys := testkit.NewSystem(t)
		probe := testkit.NewProbe(t, sys)
		testkit.Spawn(t, sys, heartProps(probe.PID(), time.Minute))

		testkit.ExpectAt[*beat](probe, time.Minute)
		sys.Advance(2 * time.Minute) // what has come by now is still told by when it came
		testkit.ExpectAt[*beat](probe, 2*time.Minute)
		testkit.ExpectAt[*beat](probe, 3*time.Minute)
		testkit.ExpectAt[*beat](probe, 4*time.Minute)
	})
}

// tenMinutes has a heart beat every second.
func tenMinutes(t *testing.T) {
	start := time.Now()
	sys := testkit.NewSystem(t)
	probe := testkit.NewProbe(t, sys)
	testkit.Spawn(t, sys, heartProps(probe.PID(), time.Second))
	for n := range 600 {
		testkit.ExpectAt[*beat](probe, time.Duration(n+1)*time.Second)
	}
	if passed := time.Since(start); passed != 10*time.Minute {
		t.Errorf("%v have passed, want 10m", passed)
	}
}
