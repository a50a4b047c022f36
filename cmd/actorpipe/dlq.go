package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/internal/kafka"
)

func dlqCommand(s *signals) *cobra.Command {
	c := &cobra.Command{
		Use:   "dlq",
		Short: "Look at the records that were refused, and send them again",
		Long: "The DLQ has every record that was refused for good, with the reason. inspect shows what is in it,\n" +
			"redrive sends it through the pipeline again once the cause is mended.",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(inspectCommand(), redriveCommand(s))
	return c
}

// conditionDLQ holds while the DLQ cannot store, and with a topic from the start
// until that is found.
const conditionDLQ = "dlq"

// openDLQ opens what the configuration names. ready, if it is not nil, finds out
// whether entries can be stored, and is to be run beside the pipeline.
func (a *assembly) openDLQ(c *config.Config, log *slog.Logger) (letters actors.DeadLetterStore, ready func(context.Context) error, err error) {
	condition := func(reason string) { a.pipeline.Condition(conditionDLQ, reason) }
	file, err := dlq.OpenFile(dlq.FileSettings{Path: c.DLQ.Path, MaxBytes: c.DLQ.MaxBytes, Condition: condition})
	if err != nil {
		return nil, nil, err
	}
	a.closeLater(func() { closeDLQ(file, log) })
	if c.DLQ.Kind == config.DLQFile {
		return file, nil, nil
	}
	producer, err := kafka.NewProducer(topicSettings(c), condition)
	if err != nil {
		return nil, nil, err
	}
	a.closeLater(producer.Close)
	return dlq.NewTopic(c.DLQ.Topic, producer, file), func(run context.Context) error {
		if _, err := producer.Send(run, nil); err != nil && run.Err() == nil {
			return err
		}
		condition("")
		return nil
	}, nil
}

func closeDLQ(file *dlq.File, log *slog.Logger) {
	if err := file.Close(); err != nil {
		log.Error("close the DLQ", "error", err)
	}
}
