// Package elastic writes documents to Elasticsearch and knows what its answers
// mean. It decides nothing: it says of each document whether it is stored, comes
// again later or goes to the DLQ, and the actors act on it.
//
// A [Client] is the connections, shared by all. Each writer has a [Bulker] of
// its own, which owns the memory of its bulk bodies. [Client.PutTemplate] asks
// once for the geo_point mapping, before anything is written.
//
// Three kinds of outcome are kept apart:
//
//   - a verdict: what the whole answer or one item means (messages.BulkAnswer);
//   - an error while the caller's context lives: fatal, it would be the same
//     for every record. Its text is one sentence that says what to fix;
//   - an error because the caller's context is done: nothing is known.
//
// # What an answer means
//
//	item 200, 201, 404 of a delete          stored, deleted
//	item 409                                a duplicate, or superseded
//	item 429, 5xx                           later
//	item cluster_block_exception            later, with all of its index
//	item 400, other 4xx of the document     refused: to the DLQ
//	item 401, security_exception, no index  fatal
//	bulk 408, 429, 5xx, no or half answer   later, all of it
//	bulk 413, 400                           in halves, until one stands alone
//	bulk 401, 403, 3xx, other 4xx           fatal
//	2xx without X-Elastic-Product           fatal
//
// # Ids
//
// A document of a topic with [IDOffset] is created under the id
//
//	topic-partition-offset-timestamp
//
// in decimal numbers, the timestamp in epoch milliseconds or -1. Topic names may
// hold '-' and '.', but the id can be read back from its end: the timestamp is
// the digits behind the last '-', negative if another '-' stands before that
// one; then the offset and the partition, which are never negative. What is left
// is the topic, so no two records have one id. It is at most 301 bytes of the
// 512 that Elasticsearch takes. A document that is there already answers 409: a
// duplicate.
//
// A document of a topic with [IDEntity] is indexed, or deleted where its source
// is nil, under its own id with the offset as external version. A 409 then names
// the version that is there: the same is a duplicate, another one is newer.
//
// # Memory
//
// The HTTP client may read a body after it has returned the answer to it (the
// answer to a body that is too large comes before its end). A Bulker lends its
// buffer and takes it back when the HTTP client has closed every reader of it;
// where that does not happen in time, the buffer is left to the collector.
//
// # What is not done here
//
// No request is repeated, no node is discovered, and GET / is never asked: some
// servers refuse it. Where there are several addresses they take turns, and one
// that cannot be reached is left out for a minute, doubling.
package elastic
