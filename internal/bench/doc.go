// Command bench measures what actorpipe costs, against other programs that do the
// same:
//
//   - actorpipe is the program as it ships: start, with a configuration that bench
//     writes.
//   - channels is the same parts joined by goroutines, three channels and an
//     errgroup: what it takes more than that is what the actors cost.
//   - bare is the loop that nothing can be taken away from: consume, splice, bulk.
//     It tracks nothing, bounds nothing, and ends at the first trouble.
//   - naive is the loop that anybody would write: gjson, fmt, encoding/json, a
//     lookup for each record.
//   - prebuilt sends bulk bodies that were made before: what the sink takes at most.
//     Its CPU is that of sending alone.
//
// Each run is a process of its own, and so are the broker, which is filled once,
// and the sink, which is new for each run: what is counted is the program under
// test. A round runs each variant once, beginning with another one each time, so
// that figures of one round were measured side by side; ratios are made pair by
// pair. With --stack the records are in a real Kafka and the documents go to a real
// Elasticsearch.
//
// # What is counted
//
// Records a second are those of the first 95 % of the documents, from the first
// bulk request on, as the sink sees them: the rest waits for company, which is
// latency. CPU, user and system, is what the kernel says of the whole process, its
// start and its end included. Peak memory, which /proc says, and allocations are those
// up to the signal that ends it; allocations are read from /metrics of actorpipe and
// from the runtime in the others.
//
// # Scale
//
// The scale command runs actorpipe alone, with partitions, topics and members varied
// one at a time from 12, 2 and 1, each run on a broker of its own that was filled
// for it. All partitions of a kind have as many records, in batches of about 256.
// CPU and allocations are those of all members together, their starts included; memory,
// its printed bound, goroutines and the time to the assignment those of the member
// that has most. Every document must be there.
//
// # The oracle
//
// Every variant must leave the same documents: the sink adds up hashes of index,
// id and source, and a run whose sum differs from the first one's is an error. A
// loop that locates nothing is fast.
//
//	go run ./internal/bench                            # five rounds, 1.1 million records each run
//	go run ./internal/bench --addresses zipf           # addresses that repeat, as traffic has them
//	go run ./internal/bench --geoip GeoLite2-City.mmdb # another database than the sandbox's
//	go run ./internal/bench --stack --records 440000   # on docker/stack
//	go run ./internal/bench --plots docs/performance --json docs/performance/results.json
//	go run ./internal/bench ids                        # layouts of document ids, on an Elasticsearch of docker/stack
//	go run ./internal/bench scale                      # many partitions, topics and members
//	go run ./internal/bench profile                    # where the time goes
//
// # Latency
//
// latency measures how long records take, at fixed rates and at a share of the rate
// at which everything together is saturated, each with brokers, sink and actorpipe
// of its own:
//
//	go run ./internal/bench latency                     # 100, 1,000, 10,000 records a second, and 0.8 of saturation
//	go run ./internal/bench latency --stack --for 30s   # until a search finds them, too
//
// The producer keeps a schedule: record n is due n/rate after the start, whatever has
// become of those before it, and carries that time as its first field (and as its
// timestamp). All latencies are since then, so that neither a slow producer nor a slow
// pipeline hides any. Three ends are taken:
//
//   - in Kafka: the producer has the broker's acknowledgement.
//   - acknowledged: the answer to the bulk request that has the record is on its way
//     back. The embedded sink takes that time itself; with --stack a process does that
//     passes requests on to Elasticsearch, which costs some CPU.
//   - searchable, with --stack: a search finds it, after the index's own refresh, of
//     one a second. Elasticsearch is asked every 50 ms how many documents can be
//     found; afterwards the documents are read with their sequence numbers, which
//     are the order in which they become visible.
//
// Every record must come to the sink exactly once. The first records of each rate,
// three seconds of it, and thirty with --stack, are not measured. CPU is that of actorpipe, and with --stack of
// Elasticsearch, from the first record that is measured to the last answer.
//
// Saturation is measured with a producer that stays a fixed number of records ahead of
// the pipeline, and as even as a schedule: then producer, broker, pipeline and sink
// have what each of them needs, as they do at a share of it.
package main
