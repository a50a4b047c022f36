package main

import (
	"crypto/sha1" //nolint:gosec // spreads ids, keeps no secret
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strconv"
)

// recordPlace is where a record is in its topic, and its timestamp in milliseconds.
type recordPlace struct {
	partition         int32
	offset, timestamp int64
}

// idLayout is a way to make an id of a record's place.
type idLayout struct {
	name, about string
	// appendID appends the id, which stands in JSON as it is. Nil: Elasticsearch
	// makes the id.
	appendID func(dst []byte, p recordPlace) []byte
}

// The names of the layouts that the program speaks of.
const (
	layoutDecimal = "decimal"
	layoutAuto    = "auto"
)

// idsTopic is the topic that the documents come from.
const idsTopic = "tweets"

// topicHash stands for the topic in ids of fixed width. Who chooses such ids must
// refuse two topics of one index that have the same.
var topicHash = crc32.ChecksumIEEE([]byte(idsTopic))

// layouts are those that are measured. The first is the one in use.
var layouts = []idLayout{
	{layoutDecimal, "topic-partition-offset-timestamp", appendDecimal},
	{"padded", "the same, offset of 19 digits", func(dst []byte, p recordPlace) []byte {
		return fmt.Appendf(dst, idsTopic+"-%d-%019d-%d", p.partition, p.offset, p.timestamp)
	}},
	{"hex", "hash of the topic, partition, offset, timestamp: 24 bytes as hex", func(dst []byte, p recordPlace) []byte {
		return hex.AppendEncode(dst, appendFixed(nil, p))
	}},
	{"packed", "the same 24 bytes as base64url", func(dst []byte, p recordPlace) []byte {
		return base64.RawURLEncoding.AppendEncode(dst, appendFixed(nil, p))
	}},
	{"packed-short", "the same in 18 bytes: partitions below 2^16, offsets and timestamps below 2^48", func(dst []byte, p recordPlace) []byte {
		return base64.RawURLEncoding.AppendEncode(dst, appendShort(nil, p))
	}},
	{"packed-offset", "offset, partition, hash of the topic, timestamp: 24 bytes as base64url", func(dst []byte, p recordPlace) []byte {
		return base64.RawURLEncoding.AppendEncode(dst, appendOffsetFirst(nil, p))
	}},
	{"timestamp", "timestamp-topic-partition-offset", func(dst []byte, p recordPlace) []byte {
		return fmt.Appendf(dst, "%d-"+idsTopic+"-%d-%d", p.timestamp, p.partition, p.offset)
	}},
	{"offset", "offset-partition-topic-timestamp", func(dst []byte, p recordPlace) []byte {
		return fmt.Appendf(dst, "%d-%d-"+idsTopic+"-%d", p.offset, p.partition, p.timestamp)
	}},
	{"hash", "16 bytes of the SHA-1 of decimal, as base64url", appendHash},
	{"untimed", "topic-partition-offset: a topic that was made again meets its old ids", appendUntimed},
	{layoutAuto, "made by Elasticsearch: knows no redelivery", nil},
}

func layoutNames() (names []string) {
	for _, l := range layouts {
		names = append(names, l.name)
	}
	return names
}

func appendUntimed(dst []byte, p recordPlace) []byte {
	dst = append(dst, idsTopic+"-"...)
	dst = strconv.AppendInt(dst, int64(p.partition), 10)
	dst = append(dst, '-')
	return strconv.AppendInt(dst, p.offset, 10)
}

// appendDecimal appends what internal/elastic makes.
func appendDecimal(dst []byte, p recordPlace) []byte {
	dst = append(appendUntimed(dst, p), '-')
	return strconv.AppendInt(dst, p.timestamp, 10)
}

// appendFixed appends the place in its order, in 24 bytes.
func appendFixed(dst []byte, p recordPlace) []byte {
	dst = binary.BigEndian.AppendUint32(dst, topicHash)
	dst = binary.BigEndian.AppendUint32(dst, uint32(p.partition))  //nolint:gosec // the bits
	dst = binary.BigEndian.AppendUint64(dst, uint64(p.offset))     //nolint:gosec // the bits
	return binary.BigEndian.AppendUint64(dst, uint64(p.timestamp)) //nolint:gosec // the bits
}

// appendShort appends the place in its order, in 18 bytes.
func appendShort(dst []byte, p recordPlace) []byte {
	wide := appendFixed(nil, p)
	dst = append(dst, wide[:4]...)     // the topic
	dst = append(dst, wide[6:8]...)    // the partition
	dst = append(dst, wide[10:16]...)  // the offset
	return append(dst, wide[18:24]...) // the timestamp
}

// appendOffsetFirst appends the same, so that ids grow as the stream goes on.
func appendOffsetFirst(dst []byte, p recordPlace) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(p.offset))    //nolint:gosec // the bits
	dst = binary.BigEndian.AppendUint32(dst, uint32(p.partition)) //nolint:gosec // the bits
	dst = binary.BigEndian.AppendUint32(dst, topicHash)
	return binary.BigEndian.AppendUint64(dst, uint64(p.timestamp)) //nolint:gosec // the bits
}

func appendHash(dst []byte, p recordPlace) []byte {
	sum := sha1.Sum(appendDecimal(nil, p)) //nolint:gosec // see the import
	return base64.RawURLEncoding.AppendEncode(dst, sum[:16])
}
