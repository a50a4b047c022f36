package actors

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

var errBroken = errors.New("broken")

func TestReasonOf(t *testing.T) {
	crash := &Crash{Panic: "old", Stack: "where it was"}
	for name, test := range map[string]struct {
		recovered any
		text      string
		fatal     bool
		broken    bool // wraps errBroken
	}{
		"text":             {"boom", "panic: boom", false, false},
		"error":            {errBroken, "panic: broken", false, true},
		"fatal":            {&Fatal{errBroken}, "broken", true, true},
		"wrapped fatal":    {fmt.Errorf("send bulk: %w", &Fatal{errBroken}), "send bulk: broken", true, true},
		"crash stays":      {crash, "panic: old", false, false},
		"of no one's type": {42, "panic: 42", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := reasonOf(test.recovered)
			var f *Fatal
			if err.Error() != test.text || errors.As(err, &f) != test.fatal || errors.Is(err, errBroken) != test.broken {
				t.Errorf("reason is %q (%T), want %q, fatal %v, broken %v", err, err, test.text, test.fatal, test.broken)
			}
			var c *Crash
			if !test.fatal && (!errors.As(err, &c) || c.Stack == "") {
				t.Errorf("%v has no stack", err)
			}
		})
	}
	if got := reasonOf(crash); !errors.Is(got, error(crash)) {
		t.Errorf("the crash became %v, want it with its own stack", got)
	}
}

func TestAloneRecoversACrash(t *testing.T) {
	if c := alone(func() {}); c != nil {
		t.Errorf("nothing happened, and it crashed with %v", c)
	}
	c := alone(func() { panic("boom") })
	if c == nil || c.Panic != "boom" || !strings.Contains(c.Stack, "TestAloneRecoversACrash") {
		t.Errorf("the crash is %+v, want boom and the stack of this test", c)
	}
}

func TestAloneNeverRecoversAFatalError(t *testing.T) {
	defer func() {
		var f *Fatal
		if err, ok := recover().(error); !ok || !errors.As(err, &f) || !errors.Is(err, errBroken) {
			t.Errorf("recovered %v, want the fatal error", err)
		}
	}()
	t.Errorf("the fatal error was recovered as %v", alone(func() { fatal(errBroken) }))
}

// TestPropsCarryTheStack has an actor panic: its supervisor is told where.
func TestPropsCarryTheStack(t *testing.T) {
	sys := testkit.NewSystem(t)
	boss := testkit.NewSupervisor(t, sys, actor.StopDirective)
	pid := testkit.Spawn(t, sys, props(func() actor.Actor { return &panicking{} }, []actor.PropsOption{actor.WithGuardian(boss)}))
	sys.Root.Send(pid, "boom")
	c, ok := testkit.ExpectFailure(boss).Reason.(*Crash)
	if !ok || c.Panic != "boom" || !strings.Contains(c.Stack, "panicking") {
		t.Errorf("the supervisor was told %+v, want boom and the stack of the actor", c)
	}
}

// panicking panics with any text that it is sent.
type panicking struct{}

func (*panicking) Receive(c actor.Context) {
	if text, ok := c.Message().(string); ok {
		panic(text)
	}
}
