package main

import (
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

// TestStartDoesNotCallReturnedRecordsDrained ends a run in which claims were lost.
func TestStartDoesNotCallReturnedRecordsDrained(t *testing.T) {
	of := func(returned int64) messages.TopicReport {
		return messages.TopicReport{Books: messages.Books{Consumed: 100, Indexed: 100 - returned, Returned: returned}}
	}
	if got := ending([]messages.TopicReport{of(0), of(0)}); got != "everything is drained" {
		t.Errorf("the run ends with %q", got)
	}
	const want = "drained, but 12 records were returned unwritten: whoever reads their partitions next reads them again"
	if got := ending([]messages.TopicReport{of(7), of(5)}); got != want {
		t.Errorf("the run ends with %q, want %q", got, want)
	}
}
