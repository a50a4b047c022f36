package elastic

import (
	"net/http"
	"strings"
	"testing"

	"github.com/actorpipe/actorpipe/testkit"
)

// TestAnswerAllocatesForItsItems reads an answer of 500 items, five of them
// duplicates: what must be read item by item costs memory once, not by the item.
// The bound is what it is: where it becomes less, lower it.
func TestAnswerAllocatesForItsItems(t *testing.T) {
	const mostObjects, mostBytes = 12, 132720
	stored := strings.Repeat(`{"create":{"status":201}},`, 99)
	duplicate := failed("create", 409, "version_conflict_engine_exception", "[tweets-0-5-17]: version conflict, document already exists (current version [1])")
	items := strings.Repeat(stored+duplicate+",", 5)
	x := &exchange{status: http.StatusOK, answer: []byte(`{"errors":true,"items":[` + strings.TrimSuffix(items, ",") + `]}`)}
	client := &Client{settings: Settings{Routes: routes()}, actions: newActions(routes())}
	d := batches(tweets(1, 500))
	objects, bytes := testkit.Allocated(t, 100, func() {
		if got, err := client.bulkAnswer(x, d, 500); err != nil || len(got.Items) == 0 {
			t.Fatal(got, err)
		}
	})
	if objects > mostObjects || bytes > mostBytes {
		t.Errorf("%d objects of %d bytes were allocated, want at most %d of %d", objects, bytes, mostObjects, mostBytes)
	}
}
