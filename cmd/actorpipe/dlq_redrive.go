package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/dlq"
)

// redriveFlags are what redrive can be told.
type redriveFlags struct {
	entryFilter
	config []string
}

func redriveCommand(s *signals) *cobra.Command {
	f := &redriveFlags{}
	c := &cobra.Command{
		Use:   "redrive -c FILE [PATH...]",
		Short: "Send the records that were refused through the pipeline again",
		Long: "redrive sends the records of the DLQ through the same pipeline as start does: the same enrichment, the\n" +
			"same indices, and the ids that they would have had. So it can be used again and again: what is stored\n" +
			"already is a duplicate, and of an entity no older record overwrites a newer one. It uses neither the\n" +
			"consumer group nor monitor.listen, and can run beside start.\n\n" +
			"Without PATHs it reads all that the DLQ of the configuration has: its topic, the files that were rotated,\n" +
			"and the file in use; with PATHs just these files. A file that a running start writes to cannot be\n" +
			"redriven: stop that first, or name files that were rotated, or a copy. The topic can.\n\n" +
			"Nothing is removed from what is read. What is refused again goes to a new file beside the one of the\n" +
			"dlq block, named like it with .redrive- and the time in UTC behind it, which a redrive without PATHs does\n" +
			"not read. Remove or move away the files that are done with.\n\n" +
			"It exits 0 when every entry is accounted for (indexed, a duplicate, refused again and so on), and 1 where\n" +
			"one is not: its topic is not configured, the line is no entry, or the redrive was cut off.",
		Example: "  actorpipe dlq redrive -c config.hcl\n  actorpipe dlq redrive -c config.hcl --topic users actorpipe-dlq.ndjson.2026*",
		RunE: func(c *cobra.Command, paths []string) error {
			if err := f.check(time.Now()); err != nil {
				return err
			}
			return fatal(runRedrive(c.Context(), s.force, f, paths, c.OutOrStdout(), c.ErrOrStderr()))
		},
	}
	configFlag(c, &f.config)
	must(c.MarkFlagRequired("config"))
	f.flags(c.Flags())
	return c
}

// runRedrive prints the books to out and everything else to diag.
func runRedrive(ctx, force context.Context, f *redriveFlags, paths []string, out, diag io.Writer) error {
	conf, err := config.Load(f.config)
	if err != nil {
		return err
	}
	log := redriveLog(conf, diag)
	all, used, err := openEntries(ctx, conf, paths, openAlone)
	if err != nil {
		return err
	}
	defer closeEntries(all)
	again := &afresh{FileSettings: dlq.FileSettings{Path: conf.DLQ.Path + time.Now().UTC().Format(".redrive-20060102T150405Z"), MaxBytes: conf.DLQ.MaxBytes}}
	a := &assembly{}
	defer a.close()
	again.Condition = func(reason string) { a.pipeline.Condition(conditionDLQ, reason) }
	a.closeLater(func() { again.close(log) })
	if _, err := a.plant(conf, again, log); err != nil { //nolint:contextcheck // opening files blocks for no longer than the disk does
		return err
	}
	drain, finish := context.WithCancel(ctx)
	defer finish()
	r := newRedrive(conf, &f.entryFilter, all, a.pipeline, finish)
	r.wrong, r.used = newWrongLines(diag), used
	r.bar = newBar(all, diag)
	if err := a.runOn(drain, force, r.consume); err != nil {
		return errors.Join(err, r.print(out, again))
	}
	return errors.Join(r.print(out, again), r.check(ctx))
}

// redriveLog says less on a terminal, which has the bar.
func redriveLog(conf *config.Config, diag io.Writer) *slog.Logger {
	l := conf.Log
	if isTerminal(diag) {
		l.Level = max(l.Level, slog.LevelWarn)
	}
	return newLog(l)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// openAlone opens a file that nobody writes to, and keeps it so.
func openAlone(path string) (io.ReadCloser, int64, error) {
	source, err := dlq.OpenSource(path)
	switch {
	case errors.Is(err, dlq.ErrLocked):
		return nil, 0, fmt.Errorf("%w, and writes to it: stop that first, or name other files (those that were rotated are %s.2...), or a copy of it", dlq.ErrLocked, path)
	case err != nil:
		return nil, 0, err
	}
	return sized(source, source)
}
