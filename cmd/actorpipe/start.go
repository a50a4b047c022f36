package main

import (
	"fmt"
	"os"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/asynkron/protoactor-go/actor"
	"github.com/spf13/cobra"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/messages"
)

func startCommand(s *signals) *cobra.Command {
	var paths []string
	c := &cobra.Command{
		Use:   "start -c FILE",
		Short: "Run the pipeline until a signal drains it",
		Long: "start runs the pipeline until SIGTERM, SIGINT or SIGHUP, which drain it: everything that was read is\n" +
			"written and committed, within shutdown_grace. A second signal ends it at once.\n\n" +
			"It exits 0 when it was stopped and everything is drained, 1 after a fatal error (the last line says\n" +
			"what to fix), and 78 where the configuration is bad.",
		Example: "  actorpipe start -c config.hcl\n  actorpipe start -c /etc/actorpipe -c local.hcl",
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return start(s, paths, nil) },
	}
	configFlag(c, &paths)
	must(c.MarkFlagRequired("config"))
	return c
}

// start runs a pipeline to its end. spawn stands around the spawns of its actors,
// where it is not nil.
func start(s *signals, paths []string, spawn actor.SpawnMiddleware) error {
	conf, err := config.Load(paths)
	if err != nil {
		return fatal(err)
	}
	log := newLog(conf.Log)
	log.Info("actorpipe starts", "version", versionText(), "config", paths)
	a, err := assemble(conf, log, spawn)
	if err != nil {
		return fatal(err)
	}
	defer a.close()
	a.limiter = newLimiter(os.LookupEnv, memlimit.FromCgroup, log)
	if a.page != "" {
		log.Info("page, metrics and probes", "at", a.page)
	}
	if err := a.run(s.drain, s.force); err != nil {
		log.Error("actorpipe ends: " + err.Error())
		return &failure{err: err, code: exitFatal, said: true}
	}
	topics, _ := a.pipeline.Books().Read()
	log.Info("actorpipe ends: " + ending(topics))
	return nil
}

// ending says how a run ended in which nothing failed. Records are returned when
// their claim is lost, or the drain begins before they have room in a mailbox.
func ending(topics []messages.TopicReport) string {
	var returned int64
	for i := range topics {
		returned += topics[i].Returned
	}
	if returned == 0 {
		return "everything is drained"
	}
	return fmt.Sprintf("drained, but %d records were returned unwritten: whoever reads their partitions next reads them again", returned)
}

// must panics where a command is put together wrongly.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
