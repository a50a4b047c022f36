package actors

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/actorpipe/actorpipe/messages"
)

// drawBulk draws batches of documents of very different sizes, numbered in order.
func drawBulk(t *rapid.T) (b bulk) {
	next := int64(0)
	for range rapid.IntRange(1, 6).Draw(t, "batches") {
		d := &messages.DocumentBatch{Claim: &messages.Claim{Topic: "tweets"}}
		for range rapid.IntRange(1, 8).Draw(t, "documents") {
			source := bytes.Repeat([]byte("x"), rapid.SampledFrom([]int{1, 20, 300, 2000}).Draw(t, "bytes"))
			d.Docs = append(d.Docs, messages.Document{Record: &messages.Record{Offset: next}, Source: source})
			d.Bytes += documentBytes(&d.Docs[len(d.Docs)-1])
			next++
		}
		b = append(b, d)
	}
	return b
}

// offsets are the documents of a bulk by the offsets of their records.
func offsets(b bulk) (all []int64) {
	for _, d := range b {
		for i := range d.Docs {
			all = append(all, d.Docs[i].Record.Offset)
		}
	}
	return all
}

// sizeOf counts the bytes of a bulk's documents one by one.
func sizeOf(b bulk) (n int) {
	for _, d := range b {
		for i := range d.Docs {
			n += documentBytes(&d.Docs[i])
		}
	}
	return n
}

func TestBulkRequestsKeepOrderAndSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBulk(t)
		limit := rapid.IntRange(1, 6000).Draw(t, "limit")
		var all []int64
		for _, r := range b.requests(limit) {
			all = append(all, offsets(r)...)
			if got := sizeOf(r); got != r.bytes() || got > limit && r.documents() > 1 {
				t.Errorf("a request of %d documents has %d bytes and says %d, the limit is %d", r.documents(), got, r.bytes(), limit)
			}
		}
		if want := offsets(b); !slices.Equal(all, want) {
			t.Errorf("documents are %v, want %v", all, want)
		}
	})
}

// TestBulkRequestsAreFull has nothing in a request of its own that the one
// before had room for.
func TestBulkRequestsAreFull(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBulk(t)
		limit := rapid.IntRange(1, 6000).Draw(t, "limit")
		requests := b.requests(limit)
		for i := 1; i < len(requests); i++ {
			first := documentBytes(&requests[i][0].Docs[0])
			if sizeOf(requests[i-1])+first <= limit {
				t.Errorf("request %d has %d bytes: the next document, of %d, fits into %d", i-1, sizeOf(requests[i-1]), first, limit)
			}
		}
	})
}

func TestBulkSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBulk(t)
		n := rapid.IntRange(0, b.documents()-1).Draw(t, "n")
		head, tail := b.split(n)
		if got, want := slices.Concat(offsets(head), offsets(tail)), offsets(b); len(offsets(head)) != n || !slices.Equal(got, want) {
			t.Errorf("cut after %d: %v and %v, want %v", n, offsets(head), offsets(tail), want)
		}
		if head.bytes() != sizeOf(head) || tail.bytes() != sizeOf(tail) {
			t.Errorf("the parts say %d and %d bytes, and have %d and %d", head.bytes(), tail.bytes(), sizeOf(head), sizeOf(tail))
		}
	})
}

func TestBulkLimitSaysEachValueOnce(t *testing.T) {
	l := NewBulkLimit(1000)
	if l.unsaid() {
		t.Error("there is something to say before it was lowered")
	}
	l.lower(2000)
	l.lower(800)
	l.lower(500)
	if first, second := l.unsaid(), l.unsaid(); l.Bytes() != 400 || !first || second {
		t.Errorf("the limit is %d, to be said %v and then %v, want 400, said once", l.Bytes(), first, second)
	}
	l.lower(400)
	if l.Bytes() != 200 || !l.unsaid() {
		t.Errorf("the limit is %d, want 200, to be said", l.Bytes())
	}
}
