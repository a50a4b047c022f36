package actors

import (
	"sync"
	"testing"
)

// given says whether a grant has been given; nil was given at once.
func given(g *Grant) bool {
	if g == nil {
		return true
	}
	select {
	case <-g.Ready:
		return true
	default:
		return false
	}
}

func TestBudgetServesInLine(t *testing.T) {
	b := NewBudget(100)
	if g := b.Take(60); g != nil {
		t.Fatal("60 of 100 had to wait")
	}
	large, small := b.Take(50), b.Take(10)
	if given(large) || given(small) {
		t.Fatal("given beyond the limit, or out of line")
	}
	b.Give(30)
	if !given(large) || !given(small) {
		t.Error("30 + 50 + 10 fit, but somebody waits")
	}
	if used, waiting := b.Stats(); used != 90 || waiting != 0 {
		t.Errorf("%d used, %d waiting, want 90 and 0", used, waiting)
	}
}

func TestBudgetLetsTheOversizedInAlone(t *testing.T) {
	b := NewBudget(100)
	if b.Take(1) != nil {
		t.Fatal("1 of 100 had to wait")
	}
	large, next := b.Take(1000), b.Take(1)
	b.Give(1)
	if !given(large) {
		t.Error("the oversized waits though nothing is in use")
	}
	if given(next) {
		t.Error("another was let in beside the oversized")
	}
	b.Give(1000)
	if !given(next) {
		t.Error("the next one still waits")
	}
}

func TestBudgetCancel(t *testing.T) {
	b := NewBudget(100)
	b.Take(100)
	first, second := b.Take(80), b.Take(20)
	b.Cancel(first)
	b.Give(50)
	if given(first) || !given(second) {
		t.Error("the cancelled wait was served, or held up the next")
	}
	third := b.Take(100)
	b.Give(70)
	if !given(third) {
		t.Fatal("100 of 100 still wait")
	}
	b.Cancel(third) // given meanwhile
	if used, waiting := b.Stats(); used != 0 || waiting != 0 {
		t.Errorf("%d used, %d waiting at the end, want none", used, waiting)
	}
}

// TestBudgetCancelLetsOthersPass gives up the first of a line, and then what the
// next was given.
func TestBudgetCancelLetsOthersPass(t *testing.T) {
	b := NewBudget(100)
	b.Take(60)
	first, second, third := b.Take(50), b.Take(40), b.Take(10)
	b.Cancel(first)
	if !given(second) {
		t.Error("60 + 40 of 100 are free, but the next in line waits")
	}
	b.Cancel(second)
	if !given(third) {
		t.Error("what was given up serves nobody")
	}
	if used, waiting := b.Stats(); used != 70 || waiting != 0 {
		t.Errorf("%d used, %d waiting, want 70 and 0", used, waiting)
	}
}

// TestBudgetUnderLoad takes, cancels and gives back from many goroutines: the
// limit holds and nothing is left at the end.
func TestBudgetUnderLoad(t *testing.T) {
	b := NewBudget(100)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 2000 {
				bytes := int64(1 + (n*31+i)%70)
				g := b.Take(bytes)
				if g != nil && i%3 == 0 {
					b.Cancel(g)
					continue
				}
				if g != nil {
					<-g.Ready
				}
				if used, _ := b.Stats(); used > 100 {
					t.Errorf("%d bytes used of 100", used)
				}
				b.Give(bytes)
			}
		})
	}
	all.Wait()
	if used, waiting := b.Stats(); used != 0 || waiting != 0 {
		t.Errorf("%d used, %d waiting at the end, want none", used, waiting)
	}
}
