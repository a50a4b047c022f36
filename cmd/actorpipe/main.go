// Command actorpipe moves JSON records from Kafka topics into Elasticsearch and
// adds GeoIP data on the way.
//
// main.go knows signals and exit codes; each other file is one subcommand, but
// for wire.go (configuration to clients to actor tree, and who closes what),
// logging.go and memory.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	cmap "github.com/orcaman/concurrent-map"
	"github.com/spf13/cobra"

	"github.com/actorpipe/actorpipe/config"
)

// The exit codes, an interface.
const (
	exitOK     = 0  // stopped as asked, everything drained
	exitFatal  = 1  // fatal error, imbalance, or grace spent
	exitUsage  = 2  // wrong usage
	exitConfig = 78 // bad configuration
)

func main() { os.Exit(run()) }

// run is main with deferred calls: it returns the exit code.
func run() int {
	// protoactor keeps its actors in 1,024 of these maps. With 32 shards each, as they
	// come, that is 65,000 objects for every collection to mark. It is set before the
	// first map is made: a map finds its shards by it.
	cmap.SHARD_COUNT = 1
	s := listen()
	defer s.close()
	return exitCode(rootCommand(s).ExecuteContext(s.drain))
}

// exitCode prints what a command ended with, unless it has, and returns its code.
func exitCode(err error) int {
	var problems config.Errors
	var failed *failure
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &failed):
		if !failed.said {
			fmt.Fprintln(os.Stderr, "actorpipe:", failed.err)
		}
		return failed.code
	case errors.As(err, &problems):
		fmt.Fprintln(os.Stderr, problems)
		return exitConfig
	default: // cobra's own errors are all about the command line
		fmt.Fprintf(os.Stderr, "actorpipe: %v\nRun 'actorpipe --help' for the commands, 'actorpipe COMMAND --help' for the flags of one.\n", err)
		return exitUsage
	}
}

// failure is an error of a command that was used rightly.
type failure struct {
	err  error
	code int
	said bool // printed already
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// fatal is the failure of a command, unless err says that all is well or what is
// wrong with the configuration.
func fatal(err error) error {
	var problems config.Errors
	if err == nil || errors.As(err, &problems) {
		return err
	}
	return &failure{err: err, code: exitFatal}
}

// signals turn the first SIGINT, SIGTERM or SIGHUP into the end of drain and the
// second into the end of force. The same signal again at once is no second: some
// supervisors signal a process and then its group.
type signals struct {
	drain, force context.Context
	close        func()
}

// sameSignal is how long a signal like the first is taken for it.
const sameSignal = 500 * time.Millisecond

func listen() *signals {
	drain, endDrain := context.WithCancel(context.Background())
	force, endForce := context.WithCancel(context.Background())
	heard := make(chan os.Signal, 2)
	signal.Notify(heard, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	closed, done := make(chan struct{}), make(chan struct{})
	go func() { // owned by close
		defer close(done)
		var first os.Signal
		var at time.Time
		for {
			select {
			case s := <-heard:
				switch {
				case first == nil:
					first, at = s, time.Now()
					endDrain()
				case s != first || time.Since(at) > sameSignal:
					endForce()
				}
			case <-closed:
				return
			}
		}
	}()
	return &signals{drain, force, func() {
		signal.Stop(heard)
		close(closed)
		<-done
		endDrain()
		endForce()
	}}
}

func rootCommand(s *signals) *cobra.Command {
	// --version is in cobra's own words: a template of ours would link text/template,
	// with which the linker keeps every exported method, 5 MB of them.
	root := &cobra.Command{
		Use:           "actorpipe",
		Short:         "Move JSON records from Kafka into Elasticsearch, with GeoIP data",
		Long:          "actorpipe moves JSON records from partitioned Kafka topics into Elasticsearch and adds\nGeoIP data on the way. Nothing is lost, nothing is stored twice, the slow stage is named.",
		Version:       versionText() + " " + builtBy(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(startCommand(s), validateCommand(), demoCommand(s), healthCommand(), dlqCommand(s), versionCommand())
	return root
}

// noArguments refuses arguments: whatever a command needs it takes by flags.
func noArguments(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case c.Flags().Lookup("config") != nil:
		return fmt.Errorf("%s takes no arguments: name the file with -c, as in %s -c %s", c.CommandPath(), c.CommandPath(), args[0])
	default:
		return fmt.Errorf("%s takes no arguments, but got %q", c.CommandPath(), args[0])
	}
}

// configFlag adds the flag that names configuration files.
func configFlag(c *cobra.Command, paths *[]string) {
	c.Flags().StringArrayVarP(paths, "config", "c", nil, "configuration `FILE`, or a directory with *.hcl files; repeat it for several")
	must(c.MarkFlagFilename("config", "hcl"))
}
