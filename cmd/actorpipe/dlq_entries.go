package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/internal/kafka"
	"github.com/actorpipe/actorpipe/messages"
)

// entries is a file or a topic that holds entries.
type entries struct {
	name  string
	size  int64 // what the sizes of its lines add up to, or less
	read  func(ctx context.Context, do func(l dlq.Line, size int64) error) error
	close func()
}

// opener opens a file to read it, and returns its size too.
type opener func(path string) (io.ReadCloser, int64, error)

// openEntries opens the files named, or else all that the DLQ of the configuration
// has. used are files of that which are left out, because a process writes to them.
func openEntries(ctx context.Context, conf *config.Config, paths []string, open opener) (all []entries, used []string, err error) {
	if len(paths) > 0 {
		all, err = openEach(paths, open)
		return all, nil, err
	}
	var topic []entries
	if conf.DLQ.Kind == config.DLQKafka {
		t, err := topicEntries(ctx, conf)
		if err != nil {
			return nil, nil, err
		}
		topic = append(topic, t)
	}
	files, used, err := openFiles(&conf.DLQ, open)
	if err != nil {
		closeEntries(topic)
		return nil, nil, err
	}
	return append(topic, files...), used, nil
}

// openTries is how often the files are opened while they are rotated.
const openTries = 10

// openFiles opens the files of the DLQ. If one was rotated meanwhile it tries again:
// it would be missed.
func openFiles(d *config.DLQ, open opener) (all []entries, used []string, err error) {
	for range openTries {
		paths, err := dlq.Files(d.Path)
		if err != nil {
			return nil, nil, err
		}
		free, used := inUse(d, paths, open)
		if all, err = openEach(free, open); err != nil {
			return nil, nil, err
		}
		if now, err := dlq.Files(d.Path); err == nil && slices.Equal(paths, now) {
			return all, used, nil
		}
		closeEntries(all)
	}
	return nil, nil, fmt.Errorf("open DLQ %s: it is rotated all the time", d.Path)
}

// inUse takes out of paths what cannot be opened because a process writes to it: what
// is empty is forgotten, what is beside a topic is used, and the rest stays, to fail.
func inUse(d *config.DLQ, paths []string, open opener) (free, used []string) {
	for _, path := range paths {
		file, _, err := open(path)
		switch {
		case err == nil:
			_ = file.Close() // it is opened again
			free = append(free, path)
		case errors.Is(err, dlq.ErrLocked) && isEmpty(path):
		case errors.Is(err, dlq.ErrLocked) && d.Kind == config.DLQKafka:
			used = append(used, path)
		default:
			free = append(free, path)
		}
	}
	return free, used
}

func openEach(paths []string, open opener) (all []entries, err error) {
	for _, path := range paths {
		file, err := fileEntries(path, open)
		if err != nil {
			closeEntries(all)
			return nil, err
		}
		all = append(all, file)
	}
	return all, nil
}

func isEmpty(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == 0
}

func closeEntries(all []entries) {
	for _, e := range all {
		e.close()
	}
}

func fileEntries(path string, open opener) (entries, error) {
	file, size, err := open(path)
	if err != nil {
		return entries{}, fmt.Errorf("open DLQ %s: %w", path, err)
	}
	return entries{
		name: path, size: size,
		read: func(ctx context.Context, do func(dlq.Line, int64) error) error {
			return dlq.Scan(file, func(l dlq.Line, size int64) error {
				return errors.Join(ctx.Err(), do(l, size))
			})
		},
		close: func() { _ = file.Close() }, // was only read
	}, nil
}

// openFreely opens a file whoever uses it.
func openFreely(path string) (io.ReadCloser, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, errors.Unwrap(err) // it says the path again
	}
	return sized(file, file)
}

func sized(file interface{ Stat() (os.FileInfo, error) }, c io.ReadCloser) (io.ReadCloser, int64, error) {
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a directory")
	}
	if err != nil {
		_ = c.Close() // was not even read
		return nil, 0, err
	}
	return c, info.Size(), nil
}

// usualEntry is what an entry of a topic counts for in a progress bar, where it
// shares the bar with files.
const usualEntry = 1024

func topicEntries(ctx context.Context, conf *config.Config) (entries, error) {
	reader, err := kafka.OpenTopic(ctx, topicSettings(conf))
	if err != nil {
		return entries{}, err
	}
	return entries{
		name: "topic " + conf.DLQ.Topic, size: usualEntry * reader.Records(),
		read: func(ctx context.Context, do func(dlq.Line, int64) error) error {
			return reader.Read(ctx, func(r messages.Record) error { return do(dlq.Parse(r.Value), usualEntry) })
		},
		close: reader.Close,
	}, nil
}
