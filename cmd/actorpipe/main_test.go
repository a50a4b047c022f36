package main

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	cmap "github.com/orcaman/concurrent-map"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets tests and scripts run this binary as the command actorpipe, in a
// process of its own. There is no goleak for the package: the command ends its
// process. TestFatalErrorWithASilentBroker looks for leaks of the assembled
// pipeline, the rooms' own tests for theirs.
func TestMain(m *testing.M) {
	testscript.Main(withServers{m}, map[string]func(){
		"actorpipe":           func() { os.Exit(run()) },
		"actorpipe-sabotaged": func() { os.Exit(runSabotaged()) },
	})
}

// withServers stops what tests have started of own servers after the last one.
type withServers struct{ *testing.M }

func (m withServers) Run() int {
	code := m.M.Run()
	if err := errors.Join(ownServers.stop(), threeBrokers.stop()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// TestRegistryHasTheShardsThatRunSets wants protoactor's maps to be those of the
// library that run makes small: otherwise that line does nothing.
func TestRegistryHasTheShardsThatRunSets(t *testing.T) {
	system := actor.NewActorSystem(actor.WithDeadLetterThrottleInterval(time.Nanosecond))
	defer system.Shutdown()
	if got := len(system.ProcessRegistry.LocalPIDs.LocalPIDs[0]); got != cmap.SHARD_COUNT {
		t.Errorf("a map of the registry has %d shards, want the library's %d", got, cmap.SHARD_COUNT)
	}
}
