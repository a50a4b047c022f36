package main

import (
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"golang.org/x/term"

	"github.com/actorpipe/actorpipe/config"
)

// newLog logs to stderr: readable on a terminal, JSON otherwise, or as the
// configuration says.
func newLog(c config.Log) *slog.Logger {
	terminal := term.IsTerminal(int(os.Stderr.Fd()))
	if c.Format == config.LogText || c.Format == config.LogAuto && terminal {
		return slog.New(tint.NewTextHandler(os.Stderr, &tint.Options{Level: c.Level, TimeFormat: time.TimeOnly, NoColor: !terminal}))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: c.Level}))
}
