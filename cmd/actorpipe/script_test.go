package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// TestScript runs the program as people do. A script finds the files of
// testdata/config in its folder. They name $BROKER, $SINK and $LISTEN, free
// addresses that belong to the script and where the commands of world, below,
// put something; $DLQ; and $GROUP: a start after one that was cut off waits for
// the end of its session, unless the script gives it a group of its own.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", Setup: setUp, RequireExplicitExec: true, RequireUniqueNames: true,
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"broker":   do((*world).startBroker),
			"sink":     do((*world).startSink),
			"fault":    do((*world).fault),
			"bulk":     do((*world).bulk),
			"indexed":  do((*world).indexed),
			"users":    do((*world).users),
			"database": do((*world).database),
			"listen":   do((*world).listen),
			"ready":    do((*world).ready),
			"exits":    do((*world).exits),
			"signal":   do((*world).signal),
			"exited":   do((*world).exited),
			"keys":     do((*world).keys),
			"fields":   do((*world).fields),
			"lines":    do((*world).lines),
			"topic":    do((*world).topic),
			"record":   do((*world).record),
			"ends":     do((*world).ends),
			"drop":     do((*world).drop),
			"document": do((*world).document),
		},
	})
}

// patience is how long a script waits for something to happen.
const patience = 30 * time.Second

// world is what a script's processes live in.
type world struct {
	*testscript.TestScript
	env   *testscript.Env
	sink  *sandbox.Sink
	seen  int64     // bulk requests of which the script knows
	ended *exec.Cmd // the process that was signalled
}

func setUp(env *testscript.Env) error {
	env.Values["world"] = &world{env: env}
	for _, name := range []string{"BROKER", "SINK_HOST", "LISTEN", "LISTEN2"} {
		address, err := sandbox.FreeAddress()
		if err != nil {
			return err
		}
		env.Setenv(name, address)
	}
	env.Setenv("GROUP", "scripts")
	env.Setenv("DLQ", "dlq.ndjson")
	env.Setenv("SINK", "http://"+env.Getenv("SINK_HOST"))
	return os.CopyFS(env.WorkDir, os.DirFS("testdata/config"))
}

// do makes a command of a method: its error fails the script. No command takes "!".
func do(method func(w *world, args []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		w := ts.Value("world").(*world)
		w.TestScript = ts
		if neg {
			ts.Fatalf("this command cannot be negated")
		}
		ts.Check(method(w, args))
	}
}

// startBroker is: broker TOPIC...
func (w *world) startBroker(topics []string) error {
	_, port, err := net.SplitHostPort(w.Getenv("BROKER"))
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	s := sandbox.BrokerSettings{Topics: map[string]int32{}, Options: []kfake.Opt{kfake.Ports(number)}}
	for _, topic := range topics {
		s.Topics[topic] = 2
	}
	b, err := sandbox.StartBroker(s)
	if err != nil {
		return err
	}
	w.env.Defer(b.Close)
	return nil
}

// startSink is: sink
func (w *world) startSink([]string) (err error) {
	if w.sink, err = sandbox.StartSink(sandbox.SinkSettings{Listen: w.Getenv("SINK_HOST")}); err == nil {
		w.env.Defer(func() { _ = w.sink.Close() })
	}
	return err
}

// fault is: fault none|slow|hang|401|503|foreign, or: fault item STATUS TYPE
func (w *world) fault(args []string) error {
	var f sandbox.Faults
	switch args[0] {
	case "none":
	case "slow":
		f.Delay = 200 * time.Millisecond
	case "hang":
		f.Delay = time.Hour
	case "401":
		f.Intercept = sandbox.Answer(http.StatusUnauthorized, `{"error":{"type":"security_exception","reason":"unable to authenticate"},"status":401}`)
	case "503":
		f.Intercept = sandbox.Answer(http.StatusServiceUnavailable, `{"error":{"type":"no_master","reason":"not yet"},"status":503}`)
	case "foreign":
		f.Intercept = sandbox.AnswerPlain(http.StatusOK, "{}")
	case "item":
		status, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		f.Item = func(string, string, string) sandbox.Refusal {
			return sandbox.Refusal{Status: status, Type: args[2], Reason: "as the script has it"}
		}
	default:
		return fmt.Errorf("unknown fault %q", args[0])
	}
	w.seen = w.sink.Requests()
	w.sink.SetFaults(f)
	return nil
}

// users is: users N, which go into the topic of that name
func (w *world) users(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	return sandbox.Fill(context.Background(), sandbox.FillSettings{
		Brokers: []string{w.Getenv("BROKER")}, Generator: sandbox.NewGenerator(1, n), Users: sandbox.FillTopic{Topic: "users", Count: n},
	})
}

// bulk is: bulk; it waits until a bulk request has come since the last fault or
// bulk.
func (w *world) bulk([]string) error {
	defer func() { w.seen = w.sink.Requests() }()
	return w.await("a bulk request", func() bool { return w.sink.Requests() > w.seen })
}

// indexed is: indexed INDEX N; it waits until the index has so many documents.
func (w *world) indexed(args []string) error {
	return w.await("so many documents", func() bool { return strconv.Itoa(w.sink.Count(args[0])) == args[1] })
}

// database is: database city|country FILE
func (w *world) database(args []string) error {
	path := w.MkAbs(args[1])
	if args[0] == "city" {
		return sandbox.WriteDatabase(path)
	}
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-Country", RecordSize: 24})
	if err != nil {
		return err
	}
	_, network, err := net.ParseCIDR("1.0.0.0/8")
	if err != nil {
		return err
	}
	if err := tree.Insert(network, mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String("AU")}}); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = tree.WriteTo(file)
	return errors.Join(err, file.Close())
}

// listen is: listen, which takes the address that monitor.listen names.
func (w *world) listen([]string) error {
	l, err := net.Listen("tcp", w.Getenv("LISTEN"))
	if err == nil {
		w.env.Defer(func() { _ = l.Close() })
	}
	return err
}

// ready is: ready STATUS REGEXP; it waits until /ready answers so.
func (w *world) ready(args []string) error {
	want := regexp.MustCompile(args[1])
	last := ""
	err := w.await("this answer of /ready", func() bool {
		resp, err := http.Get("http://" + w.Getenv("LISTEN") + "/ready")
		if err != nil {
			last = err.Error()
			return false
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body) // what came is looked at
		last = fmt.Sprintf("%d %s", resp.StatusCode, body)
		return strconv.Itoa(resp.StatusCode) == args[0] && want.Match(body)
	})
	if err != nil {
		return fmt.Errorf("%w; last: %s", err, last)
	}
	return nil
}

// exits is: exits CODE PROGRAM ARGS...
func (w *world) exits(args []string) error {
	err := w.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	code := 0
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		return err
	}
	return wantCode(args[0], code)
}

// signal is: signal TERM|INT|HUP, to the one process in the background.
func (w *world) signal(args []string) error {
	w.ended = w.BackgroundCmds()[0]
	return w.ended.Process.Signal(map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt, "HUP": syscall.SIGHUP}[args[0]])
}

// exited is: exited CODE, of the process that was signalled; after wait.
func (w *world) exited(args []string) error {
	return wantCode(args[0], w.ended.ProcessState.ExitCode())
}

func wantCode(want string, code int) error {
	if got := strconv.Itoa(code); got != want {
		return fmt.Errorf("exit code %s, want %s", got, want)
	}
	return nil
}

// keys is: keys FILE KEY...; the file is one JSON object with just these keys.
func (w *world) keys(args []string) error {
	object, err := w.object(args[0])
	if err != nil {
		return err
	}
	got := slices.Sorted(maps.Keys(object))
	if want := slices.Sorted(slices.Values(args[1:])); !slices.Equal(got, want) {
		return fmt.Errorf("keys %q, want %q", got, want)
	}
	return nil
}

// fields is: fields FILE KEY VALUE...; values are JSON.
func (w *world) fields(args []string) error {
	object, err := w.object(args[0])
	if err != nil {
		return err
	}
	for pair := range slices.Chunk(args[1:], 2) {
		if got := string(object[pair[0]]); got != pair[1] {
			return fmt.Errorf("%s is %s, want %s", pair[0], got, pair[1])
		}
	}
	return nil
}

func (w *world) object(file string) (object map[string]json.RawMessage, err error) {
	return object, json.Unmarshal([]byte(w.ReadFile(file)), &object)
}

// await polls until done; after patience it is an error.
func (w *world) await(what string, done func() bool) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for !done() {
		select {
		case <-poll.C:
		case <-deadline.C:
			return fmt.Errorf("not within %v: %s", patience, what)
		}
	}
	return nil
}
