package kafka

import (
	"errors"
	"sync"
	"testing"

	"github.com/IBM/sarama"
)

// alone is a client that answers for one partition at a time.
type alone struct {
	sarama.Client
	asked []int64 // which
}

func (a *alone) GetOffset(_ string, partition int32, which int64) (int64, error) {
	a.asked = append(a.asked, which)
	return 1000 + int64(partition), nil
}

// TestTogetherTakesAlongWhatWaits has many ask while the first answer is under way.
func TestTogetherTakesAlongWhatWaits(t *testing.T) {
	const partitions = 100
	started, answer := make(chan int, 2*partitions), make(chan struct{})
	c := &together{ends: func(places map[place]int64, which int64) (map[place]int64, error) {
		if len(places) > 0 {
			started <- len(places)
			<-answer
		}
		for at := range places {
			places[at] = end(at.partition, which)
		}
		return places, nil
	}}
	var all sync.WaitGroup
	ask := func(partition int32, which int64) {
		all.Go(func() {
			if got, err := c.GetOffset("tweets", partition, which); err != nil || got != end(partition, which) {
				t.Errorf("end %d of partition %d is %d, %v", which, partition, got, err)
			}
		})
	}
	ask(0, sarama.OffsetNewest)
	receive(t, "first request", started)
	for partition := range int32(partitions) {
		ask(partition, sarama.OffsetOldest)
		ask(partition, sarama.OffsetNewest)
	}
	eventually(t, "line of all others", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.queued) == 2*partitions
	})
	close(answer)
	all.Wait()
	if newest, oldest := <-started, <-started; newest != partitions || oldest != partitions || len(started) > 0 {
		t.Errorf("the next requests ask for %d and %d of %d partitions, and %d more follow", newest, oldest, partitions, len(started))
	}
}

// end is one that no other partition has: which is -1 and -2.
func end(partition int32, which int64) int64 { return 10*int64(partition) - which }

// What cannot be had together is asked for alone.
func TestTogetherAsksAloneToo(t *testing.T) {
	for name, test := range map[string]struct {
		ends  func(map[place]int64, int64) (map[place]int64, error)
		which int64
	}{
		"no answer": {func(map[place]int64, int64) (map[place]int64, error) { return nil, errors.New("cut") }, sarama.OffsetOldest},
		"no leader": {func(map[place]int64, int64) (map[place]int64, error) { return nil, nil }, sarama.OffsetNewest},
		"of a time": {nil, 1_700_000_000_000},
	} {
		client := &alone{}
		c := &together{Client: client, ends: test.ends}
		if got, err := c.GetOffset("tweets", 3, test.which); err != nil || got != 1003 || len(client.asked) != 1 || client.asked[0] != test.which {
			t.Errorf("%s: %d, %v, asked for %v", name, got, err, client.asked)
		}
	}
}
