package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/actorpipe/actorpipe/config"
)

// The variants. nameActorpipe is a program of its own.
const (
	nameActorpipe = "actorpipe"
	nameChannels  = "channels"
	nameBare      = "bare"
	nameNaive     = "naive"
	namePrebuilt  = "prebuilt"
)

// variantNames are all variants, in the order of the table.
func variantNames() []string {
	return []string{nameActorpipe, nameChannels, nameBare, nameNaive, namePrebuilt}
}

// job is a variant in its process.
type job struct {
	conf    *config.Config
	records int // that there are
	log     *slog.Logger
	used    func() // the usage begins here, not at the start of the process
}

// jobs are the variants that are part of this program. Each moves records until
// ctx is done, then ends what it has begun; an error is one that it met before.
var jobs = map[string]func(ctx context.Context, j *job) error{
	nameChannels: runChannels,
	nameBare:     runBare,
	nameNaive:    runNaive,
	namePrebuilt: runPrebuilt,
}

// usage is what a variant says of itself at its end.
type usage struct {
	Mallocs, Bytes uint64        // allocated on the heap
	CPU            time.Duration // 0: that of the whole process
	Goroutines     uint64        // at its end; 0: not known
}

// variantCommand is the process of a variant, which ends by SIGTERM.
func variantCommand() *cobra.Command {
	var path string
	var records int
	c := &cobra.Command{Use: "variant NAME", Hidden: true, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		run, ok := jobs[args[0]]
		if !ok {
			return fmt.Errorf("there is no variant %q", args[0])
		}
		conf, err := config.Load([]string{path})
		if err != nil {
			return err
		}
		u, err := measured(c.Context(), run, &job{conf: conf, records: records, log: slog.New(slog.NewJSONHandler(c.ErrOrStderr(), nil))})
		if err != nil {
			return err
		}
		return json.NewEncoder(c.OutOrStdout()).Encode(u)
	}}
	c.Flags().StringVarP(&path, "config", "c", "", "")
	c.Flags().IntVar(&records, "records", 0, "")
	return c
}

// measured runs a variant, and says what it had used when ctx was done.
func measured(ctx context.Context, run func(context.Context, *job) error, j *job) (usage, error) {
	var before, after usage
	j.used = func() { before = used() }
	taken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		after = used()
		close(taken)
	})
	if err := run(ctx, j); err != nil {
		return usage{}, err
	}
	if stop() { // run has heard of the end first
		after = used()
	} else {
		<-taken
	}
	if before.CPU == 0 {
		after.CPU = 0
	}
	return usage{Mallocs: after.Mallocs - before.Mallocs, Bytes: after.Bytes - before.Bytes, CPU: after.CPU - before.CPU}, nil
}

// used is what this process has used so far.
func used() usage {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // fails for a bad address only
	return usage{Mallocs: m.Mallocs, Bytes: m.TotalAlloc, CPU: cpuOf(&r)}
}

// cpuOf is user and system time.
func cpuOf(r *syscall.Rusage) time.Duration {
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
