package testkit_test

import (
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// faulty is an echo with faults, a probe that asks it, and its supervisor.
type faulty struct {
	*testkit.Faults
	sys   *testkit.System
	probe *testkit.Probe
	boss  *testkit.Supervisor
	echo  *actor.PID
}

func newFaulty(t testing.TB, plan func(f *testkit.Faults)) *faulty {
	t.Helper()
	f := &faulty{sys: testkit.NewSystem(t), Faults: testkit.NewFaults(t)}
	f.probe, f.boss = testkit.NewProbe(t, f.sys), testkit.NewSupervisor(t, f.sys, actor.RestartDirective)
	plan(f.Faults)
	f.echo = testkit.Spawn(t, f.sys, echoProps(f.Option(), actor.WithGuardian(f.boss)))
	return f
}

func (f *faulty) ask(numbers ...int) {
	for _, n := range numbers {
		f.probe.Request(f.echo, &ping{N: n})
	}
}

// answers are all that have come by now.
func (f *faulty) answers() (numbers []int) {
	synctest.Wait()
	end := &crash{}
	f.sys.Root.Send(f.probe.PID(), end)
	for m := f.probe.Receive(); m != any(end); m = f.probe.Receive() {
		numbers = append(numbers, m.(*pong).N)
	}
	return numbers
}

// TestFaultsHappen plans each kind on the second of four messages.
func TestFaultsHappen(t *testing.T) {
	full := errors.New("disk full")
	for name, c := range map[string]struct {
		plan   func(f *testkit.Faults)
		want   []int
		reason error
	}{
		"panic":     {func(f *testkit.Faults) { testkit.PanicOn[*ping](f, 2) }, []int{1, 3, 4}, testkit.ErrFault},
		"fail":      {func(f *testkit.Faults) { testkit.FailOn[*ping](f, 2, full) }, []int{1, 3, 4}, full},
		"drop":      {func(f *testkit.Faults) { testkit.DropOn[*ping](f, 2) }, []int{1, 3, 4}, nil},
		"duplicate": {func(f *testkit.Faults) { testkit.DuplicateOn[*ping](f, 2) }, []int{1, 2, 2, 3, 4}, nil},
		"delay":     {func(f *testkit.Faults) { testkit.DelayOn[*ping](f, 2, time.Minute) }, []int{1, 3, 4}, nil},
		"reorder":   {func(f *testkit.Faults) { testkit.ReorderOn[*ping](f, 2) }, []int{1, 3, 2, 4}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFaulty(t, c.plan)
				f.ask(1)
				if f.answers(); f.Done() || testkit.Injected[*ping](f.Faults) != 0 {
					t.Error("it is done before the second message")
				}
				f.ask(2, 3, 4)
				if got := append([]int{1}, f.answers()...); !slices.Equal(got, c.want) {
					t.Errorf("answers %v, want %v", got, c.want)
				}
				if !f.Done() || testkit.Injected[*ping](f.Faults) != 1 || testkit.Injected[*pong](f.Faults) != 0 {
					t.Error("it is not done after the second message")
				}
				if name == "delay" {
					time.Sleep(time.Minute) //nolint:forbidigo // virtual
					testkit.Expect[*pong](f.probe)
				}
				if c.reason != nil {
					err, _ := testkit.ExpectFailure(f.boss).Reason.(error)
					if !errors.Is(err, c.reason) || !errors.Is(err, testkit.ErrFault) {
						t.Errorf("failed with %v, want %v", err, c.reason)
					}
				}
			})
		})
	}
}

func TestDelayedMessagesComeInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFaulty(t, func(f *testkit.Faults) {
			testkit.DelayOn[*ping](f, 1, time.Minute)
			testkit.ReorderOn[*ping](f, 2)
			testkit.DropOn[*ping](f, 4) // which is not the one that comes back
		})
		f.sys.SetTimeout(time.Hour)
		start := time.Now()
		f.ask(1, 2, 3)
		got := []int{testkit.Expect[*pong](f.probe).N, testkit.Expect[*pong](f.probe).N, testkit.Expect[*pong](f.probe).N}
		if want := []int{3, 2, 1}; !slices.Equal(got, want) || time.Since(start) != time.Minute {
			t.Errorf("answers %v after %v, want %v after a minute", got, time.Since(start), want)
		}
		f.ask(4)
		testkit.ExpectNone(f.probe)
	})
}

// TestFaultsFollowOneAnother on one message, as far as each leaves one to the next.
func TestFaultsFollowOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFaulty(t, func(f *testkit.Faults) {
			testkit.ReorderOn[*ping](f, 1) // 1 comes after 2,
			testkit.DuplicateOn[any](f, 3) // which after *actor.Started is the third of all, and comes twice
			testkit.PanicOn[*ping](f, 4)
			testkit.DropOn[*ping](f, 5)
		})
		f.ask(1, 2, 3, 4, 5, 6)
		if got, want := f.answers(), []int{2, 2, 1, 3, 6}; !slices.Equal(got, want) {
			t.Errorf("answers %v, want %v", got, want)
		}
		if testkit.Injected[*ping](f.Faults) != 3 || testkit.Injected[any](f.Faults) != 1 {
			t.Error("the counts are wrong")
		}
	})
}

// TestReorderedMessagesSurvive the failure of the one that overtook them, and go to
// the actor whose they are.
func TestReorderedMessagesSurvive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFaulty(t, func(f *testkit.Faults) {
			testkit.ReorderOn[*ping](f, 1)
			testkit.PanicOn[*ping](f, 2)
			testkit.ReorderOn[*late](f, 1)
		})
		f.ask(1, 2)
		if got, want := f.answers(), []int{1}; !slices.Equal(got, want) {
			t.Errorf("answers %v, want %v", got, want)
		}
		other := testkit.Spawn(t, f.sys, actor.PropsFromFunc(func(actor.Context) {}, f.Option()))
		f.probe.Request(f.echo, &late{})
		synctest.Wait()
		f.probe.Request(other, &late{})
		testkit.Expect[*pong](f.probe)
	})
}

func TestWithheldMessagesOfTheDeadAreDeadLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFaulty(t, func(f *testkit.Faults) {
			testkit.DelayOn[*ping](f, 1, time.Minute)
			testkit.ReorderOn[*ping](f, 2)
			testkit.DelayOn[*late](f, 1, time.Second)
		})
		other := testkit.Spawn(t, f.sys, echoProps(f.Option()))
		f.ask(1, 2)
		f.probe.Request(other, &late{})
		synctest.Wait()
		f.sys.Stop(f.echo)
		for want := 1; want <= 2; want++ {
			if got := testkit.ExpectDeadLetter[*ping](f.sys); got.N != want {
				t.Errorf("dead letter %d, want %d", got.N, want)
			}
			testkit.Expect[*actor.DeadLetterResponse](f.probe) // the sender is kept
		}
		testkit.Expect[*pong](f.probe) // from who lives
	})
}

// TestFaultsInTheLifeOfAnActor fails the first start, and the restart that follows.
func TestFaultsInTheLifeOfAnActor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFaulty(t, func(f *testkit.Faults) {
			testkit.PanicOn[*actor.Started](f, 1)
			testkit.PanicOn[*actor.Restarting](f, 1)
		})
		testkit.ExpectFailure(f.boss)
		testkit.ExpectFailure(f.boss)
		f.ask(1)
		testkit.Expect[*pong](f.probe)
	})
}

// TestFaultsThatDoNotHappenFail wants what each says.
func TestFaultsThatDoNotHappenFail(t *testing.T) {
	for want, plan := range map[string]func(f *testkit.Faults){
		"a planned fault did not happen: drop *testkit_test.ping number 3, of which 2 came":      func(f *testkit.Faults) { testkit.DropOn[*ping](f, 3) },
		"a message is withheld at the end: reorder *testkit_test.ping number 2: ":                func(f *testkit.Faults) { testkit.ReorderOn[*ping](f, 2) },
		"a message is withheld at the end: delay *testkit_test.ping number 1: ":                  func(f *testkit.Faults) { testkit.DelayOn[*ping](f, 1, time.Hour) },
		"panic on *testkit_test.ping number 0: messages are counted from 1":                      func(f *testkit.Faults) { testkit.PanicOn[*ping](f, 0) },
		"a planned fault did not happen: duplicate *testkit_test.ping number 1, of which 2 came": func(f *testkit.Faults) { testkit.DropOn[*ping](f, 1); testkit.DuplicateOn[*ping](f, 1) },
	} {
		synctest.Test(t, func(t *testing.T) {
			said := complaint(t, func(tb testing.TB) {
				f := newFaulty(tb, plan)
				f.ask(1, 2)
				f.answers()
			})
			if !strings.HasPrefix(said, want) || strings.Contains(said, "\n") {
				t.Errorf("said %q, want %q", said, want)
			}
		})
	}
}

// TestFaultsThatDoNotHappenSayWhy wants the place of the plan, and what came instead.
func TestFaultsThatDoNotHappenSayWhy(t *testing.T) {
	for name, c := range map[string]struct {
		plan func(f *testkit.Faults)
		want string
	}{
		"too few":   {func(f *testkit.Faults) { testkit.PanicOn[*ping](f, 3) }, `number 3, of which 2 came; planned at faults_test\.go:\d+$`},
		"withheld":  {func(f *testkit.Faults) { testkit.ReorderOn[*ping](f, 2) }, `&\{N:2\}; planned at faults_test\.go:\d+$`},
		"a value":   {func(f *testkit.Faults) { testkit.DropOn[ping](f, 1) }, `drop testkit_test\.ping number 1, of which 0 came, but 2 \*testkit_test\.ping \(a pointer: expect \*testkit_test\.ping\); planned`},
		"a pointer": {func(f *testkit.Faults) { testkit.DropOn[*late](f, 1) }, `drop \*testkit_test\.late number 1, of which 0 came, but 1 testkit_test\.late \(a value: send a pointer\); planned`},
		"from 0":    {func(f *testkit.Faults) { testkit.DropOn[*ping](f, 0) }, `counted from 1; planned at faults_test\.go:\d+$`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				said := complaint(t, func(tb testing.TB) {
					f := newFaulty(tb, c.plan)
					f.ask(1, 2)
					f.probe.Request(f.echo, late{})
					f.answers()
				})
				if !regexp.MustCompile(c.want).MatchString(said) {
					t.Errorf("said %q, want %q", said, c.want)
				}
			})
		})
	}
}

func TestFaultsOfNoActorSaySo(t *testing.T) {
	said := complaint(t, func(tb testing.TB) { testkit.DropOn[*ping](testkit.NewFaults(tb), 1) })
	if want := "number 1: no actor has the option; planned at faults_test.go:"; !strings.Contains(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
}

// TestFaultsOfABehavior has a delayed message come by hand.
func TestFaultsOfABehavior(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		faults := testkit.NewFaults(t)
		testkit.DelayOn[*ping](faults, 1, time.Minute)
		testkit.PanicOn[*ping](faults, 2)
		b := testkit.NewBehavior(t, echoProps(faults.Option()))
		b.RunFrom(far("ada"), &ping{N: 1})
		testkit.ExpectNoEffects(b)
		b.RunFrom(far("ada"), &ping{N: 2})
		testkit.ExpectEffect[testkit.Panicked](b)
		b.Restart()
		time.Sleep(time.Minute) //nolint:forbidigo // virtual
		synctest.Wait()
		b.RunNext()
		if e := testkit.ExpectEffect[testkit.Responded](b); !reflect.DeepEqual(e.Message, &pong{N: 1}) || e.To.Id != "ada" {
			t.Errorf("the delayed message brought %v", e)
		}
	})
}

// losing has two clerks make a deposit each, one of which is faulty.
func losing(plan func(f *testkit.Faults)) func(x *testkit.Exploration) {
	return func(x *testkit.Exploration) {
		faults := testkit.NewFaults(x)
		plan(faults)
		root, last := x.System().Root, 0
		account := root.Spawn(x.Props(accountProps(func(n int) { last = n }).Configure(faults.Option())))
		root.Send(root.Spawn(x.Props(clerkProps(account))), &deposit{})
		<-time.After(time.Hour)
		x.Step("the second clerk comes")
		root.Send(root.Spawn(x.Props(clerkProps(account))), &deposit{})
		x.Rest("all is done")
		faults.Check()
		if last != 2 {
			x.Errorf("the balance is %d after 2 deposits", last)
		}
	}
}

// TestFaultsInAnExplorationAreRepeated wants the same steps at the same times.
func TestFaultsInAnExplorationAreRepeated(t *testing.T) {
	var mu sync.Mutex
	traces := map[uint64][]testkit.Step{}
	once := losing(func(f *testkit.Faults) {
		testkit.DelayOn[*read](f, 1, time.Minute)
		testkit.DuplicateOn[*write](f, 1)
	})
	twice := append(seeds(200), seeds(200)...)
	testkit.Replay(t, func(x *testkit.Exploration) {
		once(x)
		mu.Lock()
		defer mu.Unlock()
		if before, again := traces[x.Seed()]; again && !slices.Equal(before, x.Trace()) {
			x.Errorf("seed %d is another schedule the second time:\n%v\nwas:\n%v", x.Seed(), x.Trace(), before)
		}
		traces[x.Seed()] = x.Trace()
	}, twice...)
}

// TestFaultsInAnExploration wants all schedules to have the faults, and the seed of
// one that fails to say the same again.
func TestFaultsInAnExploration(t *testing.T) {
	testkit.Explore(t, 100, losing(func(f *testkit.Faults) {
		testkit.DelayOn[*read](f, 1, time.Minute)
		testkit.DuplicateOn[*write](f, 2)
	}))
	for want, plan := range map[string]func(f *testkit.Faults){
		"the balance is 1 after 2 deposits": func(f *testkit.Faults) { testkit.DropOn[*write](f, 1) },
		"a planned fault did not happen":    func(f *testkit.Faults) { testkit.DropOn[*write](f, 3) },
	} {
		report, seed := testkit.FirstFailure(t, losing(plan), seeds(10)...)
		if again, _ := testkit.FirstFailure(t, losing(plan), seed); !strings.Contains(report, want) || steps(again) != steps(report) {
			t.Errorf("said %q, and then %q, want %q", report, again, want)
		}
	}
}
