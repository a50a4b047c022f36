package elastic

import (
	"net/http"
	"strings"
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

// TestRefusedDocumentThatIsNoText has Elasticsearch refuse documents in the same
// words: only of the one that is no valid UTF-8 the reason says so.
func TestRefusedDocumentThatIsNoText(t *testing.T) {
	docs := tweets(5, 2)
	docs.Docs[0].Source = []byte("{\"a\xe2\x82\":1}")
	refused := failed("create", http.StatusBadRequest, "document_parsing_exception", "[1:7] Unexpected end of file")
	client := serve(t, answers(http.StatusOK, `{"errors":true,"items":[`+refused+`,`+refused+`]}`))
	got, err := client.NewBulker().Send(t.Context(), batches(docs))
	if err != nil || len(got.Items) != 2 {
		t.Fatalf("got %+v, %v", got, err)
	}
	for i, said := range []bool{true, false} {
		if item := got.Items[i]; item.Verdict != messages.ItemRefused || strings.Contains(item.Reason, "no valid UTF-8") != said {
			t.Errorf("document %d: %+v", i, item)
		}
	}
}
