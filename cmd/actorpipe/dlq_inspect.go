package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/dlq"
)

// inspectFlags are what inspect can be told.
type inspectFlags struct {
	entryFilter
	config []string
	limit  int
	asJSON bool
}

// shownEntries is how many entries the table has by default.
const shownEntries = 20

func inspectCommand() *cobra.Command {
	f := &inspectFlags{}
	c := &cobra.Command{
		Use:   "inspect -c FILE | PATH...",
		Short: "Show the records that were refused, and count them by reason",
		Long: "inspect shows the newest entries of the DLQ as a table, and counts all of them by reason, where texts in\n" +
			"quotes and numbers make no difference. With -c it reads all that the DLQ of that configuration has: its\n" +
			"topic, the files that were rotated, and the file in use. With PATHs it reads just these files. It changes\n" +
			"nothing, takes no lock, and can be used while start runs.\n\n" +
			"It exits 0, or 1 where something cannot be read or a line is no entry.",
		Example: "  actorpipe dlq inspect -c config.hcl --since 24h\n" +
			"  actorpipe dlq inspect actorpipe-dlq.ndjson --topic users --json | jq -r .value",
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(c, args); err != nil {
				return err
			}
			return fatal(inspect(c.Context(), f, args, c.OutOrStdout(), c.ErrOrStderr()))
		},
	}
	configFlag(c, &f.config)
	f.flags(c.Flags())
	c.Flags().IntVar(&f.limit, "limit", shownEntries, "how many entries are shown at most, the last ones; 0: all")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print the entries as they are, one a line, all of them unless --limit says otherwise, and no counts")
	return c
}

// check reads the flags; an error is one of usage.
func (f *inspectFlags) check(c *cobra.Command, args []string) error {
	switch {
	case len(f.config) == 0 && len(args) == 0:
		return errors.New("name a configuration with -c, or files of entries")
	case len(f.config) > 0 && len(args) > 0:
		return errors.New("name a configuration with -c, or files of entries, not both")
	case f.limit < 0:
		return errors.New("--limit must not be negative")
	}
	if f.asJSON && !c.Flags().Changed("limit") {
		f.limit = 0
	}
	return f.entryFilter.check(time.Now())
}

// inspect reads entries one by one. It holds no more of them than are to be shown.
func inspect(ctx context.Context, f *inspectFlags, paths []string, out, diag io.Writer) (err error) {
	var conf *config.Config
	if len(paths) == 0 {
		if conf, err = config.Load(f.config); err != nil {
			return err
		}
	}
	all, _, err := openEntries(ctx, conf, paths, openFreely)
	if err != nil {
		return err
	}
	defer closeEntries(all)
	buffered := bufio.NewWriter(out)
	show := newListing(f, buffered)
	wrong := newWrongLines(diag)
	for _, e := range all {
		if err := show.read(ctx, e, wrong); err != nil {
			return errors.Join(err, buffered.Flush())
		}
	}
	if err := errors.Join(show.end(), buffered.Flush()); err != nil {
		return fmt.Errorf("print the entries: %w", err)
	}
	return wrong.check()
}

// read reads the entries of one file or topic.
func (s *listing) read(ctx context.Context, e entries, wrong *wrongLines) error {
	number := 0
	return e.read(ctx, func(l dlq.Line, _ int64) error {
		number++
		switch {
		case errors.Is(l.Err, dlq.ErrTorn): // it may just be being written
		case l.Err != nil:
			wrong.note(e.name, number, l.Err)
		default:
			return s.add(&l)
		}
		return nil
	})
}

// wrongLines counts what is no entry, and says where the first are.
type wrongLines struct {
	diag io.Writer
	n    int
}

// saidLines is how many lines that are no entries are named.
const saidLines = 5

func newWrongLines(diag io.Writer) *wrongLines { return &wrongLines{diag: diag} }

func (w *wrongLines) note(name string, number int, err error) {
	if w.n++; w.n <= saidLines {
		fmt.Fprintf(w.diag, "%s:%d: no entry: %v\n", name, number, err)
	}
}

// check is an error if there were any.
func (w *wrongLines) check() error {
	if w.n == 0 {
		return nil
	}
	return fmt.Errorf("lines that are no entries: %d", w.n)
}
