package elastic

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/actorpipe/actorpipe/messages"
)

func failed(action string, status int, kind, reason string) string {
	return fmt.Sprintf(`{%q:{"_index":"i","_id":"1","status":%d,"error":{"type":%q,"reason":%q}}}`, action, status, kind, reason)
}

func conflict(action string, current, ours int) string {
	return failed(action, 409, "version_conflict_engine_exception",
		fmt.Sprintf("[x current version [999]]: version conflict, current version [%d] is higher or equal to the one provided [%d]", current, ours))
}

// TestItems is the design's table for single items.
func TestItems(t *testing.T) {
	tweet, user, gone := tweets(5, 1), users("a"), users("-a")
	for name, c := range map[string]struct {
		doc     *messages.DocumentBatch
		item    string
		want    messages.ItemVerdict
		reason  string
		version int64
	}{
		"created":          {tweet, `{"create":{"status":201,"result":"created"}}`, messages.ItemIndexed, "", 0},
		"updated":          {user, `{"index":{"status":200,"result":"updated"}}`, messages.ItemIndexed, "", 0},
		"deleted":          {gone, `{"delete":{"status":200,"result":"deleted"}}`, messages.ItemDeleted, "", 0},
		"nothing there":    {gone, `{"delete":{"status":404,"result":"not_found"}}`, messages.ItemDeleted, "", 0},
		"duplicate":        {tweet, failed("create", 409, "version_conflict_engine_exception", "[x]: version conflict, document already exists (current version [7])"), messages.ItemDuplicate, "", 0},
		"same version":     {user, conflict("index", 5, 5), messages.ItemDuplicate, "", 0},
		"newer version":    {user, conflict("index", 7, 5), messages.ItemSuperseded, "", 7},
		"delete again":     {gone, conflict("delete", 5, 5), messages.ItemDuplicate, "", 0},
		"delete too late":  {gone, conflict("delete", 6, 5), messages.ItemSuperseded, "", 6},
		"unknown conflict": {user, `{"index":{"status":409}}`, messages.ItemDuplicate, "", 0},
		"throttled":        {tweet, failed("create", 429, "es_rejected_execution_exception", "full"), messages.ItemLater, "es_rejected_execution_exception: full", 0},
		"timeout":          {tweet, `{"create":{"status":408}}`, messages.ItemLater, "elasticsearch answered 408 without a reason", 0},
		"no shard":         {tweet, failed("create", 503, "unavailable_shards_exception", "no primary"), messages.ItemLater, "unavailable_shards_exception: no primary", 0},
		"server":           {tweet, `{"create":{"status":500,"error":"words"}}`, messages.ItemLater, "words", 0},
		"read only":        {tweet, failed("create", 403, blockType, "index [i] blocked by: [FORBIDDEN/8/index write (api)];"), messages.ItemBlocked, "cluster_block_exception: index [i] blocked by: [FORBIDDEN/8/index write (api)];", 0},
		"flood stage":      {tweet, failed("create", 429, blockType, "disk"), messages.ItemBlocked, "cluster_block_exception: disk", 0},
		"closed":           {tweet, failed("create", 400, closedType, "closed"), messages.ItemBlocked, "index_closed_exception: closed", 0},
		"mapping":          {tweet, `{"create":{"status":400,"error":{"type":"document_parsing_exception","reason":"[1:6] failed to parse\n field [n]","caused_by":{"type":"illegal_argument_exception","reason":"For input string: \"xx\""}}}}`, messages.ItemRefused, `document_parsing_exception: [1:6] failed to parse field [n]; caused by illegal_argument_exception: For input string: "xx"`, 0},
		"413":              {tweet, failed("create", 413, "too_large", "r"), messages.ItemRefused, "too_large: r", 0},
		"404 of a create":  {tweet, `{"create":{"status":404}}`, messages.ItemRefused, "elasticsearch answered 404 without a reason", 0},
		"404 of a shard":   {gone, failed("delete", 404, "shard_not_found_exception", "r"), messages.ItemRefused, "shard_not_found_exception: r", 0},
		"403":              {tweet, failed("create", 403, "odd_exception", "r"), messages.ItemRefused, "odd_exception: r", 0},
		"422":              {tweet, `{"create":{"status":422,"error":{"type":"t"}}}`, messages.ItemRefused, "t", 0},
	} {
		t.Run(name, func(t *testing.T) {
			// between two that are stored, so that positions count
			body := `{"took":3,"errors":true,"items":[{"create":{"status":201}},` + c.item + `,{"create":{"status":201}}]}`
			client := serve(t, answers(http.StatusOK, body))
			got, err := client.NewBulker().Send(t.Context(), batches(tweets(1, 1), c.doc, tweets(9, 1)))
			if err != nil || got.Verdict != messages.BulkAnswered || got.Reason != "" {
				t.Fatalf("got %+v, %v", got, err)
			}
			if c.want == messages.ItemIndexed || c.want == messages.ItemDeleted {
				if got.Items != nil {
					t.Fatalf("items %+v where all are stored", got.Items)
				}
				return
			}
			item := got.Items[1]
			if len(got.Items) != 3 || item.Verdict != c.want || item.Status < 400 || item.Reason != c.reason || item.Version != c.version {
				t.Errorf("got %+v", got.Items)
			}
			stored := messages.Item{Verdict: messages.ItemIndexed, Status: http.StatusCreated}
			if diff := cmp.Diff([]messages.Item{stored, item, stored}, got.Items); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFatalItems are items that say what all others would say.
func TestFatalItems(t *testing.T) {
	for name, c := range map[string]struct{ item, want string }{
		"401":         {`{"create":{"status":401}}`, "check username and password"},
		"403":         {failed("create", 403, "security_exception", "no"), `write to index "tweets" at 127.0.0.1`},
		"bare 403":    {`{"create":{"status":403}}`, "grant the user"},
		"no index":    {failed("create", 404, noIndexType, "no such index [tweets]"), "create the index"},
		"data stream": {failed("index", 400, "illegal_argument_exception", "only write ops with an op_type of create are allowed in data streams"), `set id = "offset"`},
		"alias":       {failed("create", 400, "illegal_argument_exception", "no write index is defined for alias [a]."), "give the alias a write index"},
		"name":        {failed("create", 400, badNameType, "must be lowercase"), "choose a name"},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, answers(http.StatusOK, `{"errors":true,"items":[{"create":{"status":201}},`+c.item+`]}`))
			_, err := client.NewBulker().Send(t.Context(), batches(tweets(1, 2)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// TestStoredWithoutFilter reads what a server says that knows no filter_path.
func TestStoredWithoutFilter(t *testing.T) {
	client := serve(t, answers(http.StatusOK, `{ "took": 1, "errors": false, "items": [ {"create": {"_index": "tweets", "status": 201}}, {"delete": {"result": "not_found", "status": 404}} ] }`))
	got, err := client.NewBulker().Send(t.Context(), batches(tweets(1, 1), users("-a")))
	if diff := cmp.Diff(messages.BulkAnswer{Status: http.StatusOK}, got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
}
