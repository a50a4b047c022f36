package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"time"
)

// deed is one thing that is done to a chaos run, at a time after its start.
type deed struct {
	at   time.Duration
	text string
	do   func(*chaos)
}

// schedule is everything that is done to a run of a length: each fault is over
// when it ends. The same seed and length give the same schedule.
func schedule(seed uint64, length time.Duration) []deed {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // has to be repeatable
	deeds := slices.Concat(mishaps(random, length), departures(random, length), rates(random, length), panics(random, length))
	slices.SortStableFunc(deeds, func(a, b deed) int { return cmp.Compare(a.at, b.at) })
	return deeds
}

// between is a random time of whole milliseconds.
func between(random *rand.Rand, least, most time.Duration) time.Duration {
	return (least + time.Duration(random.Int64N(int64(most-least)+1))).Round(time.Millisecond)
}

// mishaps come one after the other: servers that restart, and connections that
// are spoiled. One in ten is long, where the run is.
func mishaps(random *rand.Rand, length time.Duration) (deeds []deed) {
	for at := between(random, time.Second, 3*time.Second); ; {
		lasts := between(random, time.Second/2, min(10*time.Second, length/6))
		if random.IntN(10) == 0 && length > 10*time.Minute {
			lasts = between(random, 10*time.Second, 50*time.Second)
		}
		if at+lasts >= length {
			return deeds
		}
		f := anyFault(random)
		deeds = append(deeds,
			deed{at, f.text, func(c *chaos) { c.faults.Add(1); f.begin(c) }},
			deed{at + lasts, "end of: " + f.text, func(c *chaos) { f.end(c) }})
		at += lasts + between(random, time.Second, min(12*time.Second, length/4))
	}
}

type fault struct {
	text       string
	begin, end func(*chaos)
}

func anyFault(random *rand.Rand) fault {
	switch random.IntN(8) {
	case 0:
		return serverRestart("kafka")
	case 1:
		return serverRestart("elasticsearch")
	default:
		return spoiled(random, random.IntN(2) == 0)
	}
}

// serverRestart stops a server in order, and starts it at the fault's end. Both
// take their time, in which the run goes on.
func serverRestart(server string) fault {
	return fault{
		"stop " + server,
		func(c *chaos) { c.inBackground(func() error { return c.servers.run("down", server) }) },
		func(c *chaos) {
			c.inBackground(func() error {
				defer c.faults.Add(-1)
				return c.servers.run("up", server)
			})
		},
	}
}

// spoiled is a fault of the connections to one of the servers.
func spoiled(random *rand.Rand, kafka bool) fault {
	pick := func(c *chaos) *proxy {
		if kafka {
			return c.kafka[0]
		}
		return c.sink
	}
	server := map[bool]string{true: "kafka", false: "elasticsearch"}[kafka]
	end := func(c *chaos) { pick(c).heal(); c.faults.Add(-1) }
	x := toxic{Toxicity: []float64{0.5, 1}[random.IntN(2)], Stream: []string{"", "upstream", "downstream"}[random.IntN(3)]}
	switch random.IntN(6) {
	case 0:
		return fault{"cut all connections to " + server, func(c *chaos) { pick(c).cut() }, end}
	case 1, 2: // a black hole: nothing comes through, and nothing is closed
		x.Type, x.Attributes = "timeout", map[string]int{"timeout": 0}
	case 3:
		x.Type, x.Attributes = "reset_peer", map[string]int{"timeout": random.IntN(500)}
	case 4:
		x.Type, x.Attributes = "latency", map[string]int{"latency": 100 + random.IntN(1500), "jitter": 100}
	default:
		x.Type, x.Attributes = "bandwidth", map[string]int{"rate": 20 + random.IntN(500)}
	}
	return fault{fmt.Sprintf("%s %v %s of %.1f of the connections to %s", x.Type, x.Attributes, x.Stream, x.Toxicity, server), func(c *chaos) { pick(c).add(x) }, end}
}

// departures are of one member at a time, which comes back.
func departures(random *rand.Rand, length time.Duration) (deeds []deed) {
	for at := between(random, 2*time.Second, 5*time.Second); ; {
		away := between(random, 100*time.Millisecond, min(12*time.Second, length/5))
		if at+away >= length {
			return deeds
		}
		with, member := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[random.IntN(2)], random.IntN(2)
		deeds = append(deeds,
			deed{at, fmt.Sprintf("%v of member %d", with, member), func(c *chaos) { c.members[member].signal(with) }},
			deed{at + away, fmt.Sprintf("start member %d", member), func(c *chaos) { c.members[member].start() }})
		at += away + between(random, 2*time.Second, min(20*time.Second, length/3))
	}
}

// rates are those of the producer, in records a second.
func rates(random *rand.Rand, length time.Duration) (deeds []deed) {
	for at := time.Duration(0); at < length; at += between(random, 2*time.Second, 10*time.Second) {
		rate := []int64{0, 200, 1000, 2000, 4000, 4000}[random.IntN(6)]
		deeds = append(deeds, deed{at, fmt.Sprintf("%d records a second", rate), func(c *chaos) { c.producer.rate.Store(rate) }})
	}
	return deeds
}
