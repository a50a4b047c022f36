package main

import (
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"syscall"
)

// init profiles the program from its start to SIGUSR1, for go run ./internal/bench
// profile, which adds this file to it: CPU and allocations, or waits, since to take
// the time of these takes some itself.
func init() {
	folder := os.Getenv("BENCH_PROFILES")
	if folder == "" {
		return
	}
	names := []string{"allocs"}
	if os.Getenv("BENCH_PROFILE_WAITS") != "" {
		names = []string{"mutex", "block"}
		runtime.SetMutexProfileFraction(10)
		runtime.SetBlockProfileRate(100_000) // ns
	} else if err := pprof.StartCPUProfile(create(folder, "cpu")); err != nil {
		panic(err)
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGUSR1)
	go func() {
		<-end
		pprof.StopCPUProfile()
		for _, name := range names {
			f := create(folder, name)
			_ = pprof.Lookup(name).WriteTo(f, 0)
			_ = f.Close()
		}
		_ = create(folder, "written").Close() // no profile: the others are whole
	}()
}

func create(folder, name string) *os.File {
	f, err := os.Create(filepath.Join(folder, name+".pprof"))
	if err != nil {
		panic(err)
	}
	return f
}
