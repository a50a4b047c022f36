// Package testkit tests actors of protoactor-go by their messages: without
// sleeping, without looking inside, and with a failure that says what came
// instead. It needs nothing but protoactor-go and go-cmp.
//
// # First test
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
//		testkit.ExpectEqual(guest, &Greeting{Text: "hello Ada"})
//	}
//
// At the end the system stops its actors. The test fails for an actor that does not
// stop, for a goroutine that an actor left behind, for a message that found no
// receiver (a dead letter), and for one that its receiver does not know, if actors
// publish that as an [UnhandledEvent]. What a test provokes, it takes:
// [ExpectDeadLetter], [ExpectUnhandled].
//
// Outside a bubble (see Time) what is still in a mailbox when the test ends is not
// judged: end with an expectation, or use a bubble.
//
// # Probes
//
// [Expect] wants the next message to be of a type, [ExpectEqual] to be equal to
// another; [ExpectInAnyOrder] takes several whose order is open, [ExpectIn] one out
// of what there is; [Fish] drops messages until the right one comes; [ExpectNone] and
// [ExpectNoneFor] want silence. [Probe.Request] and [Probe.Reply] send as the probe,
// so that answers come back to it; [Autopilot] replies while the test goes on.
// [Probe.Watch] with [Probe.ExpectTerminated] waits for the end of an actor. A probe
// that is stopped by [System.Stop] ends like an actor: its watchers are told, and what
// is sent to it becomes a dead letter.
//
// protoactor's Send and Respond name no sender. [Probe.Sender] is nil for what comes by
// them, [Probe.Reply] has nobody to answer, and failures show a question mark.
//
// Every expectation gives up after 5 s ([System.SetTimeout]) and prints what it
// waited for, what came instead, and the last messages of the whole system.
//
// # One actor by hand
//
// A [Behavior] runs one actor in the goroutine of the test, without a scheduler:
// each [Behavior.Run] returns when the actor has received the message, and what it
// did is there to be taken as typed effects, in order. Nothing of it leaves the
// actor: children are names without actors, and any PID will do as a neighbour.
//
//	waiter := testkit.NewBehavior(t, WaiterProps())
//	guest := actor.NewPID("hall", "guest")
//	waiter.RunFrom(guest, &Order{Dish: "soup"})
//
//	cook := testkit.ExpectEffect[testkit.Spawned](waiter).PID
//	testkit.ExpectEffect[testkit.Watched](waiter)
//	testkit.ExpectEffect[testkit.Forwarded](waiter)
//	testkit.ExpectNoEffects(waiter)
//
//	waiter.Terminate(cook) // the waiter hears of it
//
// The test is the system: it answers futures ([FutureRequested.Complete], or
// [Behavior.AnswerFutures] for an actor that waits in Receive), runs continuations
// ([Reentered.Run]) and time-outs ([Behavior.RunReceiveTimeout]), lets children end
// ([Behavior.Terminate]) and fail ([Behavior.FailChild]), and takes what the actor
// sent to itself out of its mailbox ([Behavior.RunNext]). A panic is the effect
// [Panicked], after which the test calls Restart, Resume or Stop; a test that does
// not take it fails. Effects that nobody takes do not.
//
// It shows what an actor does with one message, where a [Probe] shows what comes of
// it among others: supervision, mailboxes and the order of messages are for the
// other parts of the kit.
//
// # Time
//
// Actors run inside a bubble of testing/synctest, where time is virtual and
// moves when everybody waits. The system must be made in the bubble:
//
//	synctest.Test(t, func(t *testing.T) {
//		sys := testkit.NewSystem(t)
//		doctor := testkit.NewProbe(t, sys)
//		testkit.Spawn(t, sys, HeartProps(doctor.PID(), 10*time.Minute))
//
//		testkit.ExpectNone(doctor) // nothing yet: the bubble is at rest
//		testkit.ExpectAt[*Beat](doctor, 10*time.Minute)
//		sys.Advance(9 * time.Minute) // costs no time
//		testkit.ExpectNone(doctor)
//		testkit.ExpectAt[*Beat](doctor, 20*time.Minute)
//	})
//
// There, [ExpectNone] and [ExpectNoneFor] prove that nothing came, [ExpectAt] wants a
// message at a moment, and time-outs are virtual too. [System.Advance] moves the time.
//
// Not everything works in a bubble. The way around it is
//
//   - for actor.Bounded, which spins when it is full, so that the bubble never comes
//     to rest: a mailbox that parks its senders on channels;
//   - for SetReceiveTimeout and the time-outs of futures, which the race detector
//     reports, inside and outside: a time.AfterFunc that sends the actor a message,
//     and that is stopped with it;
//   - for the network and for a mutex that is held for long, which do not count as
//     waiting: a fake behind a small interface, and net.Pipe;
//   - for channels and timers kept in package variables, which belong to no bubble or
//     to another: make them in the test.
//
// # Supervision
//
// protoactor restarts an actor that panics and says little of it. A [Supervisor]
// gives the answers that the test chooses, one after the other or by a function
// ([Supervisor.Decide]), and keeps each [Failure]:
//
//	boss := testkit.NewSupervisor(t, sys, actor.RestartDirective, actor.StopDirective)
//	pid := testkit.SpawnUnder(t, sys, WorkerProps(), boss)
//	sys.Root.Send(pid, &Crash{})
//	failure := testkit.ExpectRestart(boss) // it is up again
//	sys.Root.Send(pid, &Crash{})
//	testkit.ExpectStop(boss) // it is gone, with its children
//
// [ExpectResume] and [ExpectFailure] are the others; [ExpectEscalation] wants what the
// supervision of the actor's own children did not settle. A mailbox may keep the
// message on which the actor failed and hand it out again: [ExpectRedelivery] waits
// for that. Those of protoactor lose it: [ExpectLost] proves it in a bubble.
//
// Where the actors under supervision are somebody's children, the supervisor goes
// into the props of their parent, with an eye on what becomes of them:
//
//	parent := ParentProps().Configure(actor.WithSupervisor(boss), boss.Observe())
//
// # Faults
//
// [Faults] make things go wrong on the n-th message of a type, in any actor that has
// their option, and count what they did:
//
//	faults := testkit.NewFaults(t)
//	testkit.PanicOn[*Deposit](faults, 3)
//	testkit.DuplicateOn[*Deposit](faults, 5)
//	testkit.DelayOn[*Withdrawal](faults, 1, time.Minute)
//	account := testkit.Spawn(t, sys, AccountProps().Configure(faults.Option()))
//
// There are [PanicOn], [FailOn] (a panic with an error of the test's), [DropOn],
// [DuplicateOn], [DelayOn] and [ReorderOn]. A fault that was planned and did not
// happen fails the test at its end, and so does a message that is withheld still:
// a test of a fault cannot pass without it. Messages of an actor's life count too:
// PanicOn[*actor.Started] fails its start.
//
// Delays run by the clock, so in a synctest bubble they cost no time. Faults work in
// a [Behavior], and in an [Exploration], whose test makes them anew each time with
// NewFaults(x) and ends with [Faults.Check]. There they happen as the actor takes
// the message, a copy is a step of its own, and what is delayed comes when time
// passes: wait for it with [Exploration.Until], since [Exploration.Rest] does not
// wait for time.
//
// # Memory
//
// [Allocated] counts what a function allocates, in the actors that it sends to as
// well; in a bubble it waits for them with synctest.Wait:
//
//	objects, bytes := testkit.Allocated(t, 1000, func() {
//		sys.Root.Send(account, deposit)
//		synctest.Wait()
//	})
//
// # Conformance
//
// Package [github.com/actorpipe/actorpipe/testkit/mailboxtest] is the contract of a
// mailbox as a suite that any actor.MailboxProducer can be put through:
//
//	func TestMailbox(t *testing.T) {
//		mailboxtest.RunBounded(t, func(capacity int) actor.MailboxProducer { ... })
//	}
//
// # Exploration
//
// What goes wrong in one interleaving of a million is found by trying many.
// [Explore] runs a test in schedules that a seed decides: which actor takes its
// next message, which goroutine goes on, what is drawn, when time passes.
//
//	func TestDepositsAddUp(t *testing.T) {
//		testkit.Explore(t, 1000, func(x *testkit.Exploration) {
//			total := 0
//			account := x.Spawn("account", AccountProps(&total))
//			for i := range 2 {
//				clerk := x.Spawn(fmt.Sprint("clerk-", i), ClerkProps(account))
//				x.System().Root.Send(clerk, &Deposit{Amount: 1})
//			}
//			x.Rest("all is done")
//			if total != 2 {
//				x.Errorf("the total is %d after 2 deposits", total)
//			}
//		})
//	}
//
// Of the first seeds that fail, the one with the fewest steps is printed with its last
// steps, and replays exactly:
//
//	go test -run '^TestDepositsAddUp$' -testkit.seed=2
//
// shows all steps, the messages taken, and what the test says with Logf. An actor that
// panics, an [UnhandledEvent] and a dead letter do not fail a schedule by themselves, as
// the last two do the test of a [System]: the replay shows each as a line, and [Explore]
// says how a test has them fail.
//
// For a replay, everything that could happen in another order must be a step or come of
// one. The neighbours that a test stands in for call [Exploration.Step] where they would
// be slow, draw with [Exploration.IntN] what they answer, and wait with
// [Exploration.Until] for what others are to do. What the code under test begins by
// itself, such as a goroutine, is reached by what it calls. Go's select chooses at
// random between channels that are ready together, and a range over a map has any
// order: code that is to replay lets neither decide.
//
// The seam is the dispatcher, so any mailbox works. One that parks senders asks an
// [Exploration.Scheduler] which of them goes first.
//
// # What not to do
//
// A message sent as a value where its receiver switches on a pointer is ignored
// in silence by protoactor; the kit says so only where a probe expected it. Have
// actors publish what they do not know.
//
// Do not sleep to let an actor finish: expect what it sends, or use a bubble. Outside
// of one [ExpectNoneFor] costs the time it waits and proves little.
//
// Do not expect in a goroutine other than the test's, or in an actor: a failed
// expectation calls FailNow. Do not change a message that was sent, not even in a
// test: probes keep the pointer, and failures print it.
//
// Do not share a System among tests, nor make it outside of the bubble that uses it.
// Do not mock the actors of your program: spawn them, and put probes around them.
package testkit
