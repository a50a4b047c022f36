package elastic

import (
	"net/http"
	"strings"
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

const benchDocs = 5000

func perDocument(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchDocs, "ns/document")
}

// BenchmarkBulkBody builds bodies of 5,000 documents of 300 bytes.
func BenchmarkBulkBody(b *testing.B) {
	bulker := (&Client{actions: newActions(routes())}).NewBulker()
	d := tweets(1<<32, benchDocs)
	for i := range d.Docs {
		d.Docs[i].Source = []byte(`{"Message":"` + strings.Repeat("m", 286) + `"}`)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, _ = bulker.build(batches(d))
	}
	perDocument(b)
}

// BenchmarkBulkAnswer reads answers to 5,000 documents: all stored, and with one in a
// hundred a duplicate, and all duplicates.
func BenchmarkBulkAnswer(b *testing.B) {
	duplicate := failed("create", 409, "version_conflict_engine_exception", "[tweets-0-5-17]: version conflict, document already exists (current version [1])")
	for _, c := range []struct {
		name  string
		every int // so many documents one is a duplicate
	}{{"stored", benchDocs + 1}, {"duplicate in a hundred", 100}, {"duplicates", 1}} {
		items := make([]string, benchDocs)
		for i := range items {
			items[i] = `{"create":{"status":201}}`
			if (i+1)%c.every == 0 {
				items[i] = duplicate
			}
		}
		x := &exchange{status: http.StatusOK, answer: []byte(`{"errors":` + map[bool]string{true: "false", false: "true"}[c.every > benchDocs] + `,"items":[` + strings.Join(items, ",") + `]}`)}
		client := &Client{settings: Settings{Routes: routes()}, actions: newActions(routes())}
		d := batches(tweets(1, benchDocs))
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got, err := client.bulkAnswer(x, d, benchDocs); err != nil || got.Verdict != messages.BulkAnswered {
					b.Fatal(got, err)
				}
			}
			perDocument(b)
		})
	}
}
