// Package sandbox is the world outside of the pipeline, small enough to live in
// its process: a Kafka broker, an Elasticsearch bulk endpoint, a GeoIP city
// database, and a generator of tweets and users. It is what `actorpipe demo`
// runs on, and what tests and benchmarks are made with.
//
// Everything is deterministic, so that a test can say what each document must
// look like without keeping a copy of it:
//
//   - [Generator] makes record number i from a seed and i alone, and
//     [TweetNumber] and [UserNumber] find i again in a document.
//   - [WriteDatabase] writes the same city database each time, from whose
//     networks the generator draws its addresses.
//   - [Oracle] says what geo object an address must get. It reads the database
//     in another way than internal/geoip does, so that the two check each other.
//
// [StartBroker] and [StartSink] listen on loopback only and are ended by Close.
// [Fill] and [CreateTopics] work with any Kafka, so that the demo and the tests
// can fill a real one too.
//
// The [Sink] answers as Elasticsearch does, also when it is told to misbehave:
// see [Faults]. It shares its cores with the pipeline that it serves, so it
// decodes no document and copies each once; BenchmarkSink says what one costs.
package sandbox
