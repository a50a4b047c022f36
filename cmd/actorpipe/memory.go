package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/geoip"
	"github.com/actorpipe/actorpipe/internal/kafka"
)

// part is one bound of the memory.
type part struct {
	name  string
	bytes int64
}

// memory is what the process holds at most, beside the runtime's own.
func memory(c *config.Config, database *geoip.Database, partitions int) []part {
	es := c.Elasticsearch
	bodies := int64(2) // one under way or used again, and one that a request which timed out still has
	if es.Gzip {
		bodies++
	}
	parts := []part{
		{"in flight", c.InFlightLimitBytes},
		{"fetched", c.Kafka.FetchMemoryBytes},
		{"bulk bodies", int64(es.Workers) * es.Bulk.MaxBytes * bodies},
		{"partitions", int64(partitions) * kafka.PartitionBytes},
	}
	if database != nil { // twice: while a new version is checked the old one is there
		parts = append(parts, part{"GeoIP", 2 * (geoip.CacheBytes + database.About().Bytes)})
	}
	return parts
}

// What the runtime has on top of a bound: the headroom in which garbage waits for
// its collection, which GOMEMLIMIT holds, and beside that the program itself.
const (
	headroomShare = 4
	headroomBytes = 24 << 20
	programBytes  = 24 << 20
)

// ownName is what the runtime and the program have, in the log.
const ownName = "garbage and program"

// limiter keeps the process within its memory. The zero value sets nothing, and
// only says what that is.
type limiter struct {
	set       func(limit int64) int64 // GOMEMLIMIT, as debug.SetMemoryLimit does; nil: it stays as it is
	container int64                   // bytes, 0: no limit is known
}

// newLimiter has GOMEMLIMIT follow the bound and the container's limit, unless the
// environment sets it.
func newLimiter(env func(string) (string, bool), container memlimit.Provider, log *slog.Logger) limiter {
	var l limiter
	if limit, ok := env("GOMEMLIMIT"); ok {
		log.Info("GOMEMLIMIT is " + limit + ", as the environment has it")
	} else {
		l.set = debug.SetMemoryLimit
	}
	if limit, err := container(); err == nil { // else there is none, or none to be found
		l.container = int64(min(limit, math.MaxInt64)) //nolint:gosec // bounded by the min
	}
	return l
}

// hold logs the bound and what it is made of, and has the garbage collector keep
// to it.
func (l limiter) hold(parts []part, log *slog.Logger) {
	var sum int64
	texts := make([]string, 0, len(parts))
	for _, p := range parts {
		sum += p.bytes
		texts = append(texts, p.name+" "+mebibytes(p.bytes))
	}
	limit, why := sum+sum/headroomShare+headroomBytes, "the bound and room for garbage"
	if room := l.container / 10 * 9; l.container > 0 && room < limit {
		limit, why = room, "nine tenths of the container's limit of "+mebibytes(l.container)
	}
	most := limit + programBytes
	if own := most - sum; own > 0 { // else a container leaves less than may be needed
		texts = append(texts, ownName+" "+mebibytes(own))
	}
	log.Info(fmt.Sprintf("memory: at most %s (%s)", mebibytes(most), strings.Join(texts, ", ")))
	if l.set != nil {
		l.set(limit)
		log.Info(fmt.Sprintf("GOMEMLIMIT is set to %s: %s", mebibytes(limit), why))
	}
	if need := sum + headroomBytes + programBytes; l.container > 0 && l.container < need {
		log.Warn(fmt.Sprintf("the container's limit of %s is below the %s that may be needed: raise it, or lower %s",
			mebibytes(l.container), mebibytes(need), strings.Join(levers(need-l.container, parts), " and ")))
	}
}

// levers are the keys of the configuration that lower the bound, the one that
// takes most first; of the two that take most both where one is not enough.
func levers(excess int64, parts []part) (keys []string) {
	by := map[string]string{"in flight": "in_flight_limit", "fetched": "fetch_memory", "bulk bodies": "max_bytes of elasticsearch.bulk"}
	parts = slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return by[p.name] == "" })
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, p := range parts {
		if len(keys) == 0 || excess > 0 {
			keys = append(keys, by[p.name])
			excess -= p.bytes / 2
		}
	}
	return keys
}

// mebibytes is n as a text, rounded up.
func mebibytes(n int64) string { return fmt.Sprintf("%d MiB", (n+1<<20-1)>>20) }
