package kafka

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// TestPartitionThatComesLaterIsOutsideTheLog has a member get a partition from
// another one, after retention has overtaken what the group has committed, or the
// log was cut off behind it: it reads from the first record there is, the gap is
// counted once, and the end is committed.
func TestPartitionThatComesLaterIsOutsideTheLog(t *testing.T) {
	for name, test := range map[string]struct {
		assignor           Assignor
		committed, removed int64
		lost               int64
	}{
		"overtaken, cooperative":      {CooperativeSticky, 3, 10, 7},
		"overtaken, range":            {Range, 3, 10, 7},
		"beyond the end, cooperative": {CooperativeSticky, 1000, 5, 980},
		"beyond the end, range":       {Range, 1000, 5, 980},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := startCluster(t, kfake.SeedTopics(2, "tweets"))
			client := newClient(t, cluster.ListenAddrs()...)
			produce(t, client, 20, 0, 1)
			commit(t, client, 0, 0)
			commit(t, client, 1, 0)
			s := testSettings(cluster.ListenAddrs()...)
			s.Assignor = test.assignor
			holder := startProcess(t, s, nil, func(h *Hooks) {
				h.Claim = func(_ context.Context, p *Partition) {
					p.Mark(test.committed)
					for range p.Messages() { // to its closing
					}
				}
			})
			for partition := range int32(2) {
				eventually(t, "commit", func() bool { return committed(t, client, partition) == test.committed })
				if err := cluster.DeleteRecords("tweets", partition, test.removed); err != nil {
					t.Fatal(err)
				}
			}
			start := time.Now()
			p := startProcess(t, s, nil)
			first := receive(t, "record", p.records)
			t.Logf("the first record came after %v", time.Since(start).Round(time.Millisecond))
			if want := (at{first.partition, test.removed}); first != want {
				t.Errorf("the first record is %v, want %v", first, want)
			}
			wantRecords(t, p.take(int(19-test.removed)), rangeOf(first.partition, test.removed+1, 20))
			if got := receive(t, "loss", p.lost); got != test.lost {
				t.Errorf("lost %d, want %d", got, test.lost)
			}
			eventually(t, "commit of the end", func() bool { return committed(t, client, first.partition) == 20 })
			p.stop()
			holder.drain()
			if len(p.lost) > 0 {
				t.Errorf("lost %d more", <-p.lost)
			}
		})
	}
}
