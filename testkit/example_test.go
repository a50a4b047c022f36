package testkit_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// hello is answered with a greeting.
type (
	hello    struct{ Name string }
	greeting struct{ Text string }
)

// greeterProps greets whom it knows by less. A guest without a name makes it panic.
func greeterProps() *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return &greeter{} })
}

type greeter struct{ known string }

func (g *greeter) Receive(c actor.Context) {
	m, ok := c.Message().(*hello)
	switch {
	case !ok:
	case m.Name == "":
		panic("who is it?")
	case m.Name == g.known:
		c.Respond(&greeting{Text: "hi"})
	default:
		g.known = m.Name
		c.Respond(&greeting{Text: "hello " + m.Name})
	}
}

// A first test: a system, a probe for whoever sends to the actor, and what comes back.
func Example() {
	inExample(func(t testing.TB) { // yours: func TestGreeterGreets(t *testing.T)
		sys := testkit.NewSystem(t)
		guest := testkit.NewProbe(t, sys)
		greeter := testkit.Spawn(t, sys, greeterProps())

		guest.Request(greeter, &hello{Name: "Ada"})
		fmt.Println(testkit.Expect[*greeting](guest).Text)
	})
	// Output: hello Ada
}

// Probes stand in for everybody around the actor: here a guest, and somebody who
// answers on its own.
func ExampleNewProbe() {
	inExample(func(t testing.TB) {
		sys := testkit.NewSystem(t)
		guest, other := testkit.NewProbe(t, sys), testkit.NewProbe(t, sys)
		testkit.Autopilot(other, func(m *hello, _ *actor.PID) any {
			return &greeting{Text: "good day " + m.Name}
		})
		greeter := testkit.Spawn(t, sys, greeterProps())

		guest.Request(greeter, &hello{Name: "Ada"})
		testkit.ExpectEqual(guest, &greeting{Text: "hello Ada"})
		fmt.Println("sent by name:", guest.Sender() != nil) // Respond does not say

		guest.Request(other.PID(), &hello{Name: "Bob"})
		fmt.Println(testkit.Expect[*greeting](guest).Text)
		testkit.Expect[*hello](other)

		guest.Watch(greeter)
		sys.Stop(greeter)
		guest.ExpectTerminated(greeter)
	})
	// Output:
	// sent by name: false
	// good day Bob
}

// A failure says what was wanted, what came instead, and what went on before. Here it
// is in a bubble for the times to be the same each time.
func ExampleExpect() {
	synctest.Test(new(testing.T), func(*testing.T) {
		inExample(func(t testing.TB) {
			sys := testkit.NewSystem(t)
			guest := testkit.NewProbe(t, sys)
			greeter := testkit.SpawnNamed(t, sys, greeterProps(), "greeter")

			guest.Request(greeter, &hello{Name: "Ada"})
			sys.Advance(time.Second)
			guest.Request(greeter, hello{Name: "Ada"}) // a value, which no greeter knows
			testkit.Expect[*greeting](guest)
			testkit.Expect[*greeting](guest)
		})
	})
	// Output:
	// probe$1: expected *testkit_test.greeting, but nothing came within 5s
	// last messages of the system:
	//       0s  probe$1 -> greeter: *testkit_test.hello &{Name:"Ada"}
	//       0s  ? -> probe$1: *testkit_test.greeting &{Text:"hello Ada"}
	//       1s  probe$1 -> greeter: testkit_test.hello {Name:"Ada"}
}

// The supervisor answers each failure as the test has told it, and says when that has
// happened.
func ExampleSpawnUnder() {
	inExample(func(t testing.TB) {
		sys := testkit.NewSystem(t)
		guest := testkit.NewProbe(t, sys)
		boss := testkit.NewSupervisor(t, sys, actor.ResumeDirective, actor.RestartDirective, actor.StopDirective)
		greeter := testkit.SpawnUnder(t, sys, greeterProps(), boss)
		greet := func() {
			guest.Request(greeter, &hello{Name: "Ada"})
			fmt.Println(testkit.Expect[*greeting](guest).Text)
		}

		greet()
		sys.Root.Send(greeter, &hello{})
		fmt.Println("resumed after", testkit.ExpectResume(boss).Reason)
		greet() // it knows her still
		sys.Root.Send(greeter, &hello{})
		fmt.Println("restarted after", testkit.ExpectRestart(boss).Reason)
		greet()
		sys.Root.Send(greeter, &hello{})
		fmt.Println("stopped after", testkit.ExpectStop(boss).Reason)
	})
	// Output:
	// hello Ada
	// resumed after who is it?
	// hi
	// restarted after who is it?
	// hello Ada
	// stopped after who is it?
}

// In a synctest bubble an hour takes no time.
func ExampleExpectAt() {
	t := new(testing.T) // that of your test
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		doctor := testkit.NewProbe(t, sys)
		testkit.Spawn(t, sys, heartProps(doctor.PID(), 10*time.Minute))

		testkit.ExpectNoneFor(doctor, 9*time.Minute)
		for n := range 6 {
			beat := testkit.ExpectAt[*beat](doctor, time.Duration(n+1)*10*time.Minute)
			fmt.Println("beat", beat.N)
		}
	})
	// Output:
	// beat 1
	// beat 2
	// beat 3
	// beat 4
	// beat 5
	// beat 6
}

// Two clerks read a balance, add to it and write it: one of the deposits is lost if the
// second reads before the first has written. Your test fails with such a schedule, step
// by step, and the seed that replays it.
func ExampleExplore() {
	t := new(testing.T) // that of your test
	testkit.Explore(t, 1000, func(x *testkit.Exploration) {
		last := 0
		account := x.Spawn("account", accountProps(func(n int) { last = n }))
		for i := range 2 {
			clerk := x.Spawn(fmt.Sprint("clerk-", i), clerkProps(account))
			x.System().Root.Send(clerk, &deposit{})
		}
		x.Rest("all is done")
		if last != 2 {
			x.Errorf("the balance is %d after 2 deposits", last)
		}
	})
	fmt.Println("a deposit can be lost:", t.Failed())
	// Output: a deposit can be lost: true
}
