package kafka

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

func wantTexts(t *testing.T, got string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(got, text) {
			t.Errorf("%q does not say %q", got, text)
		}
	}
}

func wantRecords(t *testing.T, got []at, want ...[]at) {
	t.Helper()
	if all := slices.Concat(want...); !slices.Equal(got, all) {
		t.Fatalf("got %v, want %v", got, all)
	}
}

func TestRunConsumesCommitsAndResumes(t *testing.T) {
	for _, assignor := range []Assignor{CooperativeSticky, Range} {
		cluster := startCluster(t, kfake.SeedTopics(3, "tweets"))
		client := newClient(t, cluster.ListenAddrs()...)
		produce(t, client, 50, 0, 1, 2)
		s := testSettings(cluster.ListenAddrs()...)
		s.Assignor = assignor

		partitions := make(chan int, 1)
		p := startProcess(t, s, nil, func(h *Hooks) {
			h.Partitions = func(n int) { partitions <- n }
		})
		p.await(ConditionAssignment, trouble)
		p.await(ConditionAssignment, well)
		wantRecords(t, p.take(150), rangeOf(0, 0, 50), rangeOf(1, 0, 50), rangeOf(2, 0, 50))
		if got := <-partitions; got != 3 {
			t.Errorf("Partitions heard %v", got)
		}
		p.stop()
		if len(cluster.GroupInfo(s.Group).Members) != 0 {
			t.Error("the group was not left")
		}
		for partition := range int32(3) {
			if got := committed(t, client, partition); got != 50 {
				t.Errorf("partition %d: committed %d, want 50", partition, got)
			}
		}

		produce(t, client, 5, 1)
		p = startProcess(t, s, nil)
		wantRecords(t, p.take(5), rangeOf(1, 50, 55))
		p.stop()
	}
}

func TestMarksAreCommittedWhileTheClaimLives(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), nil)
	claim := receive(t, "claim", p.claimed)
	if claim.Topic() != "tweets" || claim.InitialOffset() != -2 || claim.HighWater() != 0 {
		t.Errorf("claim of %s begins at %d, high water %d", claim.Topic(), claim.InitialOffset(), claim.HighWater())
	}
	produce(t, client, 10, 0)
	p.take(10)
	if claim.HighWater() != 10 {
		t.Errorf("high water %d, want 10", claim.HighWater())
	}
	eventually(t, "commit", func() bool { return committed(t, client, 0) == 10 })
	p.stop()
	claim.Mark(11) // too late: no effect, no panic
	if got := committed(t, client, 0); got != 10 {
		t.Errorf("committed %d, want 10", got)
	}
}

// eventually polls where there is no signal to wait for.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !is(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("no %s", what)
		}
	}
}

func TestSecondMemberTakesItsShareAndKeptClaimsGoOn(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(4, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	s := testSettings(cluster.ListenAddrs()...)
	a := startProcess(t, s, nil)
	for range 4 {
		receive(t, "claim", a.claimed)
	}
	b := startProcess(t, s, nil)
	taken := []int32{receive(t, "claim", b.claimed).Partition(), receive(t, "claim", b.claimed).Partition()}
	for range 2 {
		if gone := receive(t, "end of claim", a.ended); !slices.Contains(taken, gone.Partition()) {
			t.Errorf("partition %d was let go, but %v were taken", gone.Partition(), taken)
		}
	}
	produce(t, client, 10, 0, 1, 2, 3)
	a.take(20)
	b.take(20)
	if len(a.claimed)+len(a.ended)+len(b.claimed)+len(b.ended) != 0 {
		t.Error("more claims moved than had to")
	}
	b.stop()
	for range 2 {
		receive(t, "claim that came back", a.claimed)
	}
	produce(t, client, 1, 0, 1, 2, 3)
	a.take(4)
	a.stop()
}

func TestPauseHoldsBackOnePartitionOnly(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(2, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	claims := make(chan *Partition, 2)
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), func(p *Partition) {
		if p.Partition() == 0 {
			p.Pause()
			claims <- p
		}
	})
	paused := receive(t, "claim", claims)
	for range 3 { // fetches that were under way when it was paused are over
		produce(t, client, 1, 1)
		p.take(1)
	}
	produce(t, client, 1, 0)
	for range 3 {
		produce(t, client, 1, 1)
		if got := p.take(1); got[0].partition != 1 {
			t.Fatalf("got %v of the paused partition", got)
		}
	}
	paused.Resume()
	wantRecords(t, p.take(1), rangeOf(0, 0, 1))
	p.stop()
}

func TestPartitionRevokedWhilePausedComesBackFlowing(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(2, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	s := testSettings(cluster.ListenAddrs()...)
	first := make(chan struct{}, 2) // a token for each claim to pause
	first <- struct{}{}
	first <- struct{}{}
	a := startProcess(t, s, func(p *Partition) {
		select {
		case <-first:
			p.Pause()
		default:
		}
	})
	receive(t, "claim", a.claimed)
	receive(t, "claim", a.claimed)
	b := startProcess(t, s, nil)
	moved := receive(t, "claim", b.claimed).Partition()
	receive(t, "end of claim", a.ended).Resume() // of an ended claim: must do nothing to the next
	b.stop()
	receive(t, "claim that came back", a.claimed)
	produce(t, client, 3, moved)
	wantRecords(t, a.take(3), rangeOf(moved, 0, 3))
	a.stop()
}

func TestClaimThatReturnsEarlyDoesNotEndTheOthers(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(2, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	returned := make(chan struct{}, 1)
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), nil, func(h *Hooks) {
		claim := h.Claim
		h.Claim = func(ctx context.Context, c *Partition) {
			if c.Partition() == 0 {
				returned <- struct{}{}
				return
			}
			claim(ctx, c)
		}
	})
	receive(t, "early return", returned)
	receive(t, "claim", p.claimed)
	for range 3 {
		produce(t, client, 2, 0, 1)
		p.take(2)
	}
	if len(p.ended) != 0 {
		t.Error("the other claim ended")
	}
	p.stop()
	if got := committed(t, client, 0); got > 0 {
		t.Errorf("committed %d for a partition that nobody read", got)
	}
}

func TestPanicOfAClaimEndsTheRun(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(2, "tweets"))
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), func(p *Partition) {
		if p.Partition() == 1 {
			panic("bad claim")
		}
	})
	p.wantFatal(nil, "claim tweets-1: panic: bad claim", "consume_test.go")
}
