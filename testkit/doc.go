// Package testkit tests actors of protoactor-go by their messages: without
// sleeping, without looking inside, and with a failure that says what came
// instead. It needs nothing but protoactor-go.
//
// # A first test
//
// A test makes a [System], stands in for the neighbours of the actor with a
// [Probe] each, sends, and expects:
//
//	func TestGreeterGreets(t *testing.T) {
//		sys := testkit.NewSystem(t)
//		guest := testkit.NewProbe(t, sys)
//		greeter := testkit.Spawn(t, sys, GreeterProps())
//
//		guest.Request(greeter, &Hello{Name: "Ada"})
//		got := testkit.Expect[*Greeting](guest)
//		if got.Text != "hello Ada" {
//			t.Errorf("greeted with %q", got.Text)
//		}
//	}
//
// At the end the system stops its actors and fails the test for one that does
// not stop, and for a message that found no receiver (a dead letter) unless
// [ExpectDeadLetter] took it. A goleak check in TestMain then finds nothing.
//
// # Probes
//
// [Expect] wants exactly the next message; [ExpectIn] takes one out of several
// whose order is open; [Fish] drops messages until the right one comes.
// [Probe.Request] and [Probe.Reply] send as the probe, so that answers come back
// to it. [Probe.Watch] with [Probe.ExpectTerminated] waits for the end of an
// actor. A probe that is stopped by [System.Stop] ends like an actor: its
// watchers are told, and what is sent to it becomes a dead letter.
//
// # Time
//
// Actors run inside a bubble of testing/synctest, where time is virtual and
// moves when everybody waits. The system must be made in the bubble:
//
//	synctest.Test(t, func(t *testing.T) {
//		sys := testkit.NewSystem(t)
//		heart := testkit.NewProbe(t, sys)
//		testkit.Spawn(t, sys, HeartbeatProps(heart.PID(), 10*time.Minute))
//
//		testkit.ExpectNone(heart)    // nothing yet: the bubble is at rest
//		time.Sleep(10 * time.Minute) // costs no time
//		testkit.Expect[*Beat](heart)
//	})
//
// There, [ExpectNone] proves that nothing came. Every expectation gives up after
// 5 s ([System.SetTimeout]): wall time outside, virtual time inside a bubble.
//
// Not everything works in a bubble: actor.Bounded spins when it is full, so the
// bubble never comes to rest; a goroutine that waits for a mutex or the network
// does not count as waiting; channels kept in package variables belong to no
// bubble or to another; SetReceiveTimeout and the time-outs of futures are
// reported by the race detector, inside and outside.
//
// # Supervision
//
// protoactor restarts an actor that panics and says little of it. A [Supervisor]
// gives the answer the test chooses, and keeps the failure:
//
//	boss := testkit.NewSupervisor(t, sys, actor.StopDirective)
//	pid := testkit.Spawn(t, sys, props.Configure(actor.WithGuardian(boss)))
//	sys.Root.Send(pid, &Crash{})
//	reason := testkit.ExpectFailure(boss)
//
// # Exploration
//
// What goes wrong in one interleaving of a million is found by trying many.
// [Explore] runs a test in schedules that a seed decides: which actor takes its
// next message, which goroutine goes on, what is drawn, when time passes.
//
//	func TestDepositsAddUp(t *testing.T) {
//		testkit.Explore(t, 1000, func(x *testkit.Exploration) {
//			root, total := x.System().Root, 0
//			account := root.Spawn(x.Props(AccountProps(&total)))
//			for range 2 {
//				root.Send(root.Spawn(x.Props(ClerkProps(account))), &Deposit{Amount: 1})
//			}
//			x.Rest("all is done")
//			if total != 2 {
//				x.Errorf("the total is %d after 2 deposits", total)
//			}
//		})
//	}
//
// A seed that fails is printed with its last steps, and replays exactly:
//
//	go test -run '^TestDepositsAddUp$' -testkit.seed=2
//
// shows all steps, the messages taken, and what the test says with Logf. For that,
// everything that could happen in another order must be a step or come of one. The
// neighbours that a test stands in for call Step where they would be slow, draw
// with IntN what they answer, and wait with Until for what others are to do. What
// the code under test begins by itself, such as a goroutine, is reached by what it
// calls. Go's select chooses at random between channels that are ready together,
// and a range over a map has any order: code that is to replay lets neither decide.
//
// # What not to do
//
// A message sent as a value where its receiver switches on a pointer is ignored
// in silence by protoactor; the kit says so only where a probe expected it. Do
// not expect in a goroutine other than the test's: a failed expectation calls
// FailNow. Do not share a System among tests.
package testkit
