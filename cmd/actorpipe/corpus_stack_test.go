package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

// TestIntegrationCorpus moves the odd records and mutated tweets into a real
// Elasticsearch: what it takes is there, equal as JSON, what it refuses is in the
// DLQ with its reason, and nothing is lost.
func TestIntegrationCorpus(t *testing.T) {
	c := newCorpusRun(realLab(t))
	// Odd records disagree on the types of fields, which is not what is tested here.
	_, err := c.ask(t.Context(), http.MethodPut, "/"+c.index, `{"settings":{"number_of_replicas":0},"mappings":{"dynamic":false,"properties":{"geo":{"properties":{"location":{"type":"geo_point"}}}}}}`)
	c.must(err)
	odd := corpus(c.known)
	c.produce(odd)
	c.moveFuzzed(corpusFuzzed)
	for i, r := range odd {
		c.neighbour(2*i, fmt.Sprintf("before %q", r.name))
		t.Run(r.name, func(t *testing.T) {
			if r.refused == "" {
				c.check(t, 2*i+1, r)
				return
			}
			source, indexed := c.byPlace[2*i+1]
			letter := c.dead[2*i+1]
			if indexed || letter.Stage != messages.StageWriter || letter.Status != http.StatusBadRequest || !strings.Contains(letter.Reason, r.refused) || string(letter.Value) != r.value {
				t.Errorf("indexed %v (%.300q); entry: reason %q, stage %s, status %d, value %.300q; want a reason with %q", indexed, source, letter.Reason, letter.Stage, letter.Status, letter.Value, r.refused)
			}
		})
	}
}
