package main

import (
	"context"
	_ "embed" // of what profiles
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// profileSettings are what the flags of the profile command say.
type profileSettings struct {
	settings
	keep string // folder for the profiles; empty: none
}

// profileCommand says where the time goes.
func profileCommand() *cobra.Command {
	var s profileSettings
	c := &cobra.Command{
		Use:   "profile",
		Short: "Say where actorpipe's CPU and allocations go, and where it waits",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return profileRun(c.Context(), &s, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.IntVar(&s.records, "records", 3_300_000, "records of each run, one of 11 a user, the others tweets")
	s.sourceFlags(f)
	f.StringVar(&s.plots, "plots", "", "draw where the time goes into `FOLDER`, as docs/performance")
	f.StringVar(&s.keep, "keep", "", "leave cpu.pprof, allocs.pprof, mutex.pprof and block.pprof in `FOLDER`, for go tool pprof")
	return c
}

// profileRun profiles, and shows what the time was spent on.
func profileRun(ctx context.Context, s *profileSettings, out, diag io.Writer) error {
	s.rounds, s.variants = 1, []string{nameActorpipe}
	if err := s.check(); err != nil {
		return err
	}
	r, err := s.measure(ctx, diag)
	if err != nil {
		return err
	}
	if err := r.writeTable(out); err != nil {
		return err
	}
	if err := writeJSON(r, s.json, out); err != nil {
		return err
	}
	return r.writePlot(s.plots)
}

// measure fills a broker, builds actorpipe so that it profiles itself, and runs it
// twice: for CPU and allocations, and for waits.
func (s *profileSettings) measure(ctx context.Context, diag io.Writer) (*profileResults, error) {
	fmt.Fprintf(diag, "filling the topics with %d records\n", s.records)
	w, err := newWorld(ctx, &s.settings)
	if err != nil {
		return nil, err
	}
	defer w.close(ctx)
	folder := s.keep
	if folder == "" {
		folder = w.source().dir
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // profiles of no secrets
		return nil, err
	}
	fmt.Fprintln(diag, "building actorpipe")
	m := &measuring{settings: &s.settings, world: w, diag: diag}
	if m.actorpipe, err = buildProfiled(ctx, w.source().dir, s.buildFlags); err != nil {
		return nil, err
	}
	m.beforeEnd = func(ctx context.Context, p *process) error { return writtenProfiles(ctx, p, folder) }
	for _, waits := range []string{"", "yes"} {
		m.environment = []string{"BENCH_PROFILES=" + folder, "BENCH_PROFILE_WAITS=" + waits}
		o, err := m.once(ctx, nameActorpipe)
		if err != nil {
			return nil, err
		}
		if err := m.all(nameActorpipe, o.holds); err != nil {
			return nil, err
		}
	}
	return newProfileResults(&s.settings, folder)
}

//go:embed testdata/profiled.go
var profiled []byte

// buildProfiled builds actorpipe with a file more, which profiles it.
func buildProfiled(ctx context.Context, dir string, flags []string) (path string, err error) {
	const program = "github.com/actorpipe/actorpipe/cmd/actorpipe"
	where, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", program).Output()
	if err != nil {
		return "", fmt.Errorf("look for the program: %w", err)
	}
	file := filepath.Join(dir, "profiled.go")
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(strings.TrimSpace(string(where)), "profiled.go"): file}})
	if err != nil {
		return "", err
	}
	list := filepath.Join(dir, "overlay.json")
	if err := errors.Join(os.WriteFile(file, profiled, 0o600), os.WriteFile(list, overlay, 0o600)); err != nil {
		return "", err
	}
	return buildActorpipe(ctx, dir, append([]string{"-overlay", list}, flags...))
}

// writtenProfiles has a process write its profiles, and waits until they are whole.
func writtenProfiles(ctx context.Context, p *process, folder string) error {
	if err := p.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		return err
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-look.C:
			if _, err := os.Stat(filepath.Join(folder, "written.pprof")); err == nil {
				return os.Remove(filepath.Join(folder, "written.pprof"))
			}
		case <-p.ended:
			return errEnded
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
