// Package docker holds what runs actorpipe and the systems beside it; it has no
// code but tests.
//
//   - Dockerfile: the image, a static program in a distroless base
//   - compose.yaml: Kafka, Elasticsearch, Kibana, a load generator and actorpipe
//   - config.hcl: the configuration of actorpipe in that composition
//   - generate: prints records for it
//   - stack: a real Kafka and a real Elasticsearch without Docker, which the
//     integration tests use
package docker
