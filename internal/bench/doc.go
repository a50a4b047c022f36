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
// latency. CPU, user and system, and peak memory are what the kernel says of the
// whole process, its start and its end included. Allocations are those up to the
// signal that ends it, read from /metrics of actorpipe and from the runtime in the
// others. (A process's peak memory is never below what bench itself had when it
// started it, so bench leaves everything large to other processes.)
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
package main
