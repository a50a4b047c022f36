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
// profile, which adds this file to it.
func init() {
	folder := os.Getenv("BENCH_PROFILES")
	if folder == "" {
		return
	}
	runtime.SetMutexProfileFraction(10)
	runtime.SetBlockProfileRate(100_000) // ns
	cpu, err := os.Create(filepath.Join(folder, "cpu.pprof"))
	if err == nil {
		err = pprof.StartCPUProfile(cpu)
	}
	if err != nil {
		panic(err)
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGUSR1)
	go func() {
		<-end
		pprof.StopCPUProfile()
		for _, name := range []string{"allocs", "mutex", "block"} {
			write(folder, name)
		}
		write(folder, "written") // no profile: all others are whole
	}()
}

func write(folder, name string) {
	f, err := os.Create(filepath.Join(folder, name+".pprof"))
	if err != nil {
		panic(err)
	}
	defer f.Close()
	if p := pprof.Lookup(name); p != nil {
		_ = p.WriteTo(f, 0)
	}
}
