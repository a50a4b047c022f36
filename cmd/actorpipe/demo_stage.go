package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/actorpipe/actorpipe/internal/sandbox"
)

// stage is what the demo plays on: brokers with records, a place for documents,
// a database, and the configuration that names them.
type stage struct {
	dir     string // of files, removed at the end
	config  string // path
	tweets  string // topic and index
	users   string
	brokers []string
	sinks   []string
	sink    *sandbox.Sink // nil: a real Elasticsearch
	closers []func()
}

// demoSeed makes every demo move the same records.
const demoSeed = 1

// prepare sets the stage, which is still without records. Everything is taken
// down again if it fails.
func prepare(ctx context.Context, f *demoFlags, diag io.Writer) (st *stage, err error) {
	st = &stage{tweets: "tweets", users: "users", brokers: f.kafka, sinks: f.elasticsearch}
	defer func() {
		if err != nil {
			st.close()
		}
	}()
	if len(f.kafka)+len(f.elasticsearch) > 0 { // do not mix with what is there
		suffix := time.Now().UTC().Format("-20060102-150405")
		st.tweets, st.users = st.tweets+suffix, st.users+suffix
	}
	if st.dir, err = os.MkdirTemp("", "actorpipe-demo-"); err != nil {
		return st, fmt.Errorf("make a folder for the demo: %w", err)
	}
	st.closers = append(st.closers, func() { _ = os.RemoveAll(st.dir) })
	if err := st.embed(ctx, f); err != nil {
		return st, err
	}
	if err := st.writeConfig(f); err != nil {
		return st, err
	}
	fmt.Fprintf(diag, "kafka     %s, topics %s (%d partitions) and %s (%d)\nelastic   %s\ngeoip     %s\n",
		strings.Join(st.brokers, ", "), st.tweets, f.partitions, st.users, userPartitions, strings.Join(st.sinks, ", "), f.geoip)
	return st, nil
}

// embed starts what no flag names.
func (st *stage) embed(ctx context.Context, f *demoFlags) error {
	topics := map[string]int32{st.tweets: f.partitions, st.users: userPartitions}
	if len(f.kafka) == 0 {
		broker, err := sandbox.StartBroker(sandbox.BrokerSettings{Topics: topics})
		if err != nil {
			return err
		}
		st.closers = append(st.closers, broker.Close)
		st.brokers = broker.Addrs()
	} else if err := sandbox.CreateTopics(ctx, sandbox.TopicSettings{Brokers: f.kafka, Topics: topics}); err != nil {
		return err
	}
	if len(f.elasticsearch) == 0 {
		sink, err := sandbox.StartSink(sandbox.SinkSettings{}) //nolint:contextcheck // it ends by Close
		if err != nil {
			return err
		}
		st.closers = append(st.closers, func() { _ = sink.Close() })
		st.sink, st.sinks = sink, []string{sink.URL()}
	}
	if f.geoip == "" {
		f.geoip = filepath.Join(st.dir, "demo-City.mmdb")
		return sandbox.WriteDatabase(f.geoip)
	}
	return nil
}

// fill makes the records, under a progress bar.
func (st *stage) fill(ctx context.Context, f *demoFlags, diag io.Writer) error {
	bar := progressbar.NewOptions(f.tweets+f.users, progressbar.OptionSetWriter(diag), progressbar.OptionSetDescription("filling  "),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionSetWidth(30), progressbar.OptionOnCompletion(func() { fmt.Fprintln(diag) }))
	return sandbox.Fill(ctx, sandbox.FillSettings{
		Brokers: st.brokers, Generator: sandbox.NewGenerator(demoSeed, max(f.users, 1)),
		Tweets:   sandbox.FillTopic{Topic: st.tweets, Count: f.tweets},
		Users:    sandbox.FillTopic{Topic: st.users, Count: f.users},
		Progress: func(n int) { _ = bar.Add(n) }, // a bar that cannot be drawn is no reason to stop
	})
}

// writeConfig writes the configuration that start would be given.
func (st *stage) writeConfig(f *demoFlags) error {
	st.config = filepath.Join(st.dir, "config.hcl")
	text := fmt.Sprintf(`kafka {
  brokers = %s
  group   = %q
  topic %q { address = "RemoteAddress" }
  topic %q {}
}
geoip {
  database = %q
}
elasticsearch {
  addresses = %s
}
dlq "file" {
  path = %q
}
monitor {
  listen   = "127.0.0.1:0"
  interval = "1s"
}
log {
  level = "warn"
}
`, list(st.brokers), "demo-"+st.tweets, st.tweets, st.users, f.geoip, list(st.sinks), filepath.Join(st.dir, "dlq.ndjson"))
	if err := os.WriteFile(st.config, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the demo's configuration: %w", err)
	}
	return nil
}

// list is a list of strings in HCL.
func list(items []string) string {
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// sample is one tweet as it was indexed.
func (st *stage) sample(ctx context.Context) (string, error) {
	if st.sink != nil {
		found := ""
		st.sink.Each(st.tweets, func(_, source string) bool {
			found = source
			return false
		})
		return found, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, st.sinks[0]+"/"+st.tweets+"/_refresh", http.NoBody)
	if err != nil {
		return "", err
	}
	if _, err := answerTo(req); err != nil {
		return "", err
	}
	req, err = http.NewRequestWithContext(ctx, http.MethodGet, st.sinks[0]+"/"+st.tweets+"/_search?size=1", http.NoBody)
	if err != nil {
		return "", err
	}
	body, err := answerTo(req)
	if err != nil {
		return "", err
	}
	var found struct {
		Hits struct {
			Hits []struct {
				Source json.RawMessage `json:"_source"`
			} `json:"hits"`
		} `json:"hits"`
	}
	if err := json.Unmarshal(body, &found); err != nil || len(found.Hits.Hits) == 0 {
		return "", errors.Join(fmt.Errorf("look at a tweet in %s: none found", st.tweets), err)
	}
	return string(found.Hits.Hits[0].Source), nil
}

func answerTo(req *http.Request) ([]byte, error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// close takes the stage down, last made first.
func (st *stage) close() {
	for i := len(st.closers) - 1; i >= 0; i-- {
		st.closers[i]()
	}
}
