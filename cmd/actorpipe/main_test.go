package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets tests and scripts run this binary as the command actorpipe, in a
// process of its own. There is no goleak for the package: the command ends its
// process. TestFatalErrorWithASilentBroker looks for leaks of the assembled
// pipeline, the rooms' own tests for theirs.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"actorpipe":         func() { os.Exit(run()) },
		"actorpipe-sandbox": serveSandbox,
	})
}
