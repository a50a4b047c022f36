package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// The channels meet what actorpipe meets: a sink that is busy, bodies that are too
// large, and a record that is refused for good.
func TestChannelsHealAndDeadLetter(t *testing.T) {
	t.Parallel()
	const tweets, users = 2000, 200
	const refused, reason = "t.example/77", "refused by the test"
	sink, err := sandbox.StartSink(sandbox.SinkSettings{})
	must(t, err)
	defer func() { _ = sink.Close() }()
	w := watchSink(sink, tweets+users, sandbox.Faults{
		Intercept: sandbox.Script(sandbox.Answer(http.StatusTooManyRequests, `{}`), sandbox.Answer(http.StatusRequestEntityTooLarge, ``)),
		Item: func(_, _, source string) sandbox.Refusal {
			if strings.Contains(source, refused+`"`) {
				return sandbox.Refusal{Status: http.StatusBadRequest, Type: "document_parsing_exception", Reason: reason}
			}
			return sandbox.Refusal{}
		},
	})
	conf := filled(t, tweets, users, sink.URL())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- runChannels(ctx, &job{conf: conf, log: slog.New(slog.DiscardHandler)}) }() // waited for below
	select {
	case <-w.written:
	case err := <-done:
		t.Fatalf("ended: %v", err)
	}
	cancel()
	must(t, <-done)
	if n := sink.Count(topicTweets) + sink.Count(topicUsers); n != tweets+users-1 {
		t.Errorf("%d documents", n)
	}
	letters, err := os.ReadFile(conf.DLQ.Path)
	must(t, err)
	if strings.Count(string(letters), "\n") != 1 || !strings.Contains(string(letters), refused) || !strings.Contains(string(letters), reason) {
		t.Errorf("the DLQ is %s", letters)
	}
}

// filled is the configuration of a run that reads so many records and writes to
// sink.
func filled(t *testing.T, tweets, users int, sink string) *config.Config {
	t.Helper()
	topics := layout(defaultTopics, 3)
	broker, err := sandbox.StartBroker(sandbox.BrokerSettings{Topics: partitionsOf(topics)})
	must(t, err)
	t.Cleanup(broker.Close)
	dir := t.TempDir()
	f := filling{
		Brokers: broker.Addrs(), Topics: topics, Tweets: tweets, Users: users,
		Addresses: addressesUniform, GeoIP: filepath.Join(dir, "City.mmdb"), SandboxGeoIP: true,
	}
	must(t, f.fill(t.Context()))
	path, err := writeConfig(source{brokers: f.Brokers, topics: topics, geoip: f.GeoIP, dir: dir}, spot{sink: sink, listen: "127.0.0.1:0"})
	must(t, err)
	conf, err := config.Load([]string{path})
	must(t, err)
	return conf
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
