package main

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// The stream that the documents come from: partitions that advance together, in
// batches of one partition each, as claims make them.
const (
	idsPartitions = 12
	idsBatch      = 416                      // records of one partition in a body
	idsBody       = idsPartitions * idsBatch // documents of a body: about 1 MiB
	idsOffset     = 9_600_000                // the first: has one digit more after a while
	idsTime       = int64(1_764_399_120_000) // about when that was produced
	idsStep       = 3                        // milliseconds between two records of a partition
)

// idsMapping keeps what documents cost small beside their ids: each field is
// indexed once. Sizes are told as they are, not as they were 10 s ago, and merges
// run as fast as they can, so that what they cost falls into the time of indexing.
const idsMapping = `{"settings":{"number_of_shards":1,"number_of_replicas":0,"refresh_interval":"1s","index.store.stats_refresh_interval":"0s",
"index.merge.scheduler.auto_throttle":false},
"mappings":{"dynamic":"strict","properties":{"Message":{"type":"text"},"RemoteAddress":{"type":"ip"},"Tags":{"type":"keyword"},
"User":{"properties":{"Name":{"type":"keyword"},"Id":{"type":"keyword"}}}}}}`

var (
	idsWords = strings.Fields("the a of to in is on that by this with you it not or be are from at as your all have new more was we will home can us about")
	idsNames = strings.Fields("ada alan barbara dennis donald edsger frances grace john ken kathleen leslie margaret niklaus radia tony")
)

// idsBuilder makes bulk bodies. It is for one goroutine.
type idsBuilder struct {
	layout idLayout
	action []byte // up to the id
	body   []byte
}

func newIDsBuilder(l idLayout, index string) *idsBuilder {
	action := `{"create":{"_index":"` + index + `"`
	if l.appendID != nil {
		action += `,"_id":"`
	}
	return &idsBuilder{layout: l, action: []byte(action)}
}

// build makes body n, which is valid until the next call. The documents of a body
// are always the same, whatever their ids.
func (b *idsBuilder) build(n int) []byte {
	b.body = b.body[:0]
	for partition := range int32(idsPartitions) {
		for i := range idsBatch {
			offset := int64(n*idsBatch + i)
			dice := rand.NewPCG(uint64(partition), uint64(offset)) //nolint:gosec // a number from 0 on
			bits := dice.Uint64()
			b.body = append(b.body, b.action...)
			if b.layout.appendID != nil {
				// #nosec G115 -- below idsStep
				b.body = b.layout.appendID(b.body, recordPlace{partition, idsOffset + offset, idsTime + offset*idsStep + int64(bits%idsStep)})
				b.body = append(b.body, '"')
			}
			b.body = append(b.body, "}}\n"...)
			b.body = appendIDsSource(b.body, bits, dice.Uint64())
		}
	}
	return b.body
}

// appendIDsSource appends a short tweet of about 130 bytes, and the end of its line.
func appendIDsSource(dst []byte, words, user uint64) []byte {
	dst = append(dst, `{"Message":"`...)
	for range 7 {
		dst = append(append(dst, idsWords[words%32]...), ' ')
		words /= 32
	}
	dst = strconv.AppendUint(dst, words, 36)
	dst = append(append(dst, `","User":{"Name":"`...), idsNames[user%16]...)
	dst = strconv.AppendUint(append(dst, `","Id":"`...), user>>4&(1<<20-1), 10)
	dst = append(dst, `"},"Tags":[],"RemoteAddress":"`...)
	for i := range 4 {
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = strconv.AppendUint(dst, user>>(32+8*i)&255, 10)
	}
	return append(dst, "\"}\n"...)
}
