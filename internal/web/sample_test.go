package web

import (
	"context"
	"time"

	"github.com/actorpipe/actorpipe/messages"
)

// sample is a report in which no two figures of a kind are equal.
func sample() *messages.Report {
	return &messages.Report{
		Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), UptimeSeconds: 90.5,
		Verdict: "enrichers are the bottleneck: tweets 97 % full, senders parked 88 % of the time, enriched 3 %, 3 of 3 enrichers busy",
		Mailboxes: []messages.MailboxReport{{
			Name: "tweets", Depth: 19400, Capacity: 20000, FillPercent: 97, FillMeanPercent: 96, FillHighestPercent: 102,
			ParkedSenders: 8, ParkedSeconds: 79.5, ParkedPercent: 88, InPerSecond: 43000, OutPerSecond: 43100,
		}},
		Pools: []messages.PoolReport{{Name: "enrichers", Workers: 3, Busy: 2, BusyMean: 2.9, SetAside: 12, GateClosed: true, GatesOfIndex: 1}},
		Topics: []messages.TopicReport{{
			Name:  "tweets",
			Books: messages.Books{Consumed: 136, Indexed: 100, Duplicate: 1, Superseded: 2, Deleted: 3, Ignored: 4, DeadLettered: 5, Returned: 6, InFlight: 15},
			Lag:   700, LostToRetention: 17, Repeated: 18, Foreign: 1,
		}},
		Partitions:  []messages.PartitionReport{{Topic: "tweets", Partition: 4, Lag: 700, InFlight: 15}},
		Actors:      []messages.ActorReport{{Path: "runner/pipeline/enrichers/enricher-2", Restarts: 19}},
		Restarts:    19,
		DeadLetters: 20,
		NotReady:    []string{},
	}
}

// reporting is a report function that has the report at once.
func reporting(r *messages.Report, err error) func(context.Context) (*messages.Report, error) {
	return func(context.Context) (*messages.Report, error) { return r, err }
}
