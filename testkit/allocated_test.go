package testkit_test

import (
	"testing"

	"github.com/actorpipe/actorpipe/testkit"
)

// kept is where an allocation of a test stays alive for a while.
var kept []byte

func TestAllocatedCountsAllGoroutines(t *testing.T) {
	work, done := make(chan int), make(chan struct{})
	go func() {
		defer close(done)
		for n := range work {
			kept = make([]byte, n)
			done <- struct{}{}
		}
	}()
	defer func() {
		close(work)
		<-done
	}()
	objects, bytes := testkit.Allocated(t, 100, func() {
		kept = make([]byte, 1024)
		work <- 64
		<-done
	})
	if objects != 2 || bytes != 1024+64 {
		t.Errorf("%d objects of %d bytes were allocated, want 2 of 1088", objects, bytes)
	}
	if objects, bytes = testkit.Allocated(t, 100, func() {}); objects != 0 || bytes != 0 {
		t.Errorf("nothing allocates %d objects of %d bytes", objects, bytes)
	}
}
