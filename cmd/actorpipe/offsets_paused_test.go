package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestOffsetsOfAPartitionPausedWhenRevoked has partitions stand still behind a sink
// that answers nothing when half of them go to a second member, and come back when
// it leaves: all of them flow again, for both.
func TestOffsetsOfAPartitionPausedWhenRevoked(t *testing.T) {
	t.Parallel()
	pausedWhenRevoked(embeddedLab(t))
}

func pausedWhenRevoked(l *lab) {
	l.t.Helper()
	const partitions, perPartition = 4, 1500
	topic := l.make("paused", partitions, nil)
	block, small := fmt.Sprintf("topic %q {}", topic), "in_flight_limit = \"1MiB\""
	room := strings.Repeat("x", 2000) // more than a fetch for each partition
	put := func(n int) {
		var records []*kgo.Record
		for i := range n {
			for partition := range int32(partitions) {
				records = append(records, &kgo.Record{Topic: topic, Partition: partition, Value: fmt.Appendf(nil, `{"n":%d,"room":%q}`, i, room)})
			}
		}
		l.put(records...)
	}
	put(perPartition)
	open := make(chan struct{})
	shut := func(string) { <-open }
	l.gateway.before.Store(&shut)
	opened := false
	release := func() {
		if !opened {
			opened = true
			close(open)
		}
	}
	l.t.Cleanup(release)
	first := l.start(block, "", small)
	l.awaitStandstill(first)
	second := l.start(block, "", small)
	await(l.t, "two partitions of the second", labTime, func() bool {
		r := second.report()
		return r != nil && len(r.Partitions) == partitions/2
	})
	l.awaitStandstill(second)
	second.stopWhile(release) // its drain needs the sink
	await(l.t, "all records stored", labTime, func() bool { return l.stored(topic) == partitions*perPartition })
	put(10)
	await(l.t, "what came later, of every partition", labTime, func() bool {
		commits := l.commits(topic)
		for partition := range int32(partitions) {
			if commits[partition] != perPartition+10 {
				return false
			}
		}
		return true
	})
	first.stop(0)
	if n := l.stored(topic); n != partitions*(perPartition+10) {
		l.t.Errorf("%d documents, want %d", n, partitions*(perPartition+10))
	}
}

// awaitStandstill waits until a process has consumed something, and nothing more
// for a second: its partitions are paused.
func (l *lab) awaitStandstill(p *process) {
	l.t.Helper()
	last, since := 0, time.Now()
	await(l.t, "consumption to stand still", labTime, func() bool {
		r := p.report()
		if r == nil {
			return false
		}
		if n := consumed(r); n != last {
			last, since = n, time.Now()
		}
		return last > 0 && time.Since(since) > time.Second
	})
}

// stopWhile stops the process in order, and does something once it drains.
func (p *process) stopWhile(do func()) {
	p.t.Helper()
	timer := time.AfterFunc(500*time.Millisecond, do)
	defer timer.Stop()
	p.stop(0)
}
