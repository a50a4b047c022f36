package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestIntegrationEntities is what the docs promise of entities, and the limits
// that they name, on a real Kafka and a real Elasticsearch.
func TestIntegrationEntities(t *testing.T) {
	t.Run("newest record", func(t *testing.T) {
		t.Parallel()
		u := newUpdates(realLab(t))
		u.checkRun(u.run(2000))
	})
	t.Run("read again", func(t *testing.T) {
		t.Parallel()
		readAgain(realLab(t))
	})
	t.Run("odd ids", func(t *testing.T) {
		t.Parallel()
		oddIDs(realLab(t))
	})
	t.Run("tombstone overtakes", func(t *testing.T) {
		t.Parallel()
		l := realLab(t)
		topic := l.make("keys", 1, nil)
		if got, want := l.overtake(topic, func() {}), (outcomes{deleted: 1, superseded: 1}); got != want || l.stored(topic) != 0 {
			t.Errorf("%+v, want %+v and no document", got, want)
		}
	})
	t.Run("limit: gc_deletes", afterDeletesAreForgotten)
	t.Run("limit: rollover", acrossARollover)
	t.Run("limit: data stream", intoADataStream)
}

// afterDeletesAreForgotten has an older record come after index.gc_deletes is
// over: Elasticsearch has forgotten the tombstone, and the record brings its
// entity back.
func afterDeletesAreForgotten(t *testing.T) {
	t.Parallel()
	l := realLab(t)
	topic := l.make("keys", 1, nil)
	const gc = time.Second
	_, err := l.ask(t.Context(), http.MethodPut, "/"+topic, fmt.Sprintf(`{"settings":{"index.gc_deletes":"%ds","number_of_replicas":0}}`, int(gc.Seconds())))
	l.must(err)
	got := l.overtake(topic, func() {
		forgotten := time.Now().Add(2 * gc)
		await(t, "Elasticsearch to forget", labTime, func() bool {
			_, err := l.ask(t.Context(), http.MethodPost, "/"+topic+"/_refresh", "")
			return err == nil && time.Now().After(forgotten)
		})
	})
	if want := (outcomes{deleted: 1, indexed: 1}); got != want || l.stored(topic) != 1 {
		t.Errorf("%+v, want %+v and the older record stored: is the limit no more?", got, want)
	}
}

// acrossARollover has an alias move on to another index: what is read again is
// stored a second time there, and an entity is in both.
func acrossARollover(t *testing.T) {
	t.Parallel()
	l := realLab(t)
	places, keys := l.make("places", 1, nil), l.make("keys", 1, nil)
	for _, alias := range []string{places, keys} {
		_, err := l.ask(t.Context(), http.MethodPut, "/"+alias+"-1", fmt.Sprintf(`{"aliases":{%q:{"is_write_index":true}}}`, alias))
		l.must(err)
	}
	block := fmt.Sprintf("topic %q {}\n topic %q { id = \"key\" }", places, keys)
	for _, topic := range []string{places, keys} {
		l.put(&kgo.Record{Topic: topic, Key: []byte("ada"), Value: []byte(`{"n":1}`)})
	}
	if got, want := l.moves(block, 2), (outcomes{indexed: 2}); got != want {
		t.Errorf("before: %+v, want %+v", got, want)
	}
	for _, alias := range []string{places, keys} {
		_, err := l.ask(t.Context(), http.MethodPut, "/"+alias+"-2", "")
		l.must(err)
		_, err = l.ask(t.Context(), http.MethodPost, "/_aliases", fmt.Sprintf(
			`{"actions":[{"add":{"index":"%[1]s-1","alias":%[1]q,"is_write_index":false}},{"add":{"index":"%[1]s-2","alias":%[1]q,"is_write_index":true}}]}`, alias))
		l.must(err)
		l.rewind(alias, 0, 0)
	}
	l.put(&kgo.Record{Topic: keys, Key: []byte("ada"), Value: []byte(`{"n":2}`)})
	if got, want := l.moves(block, 3), (outcomes{indexed: 3}); got != want {
		t.Errorf("after: %+v, want %+v: is the limit no more?", got, want)
	}
	if a, b := l.stored(places), l.stored(keys); a != 2 || b != 2 {
		t.Errorf("%d and %d documents behind the aliases, want 2 and 2: the record twice, and ada old and new", a, b)
	}
}

// intoADataStream has entities go to a data stream, which takes none: the process
// ends and says what to change. The stream has a fixed name, since this
// Elasticsearch cannot delete it.
func intoADataStream(t *testing.T) {
	t.Parallel()
	const stream = "actorpipe-entities-stream"
	l := realLab(t)
	topic := l.make("keys", 1, nil)
	_, err := l.ask(t.Context(), http.MethodPut, "/_index_template/"+stream, fmt.Sprintf(
		`{"index_patterns":[%q],"data_stream":{},"priority":500,"template":{"mappings":{"properties":{"@timestamp":{"type":"date"}}}}}`, stream))
	l.must(err)
	for _, value := range []string{`{"@timestamp":1}`, ""} {
		r := &kgo.Record{Topic: topic, Key: []byte("ada"), Value: []byte(value)}
		if value == "" {
			r.Value = nil
		}
		offset := l.put(r)[0]
		l.group++ // the process before was not let go of yet
		l.rewind(topic, 0, offset)
		p := l.start(fmt.Sprintf("topic %q {\n id = \"key\"\n index = %q\n }", topic, stream), "", "")
		_ = p.cmd.Wait() // the code says it
		if code := p.cmd.ProcessState.ExitCode(); code != exitFatal {
			t.Errorf("exit code %d, want %d", code, exitFatal)
		}
		if want := `a data stream takes no entities, set id = \"offset\" or write to an index`; !strings.Contains(p.log.String(), want) {
			t.Errorf("the log does not say %s:\n%s", want, p.log.String())
		}
		if got := l.commits(topic)[0]; got > offset {
			t.Errorf("committed %d, want the record at %d to be read again", got, offset)
		}
	}
}
