package main

import (
	"github.com/spf13/cobra"

	"github.com/actorpipe/actorpipe/config"
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
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := config.Load(paths)
			if err != nil {
				return fatal(err)
			}
			log := newLog(conf.Log)
			log.Info("actorpipe starts", "version", versionText(), "config", paths)
			a, err := assemble(conf, log)
			if err != nil {
				return fatal(err)
			}
			defer a.close()
			if a.page != "" {
				log.Info("page, metrics and probes", "at", a.page)
			}
			if err := a.run(c.Context(), s.force); err != nil {
				log.Error("actorpipe ends: " + err.Error())
				return &failure{err: err, code: exitFatal, said: true}
			}
			log.Info("actorpipe ends: everything is drained")
			return nil
		},
	}
	configFlag(c, &paths)
	must(c.MarkFlagRequired("config"))
	return c
}

// must panics where a command is put together wrongly.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
