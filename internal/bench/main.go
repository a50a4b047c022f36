package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run()) }

// run is main with deferred calls: it returns the exit code.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := rootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

// rootCommand is the bench. Its subcommands are the processes that it starts.
func rootCommand() *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:           "bench",
		Short:         "Measure actorpipe against channels, a bare loop and a naive one",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(c *cobra.Command, _ []string) error {
			return bench(c.Context(), &s, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	s.flags(c.Flags())
	c.AddCommand(latencyCommand(), scaleCommand(), profileCommand(), idsCommand(), brokerCommand(), fillCommand(), sinkCommand(), variantCommand(), clockCommand(), loadCommand())
	return c
}

// bench measures, and shows what was measured.
func bench(ctx context.Context, s *settings, out, diag io.Writer) error {
	if err := s.check(); err != nil {
		return err
	}
	results, err := measure(ctx, s, diag)
	if err != nil {
		return err
	}
	if err := writeTable(out, results); err != nil {
		return err
	}
	if err := results.writeJSON(s.json, out); err != nil {
		return err
	}
	if err := writePlots(s.plots, results); err != nil {
		return err
	}
	return s.limits.judge(results)
}
