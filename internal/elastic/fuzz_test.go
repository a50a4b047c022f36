package elastic

import (
	"net/http"
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

// FuzzBulkAnswer: whatever a server says, there is an answer for each document
// or the bulk goes again; and the short way agrees with the long one.
func FuzzBulkAnswer(f *testing.F) {
	f.Add([]byte(`{"errors":false,"items":[{"create":{"status":201}},{"index":{"status":200}},{"delete":{"status":404}}]}`))
	f.Add([]byte(`{"errors":true,"items":[{"create":{"status":409}},` + conflict("index", 7, 5) + `,` + conflict("delete", 5, 5) + `]}`))
	f.Add([]byte(`{"errors":true,"items":[{"create":{"status":429}},{"index":{"status":400,"error":{"type":"t","reason":"r","caused_by":{"reason":"c"}}}},{}]}`))
	f.Add([]byte(`{"errors":false,"items":[{"create":{"status":201}},{"ind`))
	f.Add([]byte(`{"items":{"a":1}}`))
	f.Add([]byte("{\"items\":[1,\"\xff\",null]}"))
	client := &Client{settings: Settings{Routes: routes()}, actions: newActions(routes())}
	docs := batches(tweets(1, 1), users("a", "-b"))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := client.bulkAnswer(&exchange{status: http.StatusOK, answer: body}, docs, 3)
		if err != nil {
			return
		}
		switch got.Verdict {
		case messages.BulkAnswered:
			if got.Items != nil && len(got.Items) != 3 {
				t.Errorf("%d items", len(got.Items))
			}
		case messages.BulkLater:
			if got.Reason == "" || len(got.Reason) > reasonBytes || got.Items != nil {
				t.Errorf("got %+v", got)
			}
		case messages.BulkTooLarge, messages.BulkMalformed:
			t.Errorf("got %+v", got)
		}
		if allStored(body, 3) && (got.Verdict != messages.BulkAnswered || got.Items != nil) {
			t.Errorf("got %+v", got)
		}
	})
}
