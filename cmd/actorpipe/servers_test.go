package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// servers are a Kafka and perhaps an Elasticsearch of the tests' own, which they
// may stop. They are next to the stack that the other tests use, with ports and
// data of their own, and use its downloads.
type servers struct {
	name      string // of their folder, behind that of the stack
	kafkaPort int    // of the first broker
	esPort    int
	brokers   int
	parts     []string // what there is of them
	running   bool
}

// Starting servers takes longer than most tests. The first test that needs them
// starts them, the later ones find them, and TestMain stops them.
var (
	ownServers   = &servers{name: "faults", kafkaPort: 27092, esPort: 27200, brokers: 1, parts: []string{"kafka", "elasticsearch"}}
	threeBrokers = &servers{name: "three", kafkaPort: 25092, esPort: 25200, brokers: 3, parts: []string{"kafka"}}
)

// up starts the servers without data, unless an earlier test has.
func (v *servers) up(t testing.TB) {
	t.Helper()
	if v.running {
		return
	}
	start := time.Now()
	err := errors.Join(v.borrow(), v.run("wipe"))
	v.running = true // some may be, also after an error
	for _, part := range v.parts {
		if err == nil {
			err = v.run("up", part)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the servers %s started in %v", v.name, time.Since(start).Round(time.Second))
}

// stop stops them if a test has started them.
func (v *servers) stop() error {
	if !v.running {
		return nil
	}
	return v.run("wipe")
}

func stackFolder() string {
	home, _ := os.UserHomeDir() // without one the script says so
	return env("STACK_DIR", filepath.Join(home, ".cache", "actorpipe-stack"))
}

func (v *servers) folder() string { return stackFolder() + "-" + v.name }

// borrow lends the servers the stack's downloads; what it has not, they fetch.
// Elasticsearch has its settings among its programs, so it is a copy.
func (v *servers) borrow() error {
	if err := os.MkdirAll(v.folder(), 0o755); err != nil {
		return err
	}
	for pattern, how := range map[string]string{"kafka-*.*.*": "-rs", "elasticsearch-*.*.*": "-a"} {
		found, _ := filepath.Glob(filepath.Join(stackFolder(), pattern)) // the pattern is good
		for _, from := range found {
			to := filepath.Join(v.folder(), filepath.Base(from))
			if _, err := os.Lstat(to); err == nil {
				continue
			}
			if out, err := exec.Command("cp", how, from, to).CombinedOutput(); err != nil {
				return fmt.Errorf("borrow %s: %w: %s", from, err, out)
			}
		}
	}
	return nil
}

// run runs docker/stack on these servers, and returns when it is done: they are
// ready, or gone. It may be called by another goroutine than the test's.
func (v *servers) run(args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // past the end of a test
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join("..", "..", "docker", "stack"), args...)
	cmd.Env = append(os.Environ(),
		"STACK_DIR="+v.folder(), "ES_SECURITY=0", fmt.Sprintf("KAFKA_PORT=%d", v.kafkaPort), fmt.Sprintf("KAFKA_BROKERS=%d", v.brokers),
		fmt.Sprintf("ES_PORT=%d", v.esPort))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docker/stack %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// end sends a signal to a broker, numbered from 1, and waits for its end.
func (v *servers) end(t testing.TB, broker int, with syscall.Signal) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(v.folder(), fmt.Sprintf("kafka-%d.pid", broker)))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err == nil {
		err = syscall.Kill(pid, with)
	}
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the end of a broker", time.Minute, func() bool { return syscall.Kill(pid, 0) != nil })
}

// addresses are those of the brokers: for the tests, or, 300 above, those that
// clients behind a proxy are told.
func (v *servers) addresses(above int) (list []string) {
	for i := range v.brokers {
		list = append(list, fmt.Sprintf("127.0.0.1:%d", v.kafkaPort+above+i))
	}
	return list
}

func (v *servers) elasticsearch() string { return fmt.Sprintf("127.0.0.1:%d", v.esPort) }

// proxied is a stack of own servers behind proxies that spoil what goes through.
// The test itself reaches the servers directly.
type proxied struct {
	*stack
	servers *servers
	kafka   []*proxy // one for each broker
	sink    *proxy
}

// onProxies has proxies and no topics yet. It is skipped where the stack is not
// up, as other tests are.
func onProxies(t testing.TB, brokers *servers) *proxied {
	t.Helper()
	emptyStack(t, strings.Split(env("KAFKA_BROKERS_ADDR", "127.0.0.1:29092"), ","), env("ELASTICSEARCH_URL", "http://127.0.0.1:29200")).needed()
	ownServers.up(t)
	brokers.up(t)
	p := &proxied{
		stack:   emptyStack(t, brokers.addresses(0), "http://"+ownServers.elasticsearch()),
		servers: brokers,
		sink:    newProxy(t, "127.0.0.1:0", ownServers.elasticsearch()),
	}
	for i, inner := range brokers.addresses(200) {
		p.kafka = append(p.kafka, newProxy(t, brokers.addresses(300)[i], inner))
	}
	return p
}

// config writes the configuration of a member behind the proxies, with a DLQ of
// its own, and returns its path.
func (p *proxied) config(listen string) string {
	dir := p.t.TempDir()
	path := filepath.Join(dir, "config.hcl")
	p.must(os.WriteFile(path, fmt.Appendf(nil, `kafka {
  brokers = %s
  group   = %q
  topic %q { address = "RemoteAddress" }
  topic %q {}
}
geoip { database = %q }
elasticsearch {
  addresses = ["http://%s"]
  backoff { max = "2s" }
}
dlq "file" { path = %q }
monitor {
  listen   = %q
  interval = "1s"
}
log { level = "debug" }
`, list(p.servers.addresses(300)), p.groupName(), p.topic("tweets"), p.topic("users"), p.database, p.sink.address(),
		filepath.Join(dir, "dlq.ndjson"), listen), 0o600))
	return path
}
