package main

import (
	"context"
	"log/slog"

	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/messages"
)

// afresh is a file of entries that is made when there is the first.
type afresh struct {
	dlq.FileSettings
	file *dlq.File
}

// Store is that of the file. It has one caller at a time.
func (a *afresh) Store(ctx context.Context, letters *messages.DeadLetters) error {
	if a.file == nil {
		file, err := dlq.OpenFile(a.FileSettings)
		if err != nil {
			return err
		}
		a.file = file
	}
	return a.file.Store(ctx, letters)
}

func (a *afresh) close(log *slog.Logger) {
	if a.file != nil {
		closeDLQ(a.file, log)
	}
}
