package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// lines is: lines GLOB N; it waits until the files have so many lines in all.
func (w *world) lines(args []string) error {
	got := 0
	err := w.await("so many lines", func() bool {
		files, err := filepath.Glob(w.MkAbs(args[0]))
		w.Check(err)
		got = 0
		for _, file := range files {
			text, err := os.ReadFile(file)
			w.Check(err)
			got += bytes.Count(text, []byte("\n"))
		}
		return strconv.Itoa(got) == args[1]
	})
	if err != nil {
		return fmt.Errorf("%w; there are %d", err, got)
	}
	return nil
}

// topic is: topic NAME BYTES; it makes a topic of one partition that takes records
// of so many bytes.
func (w *world) topic(args []string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(w.Getenv("BROKER")))
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = kadm.NewClient(client).CreateTopic(context.Background(), 1, 1, map[string]*string{"max.message.bytes": &args[1]}, args[0])
	return err
}

// record is: record TOPIC FILE; the text of the file becomes a record. All of them
// have one key, and so one partition.
func (w *world) record(args []string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(w.Getenv("BROKER")))
	if err != nil {
		return err
	}
	defer client.Close()
	return client.ProduceSync(context.Background(), &kgo.Record{Topic: args[0], Key: []byte("k"), Value: []byte(w.ReadFile(args[1]))}).FirstErr()
}

// ends is: ends TOPIC N; it waits until the topic has so many records.
func (w *world) ends(args []string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(w.Getenv("BROKER")))
	if err != nil {
		return err
	}
	defer client.Close()
	return w.await("so many records", func() bool {
		offsets, err := kadm.NewClient(client).ListEndOffsets(context.Background(), args[0])
		w.Check(err)
		n := int64(0)
		offsets.Each(func(o kadm.ListedOffset) { n += o.Offset })
		return strconv.FormatInt(n, 10) == args[1]
	})
}

// drop is: drop TOPIC, which is no more
func (w *world) drop(args []string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(w.Getenv("BROKER")))
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = kadm.NewClient(client).DeleteTopic(context.Background(), args[0])
	return err
}

// document is: document INDEX FILE; it puts the one document of the index, as it is,
// into the file.
func (w *world) document(args []string) error {
	if n := w.sink.Count(args[0]); n != 1 {
		return fmt.Errorf("%s has %d documents", args[0], n)
	}
	var err error
	w.sink.Each(args[0], func(_, source string) bool {
		err = os.WriteFile(w.MkAbs(args[1]), []byte(source+"\n"), 0o600)
		return false
	})
	return err
}
