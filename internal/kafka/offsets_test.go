package kafka

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

func TestCommittedOffsetOutsideTheLog(t *testing.T) {
	for name, test := range map[string]struct {
		start     Start
		committed int64
		removed   int64 // by retention, of 20 records
		want      []at
		lost      int64
	}{
		"inside":                       {Oldest, 15, 0, rangeOf(0, 15, 20), 0},
		"beyond the end":               {Oldest, 1000, 5, rangeOf(0, 5, 20), 980},
		"one beyond the end":           {Oldest, 21, 5, rangeOf(0, 5, 20), 1},
		"at the end":                   {Oldest, 20, 5, nil, 0},
		"beyond the end, newest":       {Newest, 1000, 0, rangeOf(0, 0, 20), 980},
		"overtaken by retention":       {Oldest, 3, 10, rangeOf(0, 10, 20), 7},
		"overtaken, newest":            {Newest, 3, 10, rangeOf(0, 10, 20), 7},
		"at the start of the log":      {Oldest, 10, 10, rangeOf(0, 10, 20), 0},
		"overtaken by the first there": {Oldest, 9, 10, rangeOf(0, 10, 20), 1},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
			client := newClient(t, cluster.ListenAddrs()...)
			produce(t, client, 20, 0)
			commit(t, client, 0, test.committed)
			if err := cluster.DeleteRecords("tweets", 0, test.removed); err != nil {
				t.Fatal(err)
			}
			s := testSettings(cluster.ListenAddrs()...)
			s.Start = test.start
			p := startProcess(t, s, nil)
			wantRecords(t, p.take(len(test.want)), test.want)
			p.stop()
			if got := committed(t, client, 0); got != 20 {
				t.Errorf("committed %d, want 20: the next start would not read on", got)
			}
			if test.lost > 0 {
				if got := receive(t, "loss", p.lost); got != test.lost {
					t.Errorf("lost %d, want %d", got, test.lost)
				}
			}
			if len(p.lost) > 0 {
				t.Errorf("lost %d more", <-p.lost)
			}
		})
	}
}

func TestNothingReadYetIsCommittedAtTheFirstThereIs(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	produce(t, client, 20, 0)
	commit(t, client, 0, 3)
	if err := cluster.DeleteRecords("tweets", 0, 20); err != nil {
		t.Fatal(err)
	}
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), nil)
	receive(t, "claim", p.claimed)
	p.stop()
	if got := committed(t, client, 0); got != 20 {
		t.Errorf("committed %d, want 20: the loss would be counted again", got)
	}
}

func TestRetentionOvertakesARunningClaim(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(2, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	p := startProcess(t, testSettings(cluster.ListenAddrs()...), nil)
	claims := []*Partition{receive(t, "claim", p.claimed), receive(t, "claim", p.claimed)}
	produce(t, client, 3, 0)
	p.take(3)
	eventually(t, "commit", func() bool { return committed(t, client, 0) == 3 })
	for _, c := range claims {
		if c.Partition() == 0 {
			c.Pause()
		}
	}
	for range 3 { // fetches that were under way when it was paused are over
		produce(t, client, 1, 1)
		p.take(1)
	}
	produce(t, client, 17, 0)
	if err := cluster.DeleteRecords("tweets", 0, 15); err != nil {
		t.Fatal(err)
	}
	for _, c := range claims {
		if c.Partition() == 0 {
			c.Resume()
		}
	}
	wantRecords(t, p.take(5), rangeOf(0, 15, 20))
	if got := receive(t, "loss", p.lost); got != 12 {
		t.Errorf("lost %d, want 12", got)
	}
	p.stop()
}

func TestNewestBeginsAtTheEnd(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
	client := newClient(t, cluster.ListenAddrs()...)
	produce(t, client, 20, 0)
	s := testSettings(cluster.ListenAddrs()...)
	s.Start = Newest
	p := startProcess(t, s, nil)
	if claim := receive(t, "claim", p.claimed); claim.InitialOffset() != -1 {
		t.Errorf("initial offset %d", claim.InitialOffset())
	}
	produce(t, client, 1, 0)
	wantRecords(t, p.take(1), rangeOf(0, 20, 21))
	p.stop()
}
