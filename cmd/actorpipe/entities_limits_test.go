package main

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestEntitiesOfATopicMadeAgain has a topic deleted and made again under the same
// index: its records are dropped until their offsets have passed the old ones. They
// are counted as superseded by foreign versions as long as the new topic is shorter.
func TestEntitiesOfATopicMadeAgain(t *testing.T) {
	t.Parallel()
	l := embeddedLab(t)
	topic := l.make("keys", 1, nil)
	block := fmt.Sprintf("topic %q { id = \"key\" }", topic)
	put := func(from, to int) {
		for n := from; n < to; n++ {
			l.put(&kgo.Record{Topic: topic, Key: []byte("ada"), Value: fmt.Appendf(nil, `{"n":%d}`, n)})
		}
	}
	put(0, 10)
	l.moves(block, 10)
	l.must(l.broker.Cluster().DeleteTopic(topic))
	l.must(l.broker.Cluster().CreateTopic(topic, 1, nil))
	l.client.PurgeTopicsFromClient(topic)
	l.group++ // a new group, for a new topic
	p := l.start(block, "", "")
	put(100, 109)
	r := l.awaitSettled(p, 9)
	if b := r.Topics[0]; b.Superseded != 9 || b.Foreign != 9 {
		t.Errorf("superseded %d, by foreign versions %d, want 9 and 9", b.Superseded, b.Foreign)
	}
	if got, _ := l.document(topic, "ada"); got != `{"n":9}` {
		t.Errorf("the document is %s, want the old topic's last", got)
	}
	put(109, 111) // offsets 9, which is there, and 10
	l.awaitSettled(p, 11)
	p.stop(0)
	if got, _ := l.document(topic, "ada"); got != `{"n":110}` {
		t.Errorf("the document is %s, want the last", got)
	}
}

// TestEntitiesBesideAnotherWriter has a document that somebody else has written
// three times without a version: it holds back the first records of its entity.
func TestEntitiesBesideAnotherWriter(t *testing.T) {
	t.Parallel()
	l := embeddedLab(t)
	topic := l.make("keys", 1, nil)
	body := ""
	for range 3 {
		body += fmt.Sprintf("{\"index\":{\"_index\":%q,\"_id\":\"ada\"}}\n{\"by\":\"hand\"}\n", topic)
	}
	_, err := l.ask(t.Context(), http.MethodPost, "/_bulk", body)
	l.must(err)
	for n := range 5 {
		l.put(&kgo.Record{Topic: topic, Key: []byte("ada"), Value: fmt.Appendf(nil, `{"n":%d}`, n)})
	}
	got := l.moves(fmt.Sprintf("topic %q { id = \"key\" }", topic), 5)
	if got.indexed != 1 || got.superseded < 3 {
		t.Errorf("%+v, want the first 3 superseded or more, and the last indexed", got)
	}
	if got, _ := l.document(topic, "ada"); got != `{"n":4}` {
		t.Errorf("the document is %s, want the last record", got)
	}
}
