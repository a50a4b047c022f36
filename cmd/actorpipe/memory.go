package main

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/geoip"
)

// part is one bound of the memory.
type part struct {
	name  string
	bytes int64
}

// memory is what the process holds at most, beside the runtime's own.
func memory(c *config.Config, database *geoip.Database, partitions int, fetchBytes int64) []part {
	es := c.Elasticsearch
	parts := []part{
		{"in flight", c.InFlightLimitBytes},
		{"fetched", int64(partitions) * fetchBytes * 5 / 2}, // one fetch under way or unread, and what a claim holds: at most one and a half
		{"bulk bodies", int64(es.Workers) * es.Bulk.MaxBytes * 3 / 2},
	}
	if database != nil { // twice: while a new version is checked the old one is there
		parts = append(parts, part{"GeoIP", 2 * (geoip.CacheBytes + database.About().Bytes)})
	}
	return parts
}

// logMemory logs the bound and what it is made of.
func logMemory(log *slog.Logger, parts []part) {
	var sum int64
	texts := make([]string, 0, len(parts))
	for _, p := range parts {
		sum += p.bytes
		texts = append(texts, p.name+" "+humanize.IBytes(uint64(p.bytes))) //nolint:gosec // never negative
	}
	log.Info(fmt.Sprintf("memory: at most %s (%s) and the runtime's own", humanize.IBytes(uint64(sum)), strings.Join(texts, ", "))) //nolint:gosec // never negative
}
