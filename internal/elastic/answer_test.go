package elastic

import (
	"net/http"
	"strings"
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

const twoStored = `{"errors":false,"items":[{"create":{"status":201}},{"create":{"status":201}}]}`

// TestWholeAnswers is the design's table for the answer as a whole.
func TestWholeAnswers(t *testing.T) {
	const block = `{"error":{"type":"cluster_block_exception","reason":"blocked by: [FORBIDDEN/6/cluster read-only (api)];"},"status":403}`
	later, large, malformed := messages.BulkLater, messages.BulkTooLarge, messages.BulkMalformed
	for name, c := range map[string]struct {
		status  int
		body    string
		verdict messages.BulkVerdict
		reason  string // part of it
	}{
		"stored":        {200, twoStored, messages.BulkAnswered, ""},
		"408":           {408, ``, later, "408 Request Timeout"},
		"429":           {429, `{"error":{"type":"es_rejected_execution_exception","reason":"rejected"}}`, later, "es_rejected_execution_exception: rejected"},
		"500":           {500, `{"error":"plain words"}`, later, "plain words"},
		"502":           {502, `<html>secret page</html>`, later, "502 Bad Gateway"},
		"503":           {503, ``, later, "503"},
		"599":           {599, ``, later, "599"},
		"cluster block": {403, block, later, "cluster read-only"},
		"413":           {413, ``, large, "413"},
		"400":           {400, `{"error":{"type":"x_content_parse_exception","reason":"r","caused_by":{"type":"json_parse_exception","reason":"bad"}}}`, malformed, "caused by json_parse_exception: bad"},
		"not JSON":      {200, `<html>`, later, "no JSON"},
		"empty":         {200, ``, later, "no JSON"},
		"204":           {204, ``, later, "no JSON"},
		"cut":           {200, twoStored[:len(twoStored)-3], later, "cut off"},
		"cut, whole":    {200, `{"errors":false,"items":[{"create":{"status":201}}]}`, later, "2 documents were sent, the answer has 1"},
		"no items":      {200, `{"errors":false}`, later, "has 0"},
		"more items":    {200, `{"items":[{"create":{"status":201}},{"create":{"status":201}},{"create":{"status":201}}]}`, later, "has 3"},
		"no status":     {200, `{"errors":true,"items":[{"create":{"status":201}},{"create":{}}]}`, later, "no status"},
		"no object":     {200, `{"errors":true,"items":[1,null]}`, later, "no status"},
		"array":         {200, `[]`, later, "has 0"},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, answers(c.status, c.body))
			got, err := client.NewBulker().Send(t.Context(), batches(tweets(7, 2)))
			if err != nil || got.Verdict != c.verdict || got.Status != c.status || got.Items != nil {
				t.Fatalf("got %+v, %v", got, err)
			}
			if !strings.Contains(got.Reason, c.reason) || (c.reason != "" && !strings.HasPrefix(got.Reason, "127.0.0.1:")) {
				t.Errorf("reason %q", got.Reason)
			}
			if strings.Contains(got.Reason, "html") {
				t.Errorf("a page in the reason %q", got.Reason)
			}
		})
	}
}

// TestFatalAnswers are those that would be the same for every record.
func TestFatalAnswers(t *testing.T) {
	const security = `{"error":{"type":"security_exception","reason":"action [indices:data/write/bulk] is unauthorized for user [u]"}}`
	for name, c := range map[string]struct {
		status int
		body   string
		want   string // part of the sentence
	}{
		"401": {401, `{"error":{"type":"security_exception","reason":"missing authentication credentials"}}`, "check username and password, or api_key"},
		"403": {403, security, "grant the user"},
		"404": {404, ``, "has no bulk endpoint"},
		"405": {405, ``, "405 Method Not Allowed"},
		"410": {410, ``, "410"},
		"415": {415, ``, "415"},
		"300": {300, ``, "redirects are not followed"},
		"302": {302, ``, `"elsewhere:9200"`},
		"304": {304, ``, "304"},
		"307": {307, ``, "redirects are not followed"},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "http://u:pw@elsewhere:9200/x")
				answers(c.status, c.body)(w, r)
			})
			_, err := client.NewBulker().Send(t.Context(), batches(tweets(7, 2)))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "pw") {
				t.Fatalf("got %v", err)
			}
			if !strings.HasPrefix(err.Error(), "bulk request: ") {
				t.Errorf("%v does not say what was being done", err)
			}
		})
	}
}

// TestForeignServer finds out at any request, not only at the first, that what
// answers is not Elasticsearch.
func TestForeignServer(t *testing.T) {
	foreign := false
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !foreign {
			answers(http.StatusOK, twoStored)(w, r)
		}
	})
	b := client.NewBulker()
	if _, err := b.Send(t.Context(), batches(tweets(1, 2))); err != nil {
		t.Fatal(err)
	}
	foreign = true
	if _, err := b.Send(t.Context(), batches(tweets(1, 2))); err == nil || !strings.Contains(err.Error(), "is not Elasticsearch") {
		t.Fatalf("got %v", err)
	}
	client = serve(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := client.NewBulker().Send(t.Context(), batches(tweets(1, 2))); err == nil || !strings.Contains(err.Error(), "is not Elasticsearch") {
		t.Fatalf("at the first request: %v", err)
	}
}

// TestReasonsHideSecrets, in errors and reasons, also in a cut one.
func TestReasonsHideSecrets(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusServiceUnavailable} {
		client := serve(t, answers(status, `{"error":{"type":"x","reason":"hunter2 aHVudGVyMg== `+strings.Repeat("ä", 2000)+`"}}`),
			func(s *Settings) { s.Username, s.Password, s.APIKey = "u", "hunter2", "aHVudGVyMg==" })
		got, err := client.NewBulker().Send(t.Context(), batches(tweets(1, 1)))
		text := got.Reason
		if err != nil {
			text = err.Error()
		}
		if strings.Contains(text, "hunter2") || strings.Contains(text, "aHVu") || !strings.Contains(text, "*** ***") {
			t.Errorf("%d: %.80s", status, text)
		}
		if len(text) > reasonBytes || !strings.HasSuffix(text, "ä…") {
			t.Errorf("%d: %d bytes, ends %q", status, len(text), text[len(text)-10:])
		}
	}
}
