package testkit_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/google/go-cmp/cmp"

	"github.com/actorpipe/actorpipe/testkit"
)

var update = flag.Bool("update", false, "write the golden files anew")

// stage is what each failing test finds.
type stage struct {
	t     testing.TB
	sys   *testkit.System
	probe *testkit.Probe // named probe$1
	echo  *actor.PID     // named echo
	after chan struct{}  // closed once the system has ended
}

func (s *stage) send(messages ...any) {
	for _, m := range messages {
		s.sys.Root.Send(s.probe.PID(), m)
	}
}

// failures are wrong expectations. What they say is in testdata/failures.
var failures = map[string]func(s *stage){
	"another type": func(s *stage) {
		s.sys.Root.RequestWithCustomSender(s.probe.PID(), &ping{N: 1}, s.echo)
		s.send("more")
		s.probe.Request(s.echo, &ping{N: 7})
		synctest.Wait()
		testkit.Expect[*pong](s.probe)
	},
	"a value":             func(s *stage) { s.send(pong{}); testkit.Expect[*pong](s.probe) },
	"a pointer":           func(s *stage) { s.send(&pong{}); testkit.Expect[pong](s.probe) },
	"nil":                 func(s *stage) { s.send(nil); testkit.Expect[*pong](s.probe) },
	"a long message":      func(s *stage) { s.send(strings.Repeat("x", 999)); testkit.Expect[*pong](s.probe) },
	"all kinds of fields": func(s *stage) { s.send(newZoo(s.echo)); testkit.Expect[*pong](s.probe) },
	"nothing":             func(s *stage) { testkit.Expect[*pong](s.probe) },
	"nothing came back": func(s *stage) {
		s.probe.Request(s.echo, ping{N: 1}) // a value, where echo knows a pointer
		testkit.Expect[*pong](s.probe)
	},
	"nothing at all": func(s *stage) { s.sys.SetTimeout(time.Minute); s.probe.Receive() },
	"many messages": func(s *stage) {
		for n := range 12 {
			s.probe.Request(s.echo, &ping{N: n})
			synctest.Wait()
		}
		testkit.Expect[*ping](s.probe)
	},

	"none of them": func(s *stage) { s.send(1, 2); testkit.ExpectIn[*pong](s.probe) },
	"no such fish": func(s *stage) { s.send(1, 2); testkit.Fish(s.probe, func(n int) bool { return n > 2 }) },
	"some":         func(s *stage) { s.probe.Request(s.echo, &ping{N: 3}); testkit.ExpectNone(s.probe) },
	"some in time": func(s *stage) {
		s.probe.Request(s.echo, &late{After: time.Minute})
		testkit.ExpectNoneFor(s.probe, time.Minute)
	},
	"a living actor":               func(s *stage) { s.probe.Watch(s.echo); s.probe.ExpectTerminated(s.echo) },
	"an actor that nobody watches": func(s *stage) { s.sys.Stop(s.echo); s.probe.ExpectTerminated(s.echo) },
	"no sender":                    func(s *stage) { s.send(5); s.probe.Receive(); s.probe.Reply("thanks") },

	"an unequal message": func(s *stage) {
		s.sys.Root.RequestWithCustomSender(s.probe.PID(), &order{From: s.echo, Lines: []line{{"nuts", 2}, {"bolts", 4}}}, s.echo)
		testkit.ExpectEqual(s.probe, &order{From: s.echo, Lines: []line{{"nuts", 2}, {"bolts", 5}}})
	},
	"an unequal value":    func(s *stage) { s.send(pong{N: 1}); testkit.ExpectEqual(s.probe, &pong{N: 1}) },
	"nothing to compare":  func(s *stage) { testkit.ExpectEqual(s.probe, &pong{N: 1}) },
	"what is not visible": func(s *stage) { s.send(&secret{1}); testkit.ExpectEqual(s.probe, &secret{1}) },
	"one that is not in any order": func(s *stage) {
		s.send(&pong{N: 2}, &pong{N: 4}, "rest")
		testkit.ExpectInAnyOrder(s.probe, []any{"done", &pong{N: 1}, &pong{N: 2}})
	},
	"one that is missing in any order": func(s *stage) {
		s.send(&pong{N: 2})
		testkit.ExpectInAnyOrder(s.probe, []any{&pong{N: 1}, &pong{N: 2}})
	},

	"too early": func(s *stage) {
		s.probe.Request(s.echo, &late{After: time.Minute - 1})
		testkit.ExpectAt[*pong](s.probe, time.Minute)
	},
	"too late": func(s *stage) {
		s.probe.Request(s.echo, &late{After: time.Minute + 1})
		testkit.ExpectAt[*pong](s.probe, time.Minute)
	},
	"long ago": func(s *stage) {
		s.probe.Request(s.echo, &late{After: time.Second})
		s.sys.Advance(time.Minute)
		testkit.ExpectAt[*pong](s.probe, time.Minute)
	},
	"another type in time": func(s *stage) { s.send(pong{}); testkit.ExpectAt[*pong](s.probe, 0) },

	"no failure": func(s *stage) {
		testkit.ExpectFailure(testkit.NewSupervisor(s.t, s.sys, actor.StopDirective))
	},
	"no dead letter": func(s *stage) { testkit.ExpectDeadLetter[*ping](s.sys) },
	"a dead letter":  func(s *stage) { s.sys.Root.Send(s.echo, &ping{N: 4}) },
	"another dead letter": func(s *stage) {
		s.probe.Request(s.sys.ActorSystem.NewLocalPID("gone"), &pong{N: 1})
		testkit.ExpectDeadLetter[*ping](s.sys)
	},
	"no unhandled message": func(s *stage) { testkit.ExpectUnhandled[*ping](s.sys, s.echo) },
	"an unhandled message": func(s *stage) {
		s.probe.Request(testkit.SpawnNamed(s.t, s.sys, pickyProps(), "picky"), &ping{N: 4})
	},
	"another unhandled message": func(s *stage) {
		picky := testkit.SpawnNamed(s.t, s.sys, pickyProps(), "picky")
		s.probe.Request(picky, &ping{N: 4})
		testkit.ExpectUnhandled[*pong](s.sys, picky)
	},
	"an autopilot for nobody": func(s *stage) {
		testkit.Autopilot(s.probe, func(m *ping, _ *actor.PID) any { return &pong{N: m.N} })
		s.send(&ping{N: 6})
	},

	"a name in use": func(s *stage) { testkit.SpawnNamed(s.t, s.sys, echoProps(), "echo") },
	"an actor that stops too late": func(s *stage) {
		s.sys.Stop(testkit.SpawnNamed(s.t, s.sys, slowProps(7*time.Second, func() {}), "slow"))
	},
	"an actor that ends too late": func(s *stage) {
		testkit.SpawnNamed(s.t, s.sys, stuckProps(s.after), "stuck")
	},
	"a child that ends too late": func(s *stage) {
		testkit.SpawnNamed(s.t, s.sys, actor.PropsFromFunc(func(c actor.Context) {
			if _, ok := c.Message().(*actor.Started); ok {
				c.Spawn(stuckProps(s.after))
			}
		}), "parent")
	},
	"a goroutine that is left behind": func(s *stage) {
		testkit.SpawnNamed(s.t, s.sys, untidyProps(s.after), "untidy")
	},
	"an escalation without a target": func(s *stage) {
		boss := testkit.NewSupervisor(s.t, s.sys, actor.EscalateDirective)
		pid := testkit.SpawnNamed(s.t, s.sys, echoProps(actor.WithGuardian(boss)), "lone")
		s.sys.Root.Send(pid, &crash{Why: "fell"})
		testkit.ExpectFailure(boss)
	},
}

// TestWrongExpectationsSayWhy holds what each says to its golden file.
func TestWrongExpectationsSayWhy(t *testing.T) {
	for title, test := range failures {
		t.Run(title, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				after := make(chan struct{})
				defer func() {
					close(after)
					time.Sleep(time.Second) //nolint:forbidigo // virtual: protoactor's throttle of dead letters ends
				}()
				said := complaint(t, func(tb testing.TB) {
					s := &stage{t: tb, sys: testkit.NewSystem(tb), after: after}
					s.probe = testkit.NewProbe(tb, s.sys)
					s.echo = testkit.SpawnNamed(tb, s.sys, echoProps(), "echo")
					test(s)
				})
				checkGolden(t, filepath.Join("testdata/failures", strings.ReplaceAll(title, " ", "-")+".golden"), said+"\n")
			})
		})
	}
}

// place is where a goroutine is, which differs from machine to machine.
var place = regexp.MustCompile(`/\S*/(\w+\.go):\d+`)

func checkGolden(t *testing.T, path, got string) {
	t.Helper()
	got = place.ReplaceAllString(got, "$1")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("not as in %s (-want +got); go test -update writes it anew:\n%s", path, diff)
	}
}

// TestEveryGoldenFileIsOfAFailure finds those of tests that are no more.
func TestEveryGoldenFileIsOfAFailure(t *testing.T) {
	files, err := filepath.Glob("testdata/failures/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		title := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".golden"), "-", " ")
		if failures[title] == nil {
			t.Errorf("%s is of no failure", file)
		}
	}
}

// TestTimeIsRefusedOutsideOfABubble, where nothing could be proved.
func TestTimeIsRefusedOutsideOfABubble(t *testing.T) {
	for want, test := range map[string]func(s *testkit.System, p *testkit.Probe){
		"ExpectNone needs a system made in a synctest bubble: use ExpectNoneFor": func(_ *testkit.System, p *testkit.Probe) { testkit.ExpectNone(p) },
		"ExpectAt needs a system made in a synctest bubble":                      func(_ *testkit.System, p *testkit.Probe) { testkit.ExpectAt[*pong](p, 0) },
		"Advance needs a system made in a synctest bubble":                       func(s *testkit.System, _ *testkit.Probe) { s.Advance(0) },
	} {
		got := complaint(t, func(tb testing.TB) {
			sys := testkit.NewSystem(tb)
			test(sys, testkit.NewProbe(tb, sys))
		})
		if got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
}
