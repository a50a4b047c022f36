package main

import (
	"strings"

	"github.com/google/pprof/profile"
)

// area is a part of the program, by the beginnings of its functions' names.
type area struct {
	name      string
	functions []string
}

const (
	ours     = "github.com/actorpipe/actorpipe/"
	restName = "the rest"
)

// areas are where time may go. What a sample was spent on is that of the innermost
// of its functions that belongs to one; of several areas the one that names it longest.
var areas = []area{
	{"looking addresses up", []string{ours + "internal/geoip.", "github.com/oschwald/maxminddb-golang"}},
	{"scanning", []string{ours + "internal/record.(*Plan).Scan", ours + "internal/record.(*scanner)", ours + "internal/record.(*Found).resolve"}},
	{"splicing", []string{ours + "internal/record."}},
	{"bulk bodies", []string{ours + "internal/elastic.(*Bulker).build", ours + "internal/elastic.(*Bulker).append", ours + "internal/elastic.(*decimals)", ours + "internal/elastic.append"}},
	{"HTTP", []string{ours + "internal/elastic.", "github.com/elastic/", "net/http."}},
	{"Kafka client", []string{"github.com/IBM/sarama.", ours + "internal/kafka.", "github.com/klauspost/compress"}},
	{"claims", []string{
		ours + "actors.(*intake)", ours + "actors.(*pending)", ours + "actors.(*Claims)", ours + "actors.Feed", ours + "actors.read", ours + "actors.(*Buffers)", ours + "actors.moveRecord", ours + "actors.move",
		ours + "actors.(*patience)", ours + "actors.(*ReadAhead)", ours + "actors.(*valve)",
	}},
	{"tracker, budget, books", []string{ours + "actors.(*Tracker)", ours + "actors.(*trackedBatch)", ours + "actors.(*Budget)", ours + "actors.(*Books)", ours + "actors.Price", ours + "actors.(*holding)", ours + "actors.(*consumer)"}},
	{"mailboxes and dispatch", []string{ours + "actors/mailbox.", "github.com/asynkron/protoactor-go/"}},
	{"enrichers and writers", []string{ours + "actors."}},
	{"allocating", []string{"runtime.mallocgc", "runtime.newobject", "runtime.makeslice", "runtime.growslice"}},
	{"garbage collector", []string{"runtime.gc", "runtime.bg", "runtime.(*gc", "runtime.scan", "runtime.(*mspan)", "runtime.greyobject"}},
	{"goroutines", []string{"runtime.mcall", "runtime.schedule", "runtime.findRunnable", "runtime.park_m", "runtime.mstart", "runtime.goready", "runtime.chan", "runtime.selectgo", "runtime.sysmon"}},
}

// areaOf is the index in areas of what a sample was spent on, len(areas) for the
// rest.
func areaOf(s *profile.Sample) int {
	for _, at := range s.Location {
		for _, line := range at.Line {
			if i := areaNamed(line.Function.Name); i >= 0 {
				return i
			}
		}
	}
	return len(areas)
}

// areaNamed is the area of a function, that with the longest beginning; -1: none.
func areaNamed(function string) int {
	found, longest := -1, 0
	for i, p := range areas {
		for _, f := range p.functions {
			if len(f) > longest && strings.HasPrefix(function, f) {
				found, longest = i, len(f)
			}
		}
	}
	return found
}

// waiter is the innermost function of a sample that is neither Go's own nor of sync.
func waiter(s *profile.Sample) string {
	for _, at := range s.Location {
		for _, line := range at.Line {
			if name := line.Function.Name; !strings.HasPrefix(name, "runtime.") && !strings.HasPrefix(name, "sync.") && !strings.HasPrefix(name, "internal/") {
				return strings.TrimPrefix(name, ours)
			}
		}
	}
	return restName
}
