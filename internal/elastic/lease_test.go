package elastic

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
)

func TestLeaseWaitsForAllReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, first := lend([]byte("body"))
		second, err := l.reopen()
		if err != nil {
			t.Fatal(err)
		}
		over := make(chan bool, 1)
		go func() { over <- l.await(t.Context(), true) }()
		for _, r := range []io.Closer{first, first, second} { // twice: net/http may
			synctest.Wait()
			if len(over) > 0 {
				t.Fatal("over while somebody reads")
			}
			_ = r.Close()
		}
		if !<-over {
			t.Fatal("the buffer is not ours")
		}
		if _, err := l.reopen(); !errors.Is(err, errReturned) {
			t.Error(err)
		}
		if _, err := first.Read(make([]byte, 1)); !errors.Is(err, errReturned) {
			t.Error(err)
		}
	})
}

func TestLeaseGivesUp(t *testing.T) {
	l, r := lend([]byte("body"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if l.await(ctx, true) {
		t.Fatal("over while somebody reads")
	}
	if all, err := io.ReadAll(r); err != nil || string(all) != "body" {
		t.Errorf("the reader got %q, %v", all, err)
	}
}

func TestLeaseThatWasNeverTaken(t *testing.T) {
	l, r := lend([]byte("body"))
	if !l.await(t.Context(), false) {
		t.Fatal("the buffer is not ours")
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, errReturned) {
		t.Error(err)
	}
}
